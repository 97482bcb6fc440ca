// What one viewer has told to it piece by piece, each under its id, until it ends or the viewer has enough: so many at a time.
import { SessionError } from '../../core/ports.ts';

export type ViewerStreams<Request> = {
  open(id: number, request: Request): void;
  close(id: number): void;
  closeAll(): void;
};

export type ViewerStreamsOptions<Request> = {
  readonly most: number;
  /** What is said when there are so many, and when the server itself failed. */
  readonly words: { readonly busy: string; readonly fault: string };
  /** Tells all of it; rejects with a SessionError for what the viewer is to know. */
  readonly run: (id: number, request: Request, signal: AbortSignal) => Promise<void>;
  readonly end: (id: number, error: { readonly code: SessionError['code']; readonly message: string } | null) => void;
  readonly onFailure: (error: unknown) => void;
};

export function createViewerStreams<Request>(options: ViewerStreamsOptions<Request>): ViewerStreams<Request> {
  const { most, words, run, onFailure } = options;
  const open = new Map<number, AbortController>();
  const end = (id: number, error: SessionError | null) =>
    options.end(id, error && { code: error.code, message: error.message });
  const close = (id: number) => {
    open.get(id)?.abort();
    open.delete(id);
  };

  return {
    open: (id, request) => {
      if (open.has(id)) return;
      if (open.size >= most) return end(id, new SessionError('busy', words.busy));
      const closing = new AbortController();
      open.set(id, closing);
      // Also what is thrown before the first piece becomes a rejection.
      const running = Promise.resolve().then(() => run(id, request, closing.signal));
      running
        .then(
          () => !closing.signal.aborted && end(id, null),
          (error: unknown) => {
            // A generator may throw the reason of its signal, which is no failure.
            if (closing.signal.aborted && error === closing.signal.reason) return;
            if (!(error instanceof SessionError)) onFailure(error);
            if (closing.signal.aborted) return;
            end(id, error instanceof SessionError ? error : new SessionError('fault', words.fault));
          },
        )
        .finally(() => open.get(id) === closing && open.delete(id))
        .catch(onFailure);
    },
    close,
    closeAll: () => Array.from(open.keys(), close),
  };
}
