// What one viewer asks of the past: no faster than it reads, and a few at a time.
import type { Session, SessionHistoryRequest } from '../../core/ports.ts';
import { encodeServerMessage } from '../../core/wire/codec.ts';
import type { Outbox } from './outbox.ts';
import type { ViewerStreams } from './viewer-streams.ts';
import { createViewerStreams } from './viewer-streams.ts';

const AT_ONCE = 4;

export function createViewerHistories(options: {
  readonly session: Pick<Session, 'history'>;
  readonly outbox: Outbox;
  readonly onFailure: (error: unknown) => void;
}): ViewerStreams<SessionHistoryRequest> {
  const { session, outbox, onFailure } = options;
  return createViewerStreams({
    most: AT_ONCE,
    words: {
      busy: `${AT_ONCE} histories are being told already`,
      fault: 'the server failed to tell what was before; its log says why',
    },
    run: async (id, request, signal) => {
      for await (const part of session.history(request, { signal })) {
        await outbox.room();
        if (signal.aborted) return;
        outbox.send(encodeServerMessage({ type: 'history-part', id, part }));
      }
    },
    end: (id, error) => outbox.send(encodeServerMessage({ type: 'history-end', id, error })),
    onFailure,
  });
}
