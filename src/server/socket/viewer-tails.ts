// Log tails of one viewer.
import type { Session, TailRequest } from '../../core/ports.ts';
import { SessionError } from '../../core/ports.ts';
import { encodeServerMessage } from '../../core/wire/codec.ts';
import type { Outbox } from './outbox.ts';

const TAILS_AT_ONCE = 50;
/** A longer text is cut, so that one message never holds up the others for long. */
const CHUNK_LENGTH = 64 * 1024;

export type ViewerTails = {
  open(id: number, request: TailRequest): void;
  close(id: number): void;
  closeAll(): void;
};

export function createViewerTails(options: {
  readonly session: Session;
  readonly outbox: Outbox;
  readonly onDropped: (characters: number) => void;
  readonly onFailure: (error: unknown) => void;
}): ViewerTails {
  const { session, outbox } = options;
  const open = new Map<number, AbortController>();

  const run = async (id: number, request: TailRequest, signal: AbortSignal): Promise<void> => {
    let dropped = 0;
    const tellDropped = () => {
      if (dropped === 0) return;
      const reason = `${dropped} characters were dropped: the connection is too slow`;
      outbox.send(encodeServerMessage({ type: 'tail-chunk', id, chunk: { type: 'gap', reason } }));
      dropped = 0;
    };
    for await (const chunk of session.tail(request, { signal })) {
      const parts = chunk.type === 'text' ? cut(chunk.text).map((text) => ({ type: 'text' as const, text })) : [chunk];
      for (const part of parts) {
        if (signal.aborted) return;
        // What ends by itself can be waited for; what goes on for ever cannot.
        if (!request.follow) await outbox.room();
        if (outbox.isFull() && part.type === 'text') {
          dropped += part.text.length;
          options.onDropped(part.text.length);
          continue;
        }
        tellDropped();
        outbox.send(encodeServerMessage({ type: 'tail-chunk', id, chunk: part }));
      }
    }
    tellDropped();
  };

  const end = (id: number, error: SessionError | null) => {
    const told = error && { code: error.code, message: error.message };
    outbox.send(encodeServerMessage({ type: 'tail-end', id, error: told }));
  };

  return {
    open: (id, request) => {
      if (open.has(id)) return;
      if (open.size >= TAILS_AT_ONCE)
        return end(id, new SessionError('busy', `${TAILS_AT_ONCE} logs are open already`));
      const closing = new AbortController();
      open.set(id, closing);
      // Also what is thrown before the first chunk becomes a rejection.
      const running = Promise.resolve().then(() => run(id, request, closing.signal));
      running
        .then(
          () => !closing.signal.aborted && end(id, null),
          (error: unknown) => {
            if (error instanceof SessionError) return end(id, error);
            options.onFailure(error);
            end(id, new SessionError('fault', 'the server failed to read this log'));
          },
        )
        .finally(() => open.get(id) === closing && open.delete(id))
        .catch(options.onFailure);
    },
    close: (id) => {
      open.get(id)?.abort();
      open.delete(id);
    },
    closeAll: () => {
      for (const closing of open.values()) closing.abort();
      open.clear();
    },
  };
}

function cut(text: string): string[] {
  if (text.length <= CHUNK_LENGTH) return [text];
  const parts: string[] = [];
  for (let at = 0; at < text.length;) {
    // Half of a surrogate pair is no character.
    const end = at + CHUNK_LENGTH;
    const splits = /[\ud800-\udbff]/u.test(text.charAt(end - 1));
    parts.push(text.slice(at, splits ? end - 1 : end));
    at = splits ? end - 1 : end;
  }
  return parts;
}
