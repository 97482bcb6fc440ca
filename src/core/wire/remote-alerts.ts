// What is asked of the alerts of a server, each under its id.
import type { AlertsDesk, AlertsResult } from '../alerts/desk.ts';
import type { Asking } from './asking.ts';

/** A test waits for its receivers, which have 10 s. */
const ANSWER_MS = 20_000;

export type RemoteAlerts = AlertsDesk & {
  onResult(id: number, result: AlertsResult): void;
  /** The line is gone: nobody will answer any more. */
  onLost(message: string): void;
};

export function createRemoteAlerts(options: Asking): RemoteAlerts {
  const { clock, say } = options;
  const open = new Map<number, (result: AlertsResult) => void>();
  return {
    ask: (request, { signal }) =>
      new Promise((resolve) => {
        const refusal = options.refusal();
        if (refusal !== null) return resolve({ ok: false, code: 'unreachable', message: refusal });
        const id = options.nextId();
        const giveUp = () => settle({ ok: false, code: 'cancelled', message: 'cancelled' });
        const settle = (result: AlertsResult) => {
          open.delete(id);
          signal.removeEventListener('abort', giveUp);
          cancel();
          resolve(result);
        };
        const cancel = clock.after(ANSWER_MS, () =>
          settle({ ok: false, code: 'timeout', message: 'the server does not answer' }),
        );
        if (signal.aborted) return giveUp();
        signal.addEventListener('abort', giveUp, { once: true });
        open.set(id, settle);
        say({
          type: 'alerts',
          id,
          request: request.op === 'mute' ? { ...request, selectors: [...request.selectors] } : request,
        });
      }),
    onResult: (id, result) => open.get(id)?.(result),
    onLost: (message) => open.forEach((settle) => settle({ ok: false, code: 'unreachable', message })),
  };
}
