// Guessing passwords must be slow.

const FIRST_WAIT_MS = 1_000;
/** A long quiet is a fresh start. */
const FORGIVEN_MS = 10 * 60_000;
/** As many are remembered; what has been quiet for longest is forgotten first. */
const REMEMBERED = 10_000;

type Record = { readonly failures: number; readonly until: number };

export type Throttle = {
  /** Milliseconds to wait before this key may try again; 0: now. */
  waitFor(key: string): number;
  /** Lately. */
  failures(key: string): number;
  failed(key: string): void;
  succeeded(key: string): void;
};

export type ThrottleOptions = {
  /** Of a monotonic clock. */
  readonly now: () => number;
  /** Failures that cost nothing: people mistype. */
  readonly free: number;
  readonly mostWaitMs: number;
};

export function createThrottle({ now, free, mostWaitMs }: ThrottleOptions): Throttle {
  const records = new Map<string, Record>();
  const lately = (key: string): number => {
    const known = records.get(key);
    return known && now() - known.until < FORGIVEN_MS ? known.failures : 0;
  };
  return {
    waitFor: (key) => Math.max(0, (records.get(key)?.until ?? 0) - now()),
    failures: lately,
    failed: (key) => {
      const failures = lately(key) + 1;
      const over = failures - free;
      const wait = over < 0 ? 0 : Math.min(mostWaitMs, FIRST_WAIT_MS * 2 ** over);
      records.delete(key);
      records.set(key, { failures, until: now() + wait });
      const oldest = records.keys().next();
      if (records.size > REMEMBERED && !oldest.done) records.delete(oldest.value);
    },
    succeeded: (key) => void records.delete(key),
  };
}
