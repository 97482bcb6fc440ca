// Waiting in tests: always for something, never longer than said.

export function deadline<T>(promise: Promise<T>, ms: number, what: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${what}: not within ${ms} ms`)), ms);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

export type UntilOptions = { readonly what: string; readonly ms?: number; readonly from?: number };

export type Collector<T> = {
  /** Hand this to whatever calls back. */
  readonly push: (item: T) => void;
  readonly items: readonly T[];
  /** What `find` makes of the first item from index `from` on for which it is not undefined, there or still to come. */
  until<U>(find: (item: T, index: number) => U | undefined, options: UntilOptions): Promise<U>;
};

/** Collects what calls back and lets a test await the one that it looks for. */
export function collect<T>(): Collector<T> {
  const items: T[] = [];
  const checks = new Set<() => void>();
  return {
    items,
    push: (item) => {
      items.push(item);
      Array.from(checks).forEach((check) => check());
    },
    until: async <U>(find: (item: T, index: number) => U | undefined, options: UntilOptions) => {
      const { what, ms = 20_000, from = 0 } = options;
      const look = (after: number): U | undefined => {
        for (const [index, item] of items.entries()) {
          const found = index < after ? undefined : find(item, index);
          if (found !== undefined) return found;
        }
      };
      const there = look(from);
      if (there !== undefined) return there;
      let seen = items.length;
      const coming = new Promise<U>((resolve) => {
        const check = () => {
          const found = look(seen);
          seen = items.length;
          if (found === undefined) return;
          checks.delete(check);
          resolve(found);
        };
        checks.add(check);
      });
      return deadline(coming, ms, what);
    },
  };
}

/** Asks until the answer fits; for conditions of the outside that nobody announces. */
export async function eventually<T>(
  ask: () => T | Promise<T>,
  fits: (answer: T) => boolean,
  { what, ms = 20_000, everyMs = 20 }: { readonly what: string; readonly ms?: number; readonly everyMs?: number },
): Promise<T> {
  const end = performance.now() + ms;
  for (;;) {
    const answer = await ask();
    if (fits(answer)) return answer;
    if (performance.now() > end) throw new Error(`${what}: not within ${ms} ms; last ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
