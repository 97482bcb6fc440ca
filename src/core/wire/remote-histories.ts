// Histories that a server tells, each under its id. One that breaks off with the line is asked for anew by whoever wants it.
import type { HistoryPart } from '../history/history.ts';
import type { Session } from '../ports.ts';
import { SessionError } from '../ports.ts';
import type { Asking } from './asking.ts';

type Open = { readonly queue: HistoryPart[]; error: SessionError | null; over: boolean; wake: () => void };

export type RemoteHistories = {
  readonly history: Session['history'];
  onPart(id: number, part: HistoryPart): void;
  onEnd(id: number, error: SessionError | null): void;
  /** All of them: the line is lost, with this reason. */
  end(message: string): void;
};

export function createRemoteHistories(
  options: Omit<Asking, 'clock'> & {
    /** Whether the server tells any. */
    readonly isTold: () => boolean;
  },
): RemoteHistories {
  const open = new Map<number, Open>();
  const end = (history: Open, error: SessionError | null) => {
    history.error = error;
    history.over = true;
    history.wake();
  };

  return {
    history: async function* ({ supervisors, ...request }, { signal }) {
      if (signal.aborted) return;
      const refusal = options.refusal();
      if (refusal !== null) throw new SessionError('unreachable', refusal);
      if (!options.isTold()) throw new SessionError('fault', 'this server does not tell what was before: update it');
      const id = options.nextId();
      const history: Open = { queue: [], error: null, over: false, wake: () => {} };
      const onAbort = () => history.wake();
      open.set(id, history);
      signal.addEventListener('abort', onAbort);
      try {
        const named = supervisors && { supervisors: [...supervisors] };
        options.say({ type: 'history-open', id, request: { ...request, ...named } });
        for (;;) {
          if (signal.aborted) return;
          const part = history.queue.shift();
          if (part) yield part;
          else if (history.error) throw history.error;
          else if (history.over) return;
          else await new Promise<void>((resolve) => (history.wake = resolve));
        }
      } finally {
        open.delete(id);
        signal.removeEventListener('abort', onAbort);
        if (!history.over) options.say({ type: 'history-close', id });
      }
    },
    onPart: (id, part) => {
      const history = open.get(id);
      history?.queue.push(part);
      history?.wake();
    },
    onEnd: (id, error) => {
      const history = open.get(id);
      if (history) end(history, error);
    },
    end: (message) => open.forEach((history) => end(history, new SessionError('unreachable', message))),
  };
}
