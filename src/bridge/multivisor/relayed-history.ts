// What a multivisor server knows of the past of one of its supervisors.
import type { HistoryPart } from '../../core/history/history.ts';
import { noHistory } from '../../core/history/history.ts';
import { raise } from '../../core/own-faults.ts';
import type { SupervisorLink } from '../../core/ports.ts';
import { SessionError } from '../../core/ports.ts';
import type { ServerMessage } from '../../core/wire/messages.ts';
import { HISTORY } from '../../core/wire/messages.ts';
import type { RemoteHistories } from '../../core/wire/remote-histories.ts';
import { createRemoteHistories } from '../../core/wire/remote-histories.ts';
import { LinkFailure } from '../link/link-failure.ts';
import type { LinkLine, LinkLineOptions } from './link-line.ts';

export type RelayedHistoryOptions = {
  /** As this configuration names the supervisor, which has another name there. */
  readonly name: string;
  readonly supervisor: string;
  /** Of the server, for people. */
  readonly place: string;
  readonly nextId: () => number;
  readonly open: (line: Omit<LinkLineOptions, 'nextId'>) => Promise<LinkLine>;
  /** The line of a link that runs, or why it has none now; null: nobody runs it, and each question has a line of its own. */
  readonly standing: () => { readonly line: LinkLine | null; readonly why: string } | null;
};

export type RelayedHistory = {
  readonly tell: SupervisorLink['history'];
  give(message: ServerMessage): void;
  onLost(message: string): void;
};

export function createRelayedHistory(options: RelayedHistoryOptions): RelayedHistory {
  const { name, place, supervisor, nextId, standing } = options;
  const over = createRemoteHistories({
    nextId,
    refusal: () => (standing()?.line ? null : (standing()?.why ?? '')),
    say: (message) => standing()?.line?.say(message),
    isTold: () => isTold(standing()?.line),
  });

  const tellAlone: SupervisorLink['history'] = async function* (request, { signal }) {
    let line: LinkLine | null = null;
    const alone = createRemoteHistories({
      nextId,
      refusal: () => null,
      say: (message) => line?.say(message),
      isTold: () => isTold(line),
    });
    try {
      const opened = await options.open({ onMessage: (message) => give(alone, message), signal });
      line = opened;
      opened.closed.then(({ message }) => alone.end(message)).catch(raise);
      yield* alone.history({ ...request, supervisors: [supervisor] }, { signal });
    } finally {
      line?.close();
    }
  };

  return {
    tell: async function* (request, wait) {
      try {
        const there = { ...request, supervisors: [supervisor] };
        const parts = standing() ? over.history(there, wait) : tellAlone(request, wait);
        for await (const part of parts) yield calledHere(part, name);
      } catch (error) {
        if (wait.signal.aborted) return;
        if (!(error instanceof SessionError || error instanceof LinkFailure)) throw error;
        yield noHistory(name, `${place} says: ${error.message}`);
      }
    },
    give: (message) => give(over, message),
    onLost: over.end,
  };
}

function isTold(line: LinkLine | null | undefined): boolean {
  return line?.hello.capabilities.includes(HISTORY) ?? false;
}

function give(histories: RemoteHistories, message: ServerMessage): void {
  if (message.type === 'history-part') histories.onPart(message.id, message.part);
  else if (message.type === 'history-end') {
    const { id, error } = message;
    histories.onEnd(id, error && new SessionError(error.code, error.message));
  }
}

function calledHere(part: HistoryPart, supervisor: string): HistoryPart {
  return part.type === 'events'
    ? { type: 'events', events: part.events.map((event) => ({ ...event, supervisor })) }
    : { type: 'extent', extent: { ...part.extent, supervisor } };
}
