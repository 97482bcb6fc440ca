// Log tails whose other end is at the server. A followed one outlives a lost line, with a gap to show for it.
import type { Session, TailChunk, TailRequest } from '../ports.ts';
import { SessionError } from '../ports.ts';
import type { Asking } from './asking.ts';

/** A reader that falls behind by more loses text, and is told so. */
const QUEUE_LIMIT = 8 * 1024 * 1024;

type Open = {
  readonly request: TailRequest;
  readonly queue: TailChunk[];
  size: number;
  dropped: number;
  error: SessionError | null;
  over: boolean;
  wake: () => void;
};

export type RemoteTails = {
  readonly tail: Session['tail'];
  onChunk(id: number, chunk: TailChunk): void;
  onEnd(id: number, error: SessionError | null): void;
  onLost(message: string): void;
  onLive(): void;
  /** Ends all of them, without an error unless one is given. */
  close(error?: SessionError): void;
};

export function createRemoteTails(options: Omit<Asking, 'clock'>): RemoteTails {
  const open = new Map<number, Open>();

  const push = (tail: Open, chunk: TailChunk) => {
    const size = chunk.type === 'text' ? chunk.text.length : 0;
    if (tail.size + size > QUEUE_LIMIT) tail.dropped += size;
    else {
      if (tail.dropped > 0) {
        tail.queue.push({ type: 'gap', reason: `${tail.dropped} characters were not read in time` });
        tail.dropped = 0;
      }
      tail.queue.push(chunk);
      tail.size += size;
    }
    tail.wake();
  };

  const end = (tail: Open, error: SessionError | null) => {
    tail.error = error;
    tail.over = true;
    tail.wake();
  };

  const iterate = async function* (request: TailRequest, signal: AbortSignal): AsyncGenerator<TailChunk> {
    if (signal.aborted) return;
    const refusal = options.refusal();
    if (refusal !== null) throw new SessionError('unreachable', refusal);
    const id = options.nextId();
    const tail: Open = { request, queue: [], size: 0, dropped: 0, error: null, over: false, wake: () => {} };
    const onAbort = () => tail.wake();
    open.set(id, tail);
    signal.addEventListener('abort', onAbort);
    try {
      options.say({ type: 'tail-open', id, request });
      for (;;) {
        if (signal.aborted) return;
        const chunk = tail.queue.shift();
        if (chunk) {
          if (chunk.type === 'text') tail.size -= chunk.text.length;
          yield chunk;
        } else if (tail.error) throw tail.error;
        else if (tail.over) return;
        else await new Promise<void>((resolve) => (tail.wake = resolve));
      }
    } finally {
      open.delete(id);
      signal.removeEventListener('abort', onAbort);
      if (!tail.over) options.say({ type: 'tail-close', id });
    }
  };

  return {
    tail: (request, { signal }) => iterate(request, signal),
    onChunk: (id, chunk) => {
      const tail = open.get(id);
      if (tail) push(tail, chunk);
    },
    onEnd: (id, error) => {
      const tail = open.get(id);
      if (tail) end(tail, error);
    },
    onLost: (message) => {
      for (const tail of open.values()) {
        if (tail.request.follow) push(tail, { type: 'gap', reason: message });
        else end(tail, new SessionError('unreachable', message));
      }
    },
    onLive: () => {
      // What was written meanwhile cannot be told from what was read: it goes on from now.
      for (const [id, { request }] of open) {
        if (request.follow) options.say({ type: 'tail-open', id, request: { ...request, backlogBytes: 0 } });
      }
    },
    close: (error) => Array.from(open.values(), (tail) => end(tail, error ?? null)),
  };
}
