// A program that writes a watched file when it starts would be restarted by it, and write it again, for ever.

export type LoopGuard = {
  /** Of these changes, those that may restart something; `looping`: files that from now on may not. */
  admit(paths: readonly string[]): { readonly paths: readonly string[]; readonly looping: readonly string[] };
  /** Everything has been started again. */
  restarted(): void;
};

/** A change so soon after a restart is an echo of it. */
const ECHO_MS = 5_000;
const WINDOW_MS = 30_000;
const ECHOES = 5;

export function createLoopGuard(now: () => number): LoopGuard {
  const echoes = new Map<string, readonly number[]>();
  let last = Number.NEGATIVE_INFINITY;
  return {
    admit: (paths) => {
      const at = now();
      const isEcho = at - last < ECHO_MS;
      const looping: string[] = [];
      const admitted = [...new Set(paths)].filter((path) => {
        if (!isEcho) {
          // Somebody has saved it: also one that was refused counts again.
          echoes.delete(path);
          return true;
        }
        const before = echoes.get(path) ?? [];
        if (before.length >= ECHOES) return false;
        const recent = [...before.filter((time) => at - time < WINDOW_MS), at];
        echoes.set(path, recent);
        if (recent.length < ECHOES) return true;
        looping.push(path);
        return false;
      });
      return { paths: admitted, looping };
    },
    restarted: () => {
      last = now();
    },
  };
}
