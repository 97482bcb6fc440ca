// What one viewer asks of the alerts, each under the id that it gave.
import type { AlertsRequest, AlertsResult } from '../../core/alerts/desk.ts';
import type { Session } from '../../core/ports.ts';
import { encodeServerMessage } from '../../core/wire/codec.ts';
import type { Outbox } from './outbox.ts';

/** A test asks every receiver of an alert, and waits for it. */
const AT_ONCE = 4;

export type ViewerAlerts = {
  ask(id: number, request: AlertsRequest): void;
  /** What is under way ends. */
  close(): void;
};

export function createViewerAlerts(options: {
  readonly session: Pick<Session, 'alerts'>;
  readonly outbox: Outbox;
  readonly onFailure: (error: unknown) => void;
}): ViewerAlerts {
  const { session, outbox, onFailure } = options;
  const closing = new AbortController();
  let running = 0;
  const answer = (id: number, result: AlertsResult) =>
    outbox.send(encodeServerMessage({ type: 'alerts-result', id, result }));
  const carryOut = async (id: number, request: AlertsRequest): Promise<void> => {
    const result = await session.alerts?.ask(request, { signal: closing.signal });
    answer(id, result ?? { ok: false, code: 'not-found', message: 'nobody tells alerts here' });
  };
  return {
    ask: (id, request) => {
      if (running >= AT_ONCE) {
        return answer(id, { ok: false, code: 'busy', message: `${AT_ONCE} requests of this viewer are under way` });
      }
      running += 1;
      carryOut(id, request)
        .catch((error: unknown) => {
          onFailure(error);
          answer(id, { ok: false, code: 'fault', message: 'the server failed; its log says why' });
        })
        .finally(() => (running -= 1));
    },
    close: () => closing.abort(),
  };
}
