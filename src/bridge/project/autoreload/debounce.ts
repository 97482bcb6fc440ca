// Many changes, one restart: waits until they pause, but never longer than a second, and never works twice at a time.

export type DebounceOptions<T> = {
  /** After the last change. */
  readonly quietMs: number;
  /** After the first one. */
  readonly longestMs: number;
  /** Never rejects. */
  readonly work: (items: readonly T[]) => Promise<void>;
  readonly now: () => number;
  readonly after: (ms: number, callback: () => void) => () => void;
};

export type Debounce<T> = { push(item: T): void; /** Nothing more begins. */ stop(): void };

export function createDebounce<T>({ quietMs, longestMs, work, now, after }: DebounceOptions<T>): Debounce<T> {
  let items: T[] = [];
  let first = 0;
  let cancel: (() => void) | null = null;
  let working = false;
  let stopped = false;

  const run = async () => {
    cancel = null;
    working = true;
    const taken = items;
    items = [];
    await work(taken);
    working = false;
    // What changed meanwhile may be half seen by what has just been started: once more, after a pause of its own.
    if (items.length > 0 && !stopped) wait();
  };
  const wait = () => {
    cancel?.();
    const left = first + longestMs - now();
    cancel = after(Math.max(0, Math.min(quietMs, left)), () => void run());
  };
  return {
    push: (item) => {
      if (stopped) return;
      if (items.length === 0) first = now();
      items.push(item);
      if (!working) wait();
    },
    stop: () => {
      stopped = true;
      cancel?.();
    },
  };
}
