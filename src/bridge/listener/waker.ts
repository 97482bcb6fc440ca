// supervisord reaps a child and sends the event of it one turn of its loop apart, and its loop sleeps up to a second in
// between: an event comes up to 1 s late. Whatever is readable makes it turn: a byte on our own stderr is the cheapest.
//
// When to send it? A signal (SIGCHLD) makes the kernel run supervisord for a moment even though its loop does not turn.
// The kernel counts that, so a counter that moved means: make it turn, twice. At rest nothing moves and nothing is sent.
import { closeSync, openSync, readSync } from 'node:fs';

export type WakerOptions = {
  /** Of supervisord. */
  readonly pid: number;
  /** Makes supervisord turn once. */
  readonly tap: () => void;
  /** Whether anybody would get the events sooner. */
  readonly wanted: () => boolean;
};

export type Waker = {
  /** An event came: what follows from it waits for another turn. `unsettled`: processes on their way to a state. */
  stirred(unsettled: boolean): void;
  stop(): void;
};

const SAMPLE_MS = 20;
/** The first turn reaps, the second sends. */
const SECOND_TAP_MS = 3;
/** Pairs of taps: so many at once, and so many a second in the long run. */
const MOST_TOKENS = 25;
const SAMPLES_PER_TOKEN = 4;
/** Where nothing counts for us: taps without a reason, as seldom as is still of use. */
const BLIND_SAMPLES = 3;
/** supervisord looks whether startsecs are over when it turns. */
const UNSETTLED_SAMPLES = 5;
const COUNTER = /^voluntary_ctxt_switches:\s+(\d+)/mu;

export function startWaker({ pid, tap, wanted }: WakerOptions): Waker {
  const counter = openCounter(pid);
  let expected = counter.read() ?? 0;
  /** What was counted when supervisord was last tapped: the same still means that it does not run at all. */
  let tappedAt: number | null = null;
  let tokens = MOST_TOKENS;
  let samples = 0;
  let unsettled = false;
  let second: NodeJS.Timeout | undefined;

  const tapTwice = () => {
    tap();
    second ??= setTimeout(() => {
      second = undefined;
      tap();
    }, SECOND_TAP_MS);
  };
  const sample = () => {
    samples += 1;
    if (samples % SAMPLES_PER_TOKEN === 0) tokens = Math.min(MOST_TOKENS, tokens + 1);
    const now = counter.read();
    if (!wanted()) {
      expected = now ?? 0;
      return;
    }
    if (now === null) {
      if (samples % BLIND_SAMPLES === 0) tapTwice();
      return;
    }
    const due = unsettled && samples % UNSETTLED_SAMPLES === 0;
    if ((now > expected || due) && now !== tappedAt && tokens > 0) {
      tokens -= 1;
      tappedAt = now;
      tapTwice();
      // Both taps run it once each, which must not be taken for news.
      expected = now + 2;
    } else expected = now;
  };
  const timer = setInterval(sample, SAMPLE_MS);

  return {
    stirred: (more) => {
      unsettled = more;
      if (wanted()) tapTwice();
    },
    stop: () => {
      clearInterval(timer);
      clearTimeout(second);
      counter.close();
    },
  };
}

/** Null where there is no such thing, or it may not be read. */
function openCounter(pid: number): { read(): number | null; close(): void } {
  const buffer = Buffer.alloc(4_096);
  let file: number | null = open(`/proc/${pid}/status`);
  const close = () => {
    if (file !== null) closeSync(file);
    file = null;
  };
  return {
    read: () => {
      if (file === null) return null;
      try {
        const [, count] = COUNTER.exec(buffer.toString('latin1', 0, readSync(file, buffer, 0, buffer.length, 0))) ?? [];
        return count === undefined ? null : Number(count);
      } catch {
        // supervisord is gone, and so are we in a moment: its end of our stdin is closed.
        close();
        return null;
      }
    },
    close,
  };
}

function open(path: string): number | null {
  try {
    return openSync(path, 'r');
  } catch {
    // No /proc (BSD, macOS), or not ours to read.
    return null;
  }
}
