// Log tails of one viewer.
import type { Session, TailRequest } from '../../core/ports.ts';
import { encodeServerMessage } from '../../core/wire/codec.ts';
import type { Outbox } from './outbox.ts';
import type { ViewerStreams } from './viewer-streams.ts';
import { createViewerStreams } from './viewer-streams.ts';

const TAILS_AT_ONCE = 50;
/** A longer text is cut, so that one message never holds up the others for long. */
const CHUNK_LENGTH = 64 * 1024;

export function createViewerTails(options: {
  readonly session: Session;
  readonly outbox: Outbox;
  readonly onDropped: (characters: number) => void;
  readonly onFailure: (error: unknown) => void;
}): ViewerStreams<TailRequest> {
  const { session, outbox } = options;
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

  return createViewerStreams({
    most: TAILS_AT_ONCE,
    words: { busy: `${TAILS_AT_ONCE} logs are open already`, fault: 'the server failed to read this log' },
    run,
    end: (id, error) => outbox.send(encodeServerMessage({ type: 'tail-end', id, error })),
    onFailure: options.onFailure,
  });
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
