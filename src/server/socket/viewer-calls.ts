// Primitive calls of a viewer that is another multivisor, each under the id that the viewer gave it.
import type { LinkCall, LinkResult } from '../../core/ports.ts';
import { encodeServerMessage } from '../../core/wire/codec.ts';
import type { ActorRelays } from '../open-relays.ts';
import type { Outbox } from './outbox.ts';

/** More than our own links ever have under way. */
const CALLS_AT_ONCE = 64;

export type ViewerCalls = {
  run(id: number, supervisor: string, call: LinkCall): void;
  cancel(id: number): void;
  /** Settles when none is under way. */
  settled(): Promise<void>;
};

export function createViewerCalls(relays: ActorRelays, outbox: Outbox): ViewerCalls {
  const running = new Map<number, { readonly cancelling: AbortController; readonly done: Promise<void> }>();
  const answer = (id: number, result: LinkResult) =>
    outbox.send(encodeServerMessage({ type: 'link-result', id, result }));

  return {
    run: (id, supervisor, call) => {
      if (running.has(id)) return;
      if (running.size >= CALLS_AT_ONCE) {
        return answer(id, { ok: false, code: 'busy', message: `${CALLS_AT_ONCE} calls of this viewer are under way` });
      }
      const cancelling = new AbortController();
      const carryOut = async () => {
        const result = await relays.call(supervisor, call, { signal: cancelling.signal });
        running.delete(id);
        answer(id, result);
      };
      running.set(id, { cancelling, done: carryOut() });
    },
    cancel: (id) => running.get(id)?.cancelling.abort(),
    settled: async () => void (await Promise.all(Array.from(running.values(), ({ done }) => done))),
  };
}
