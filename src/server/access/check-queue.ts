// Checking a password costs some 50 ms and 16 MiB on purpose. So few are checked at a time, few of one address wait, and
// those wait longest who have guessed wrong the most: a crowd of guesses does not keep out who knows the password.

export type CheckQueue = {
  /** Null: there was no room, or it was pushed out by others. `from` guesses; `failures` is asked when a check begins. */
  run<T>(from: string, failures: () => number, check: () => Promise<T>): Promise<T | null>;
};

const AT_ONCE = 2;
const WAITING_OF_ONE = 8;
const WAITING = 200;

type Waiting = {
  readonly from: string;
  readonly failures: () => number;
  readonly start: () => void;
  readonly drop: () => void;
};

export function createCheckQueue(): CheckQueue {
  let waiting: Waiting[] = [];
  let running = 0;

  const take = (chosen: Waiting) => {
    waiting = waiting.filter((each) => each !== chosen);
    return chosen;
  };
  /** The newest of those that guessed wrong the least: under a flood the old ones have been given up by their clients. */
  const best = () =>
    waiting.toSorted((a, b) => a.failures() - b.failures() || waiting.indexOf(b) - waiting.indexOf(a))[0];
  const next = () => {
    const chosen = running < AT_ONCE ? best() : undefined;
    if (chosen) take(chosen).start();
  };
  const dropWorst = (among: readonly Waiting[]) => {
    const worst = among.toSorted((a, b) => b.failures() - a.failures())[0];
    if (worst) take(worst).drop();
  };

  return {
    run: (from, failures, check) =>
      new Promise((resolve, reject) => {
        const start = () => {
          running += 1;
          check()
            .then(resolve, reject)
            .finally(() => {
              running -= 1;
              next();
            });
        };
        waiting.push({ from, failures, start, drop: () => resolve(null) });
        const own = waiting.filter((each) => each.from === from);
        if (own.length > WAITING_OF_ONE) dropWorst(own);
        else if (waiting.length > WAITING) dropWorst(waiting);
        next();
      }),
  };
}
