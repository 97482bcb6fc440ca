// Fetches what a process wrote last when it went down: once per fall, a few at a time, never in anybody's way.
import type { LimitFunction } from 'p-limit';
import pLimit from 'p-limit';
import { parseUid } from '../ids.ts';
import { createLineReader } from '../log-lines.ts';
import type { LastWords } from '../model.ts';
import type { Clock, LogStream, Session, WaitOptions } from '../ports.ts';
import { SessionError } from '../ports.ts';
import { LAST_WORDS_BYTES, LAST_WORDS_LINES, toLastWords } from '../engine/timeline.ts';

const AT_ONCE_PER_SUPERVISOR = 2;
/** A host on which everything falls at once keeps the words of these; the rest can still be read from the log. */
const QUEUE_LIMIT = 100;
const DEADLINE_MS = 3_000;
/** Processes that were down before we came can wait until the first screen is up. */
const EARLIER_FALL_DELAY_MS = 300;

const LIMIT = { longest: LAST_WORDS_BYTES, beyond: 'cut' } as const;

type Tail = Session['tail'];

/** The end of its stderr, else of its stdout; null when there is nothing to quote. Ends early when aborted. */
export async function readLastWords(tail: Tail, uid: string, wait: WaitOptions): Promise<LastWords | null> {
  return (await readEnd(tail, { uid, stream: 'stderr' }, wait)) ?? readEnd(tail, { uid, stream: 'stdout' }, wait);
}

type Log = { readonly uid: string; readonly stream: LogStream };

async function readEnd(tail: Tail, { uid, stream }: Log, wait: WaitOptions): Promise<LastWords | null> {
  const reader = createLineReader(LIMIT);
  let lines: string[] = [];
  const take = (more: readonly string[]) => {
    lines = lines.concat(more.filter((line) => line.trim() !== '')).slice(-LAST_WORDS_LINES);
  };
  try {
    for await (const chunk of tail({ uid, stream, backlogBytes: LAST_WORDS_BYTES, follow: false }, wait)) {
      take(chunk.type === 'text' ? reader.push(chunk.text) : reader.flush());
    }
  } catch (error) {
    // No log, or a host that went away meanwhile: there are no last words, and the fall is told without them.
    if (!(error instanceof SessionError)) throw error;
  }
  take(reader.flush());
  return toLastWords(stream, lines.join('\n'));
}

export type LastWordsFetcher = {
  /** `transition` null: it was already down when it was first seen. */
  fetch(uid: string, transition: number | null): void;
};

export function createLastWordsFetcher(options: {
  readonly clock: Clock;
  readonly tail: Tail;
  readonly deliver: (uid: string, transition: number | null, words: LastWords) => void;
  /** A log could not be read for a reason that nobody foresaw. */
  readonly onFailure: (uid: string, error: unknown) => void;
  readonly signal: AbortSignal;
}): LastWordsFetcher {
  const { clock, signal } = options;
  const queues = new Map<string, LimitFunction>();

  const fetchNow = async (uid: string, transition: number | null): Promise<void> => {
    if (signal.aborted) return;
    const ended = new AbortController();
    const cancel = clock.after(DEADLINE_MS, () => ended.abort());
    try {
      const words = await readLastWords(options.tail, uid, { signal: AbortSignal.any([signal, ended.signal]) });
      if (words) options.deliver(uid, transition, words);
    } finally {
      cancel();
    }
  };

  const enqueue = (uid: string, transition: number | null): void => {
    const supervisor = parseUid(uid)?.supervisor ?? '';
    const queue = queues.get(supervisor) ?? pLimit(AT_ONCE_PER_SUPERVISOR);
    queues.set(supervisor, queue);
    if (queue.pendingCount >= QUEUE_LIMIT) return;
    const failed = (error: unknown) => options.onFailure(uid, error);
    queue(() => fetchNow(uid, transition)).catch(failed);
  };

  let earlier: string[] = [];
  let cancelEarlier: (() => void) | null = null;
  const enqueueEarlier = () => {
    cancelEarlier = null;
    earlier.forEach((uid) => enqueue(uid, null));
    earlier = [];
  };
  signal.addEventListener('abort', () => cancelEarlier?.(), { once: true });

  return {
    fetch: (uid, transition) => {
      if (transition !== null) return enqueue(uid, transition);
      earlier.push(uid);
      cancelEarlier ??= clock.after(EARLIER_FALL_DELAY_MS, enqueueEarlier);
    },
  };
}
