import type { HistoryPart, HistoryRequest } from '../../../src/core/history/history.ts';
import { noHistory } from '../../../src/core/history/history.ts';
import type { ProcessReading } from '../../../src/core/model.ts';
import type { Observation } from '../../../src/core/observation.ts';
import type { LinkCall, LinkResult, SupervisorLink } from '../../../src/core/ports.ts';

export type FakeLink = SupervisorLink & {
  emit(observation: Observation): void;
  /** All of its processes, as a complete reading. */
  emitAll(readings: readonly ProcessReading[]): void;
  emitSome(readings: readonly ProcessReading[]): void;
  readonly calls: LinkCall[];
  readonly rereads: (readonly string[])[];
  readonly attended: boolean[];
  /** What the next calls answer; may emit observations as a supervisord would. */
  answer: (call: LinkCall) => LinkResult | Promise<LinkResult>;
  /** What a tail of a stream says. */
  logs: Map<string, string>;
  /** What its history tells. */
  past: (request: HistoryRequest) => Iterable<HistoryPart>;
};

const DONE: LinkResult = { ok: true, unchanged: false };

/** A link at the port whose other side is the test: for orders of events that no real supervisord makes on demand. */
export function createFakeLink(): FakeLink {
  let observe: ((observation: Observation) => void) | null = null;
  const emit = (observation: Observation) => observe?.(observation);
  const link: FakeLink = {
    run: (callback, { signal }) => {
      observe = callback;
      return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    },
    call: async (call) => {
      link.calls.push(call);
      return link.answer(call);
    },
    reread: (names) => void link.rereads.push(names),
    attend: (watched) => void link.attended.push(watched),
    tail: async function* ({ uid, stream }) {
      const text = link.logs.get(`${uid} ${stream}`);
      if (text !== undefined) yield { type: 'text', text };
    },
    history: async function* (request) {
      yield* link.past(request);
    },
    past: () => [noHistory('fake', 'nobody remembers')],
    emit,
    emitAll: (readings) => emit({ type: 'all', readings, hostNow: null, latencyMs: 1, pollMs: 1_000 }),
    emitSome: (readings) => emit({ type: 'some', readings, gone: [] }),
    calls: [],
    rereads: [],
    attended: [],
    answer: () => DONE,
    logs: new Map(),
  };
  return link;
}
