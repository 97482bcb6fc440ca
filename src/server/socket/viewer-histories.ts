// What one viewer asks of the past: no faster than it reads, and a few at a time.
import type { Session, SessionHistoryRequest } from '../../core/ports.ts';
import { SessionError } from '../../core/ports.ts';
import { encodeServerMessage } from '../../core/wire/codec.ts';
import type { Outbox } from './outbox.ts';

const AT_ONCE = 4;

export type ViewerHistories = {
  open(id: number, request: SessionHistoryRequest): void;
  close(id: number): void;
  closeAll(): void;
};

export function createViewerHistories(options: {
  readonly session: Pick<Session, 'history'>;
  readonly outbox: Outbox;
  readonly onFailure: (error: unknown) => void;
}): ViewerHistories {
  const { session, outbox } = options;
  const open = new Map<number, AbortController>();

  const run = async (id: number, request: SessionHistoryRequest, signal: AbortSignal): Promise<void> => {
    for await (const part of session.history(request, { signal })) {
      await outbox.room();
      if (signal.aborted) return;
      outbox.send(encodeServerMessage({ type: 'history-part', id, part }));
    }
  };
  const end = (id: number, error: SessionError | null) => {
    const told = error && { code: error.code, message: error.message };
    outbox.send(encodeServerMessage({ type: 'history-end', id, error: told }));
  };
  const close = (id: number) => {
    open.get(id)?.abort();
    open.delete(id);
  };

  return {
    open: (id, request) => {
      if (open.has(id)) return;
      if (open.size >= AT_ONCE) return end(id, new SessionError('busy', `${AT_ONCE} histories are being told already`));
      const closing = new AbortController();
      open.set(id, closing);
      // Also what is thrown before the first part becomes a rejection.
      const running = Promise.resolve().then(() => run(id, request, closing.signal));
      running
        .then(
          () => !closing.signal.aborted && end(id, null),
          (error: unknown) => {
            if (closing.signal.aborted) return;
            if (error instanceof SessionError) return end(id, error);
            options.onFailure(error);
            end(id, new SessionError('fault', 'the server failed to tell what was before; its log says why'));
          },
        )
        .finally(() => open.get(id) === closing && open.delete(id))
        .catch(options.onFailure);
    },
    close,
    closeAll: () => Array.from(open.keys(), close),
  };
}
