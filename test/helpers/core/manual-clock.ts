import type { Clock } from '../../../src/core/ports.ts';

export type ManualClock = Clock & {
  /** Moves time on and fires what is due, in order, letting promises settle in between. */
  advance(ms: number): Promise<void>;
  /** Sets the clock on the wall, as a person or NTP does; nothing that waits notices. */
  set(ms: number): void;
  /** Timers that have not fired. */
  waiting(): number;
};

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Time that moves only when a test moves it. */
export function createManualClock(start = 1_700_000_000_000): ManualClock {
  // A machine that has been up for a while, so that nobody takes one clock for the other.
  let now = 1_000_000;
  let lead = start - now;
  let timers: { readonly at: number; readonly callback: () => void }[] = [];
  return {
    now: () => now + lead,
    monotonic: () => now,
    set: (ms) => void (lead += ms),
    after: (ms, callback) => {
      const timer = { at: now + ms, callback };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    advance: async (ms) => {
      const end = now + ms;
      await settle();
      for (;;) {
        const due = timers.filter((timer) => timer.at <= end).toSorted((a, b) => a.at - b.at)[0];
        if (!due) break;
        now = Math.max(now, due.at);
        timers = timers.filter((timer) => timer !== due);
        due.callback();
        await settle();
      }
      now = end;
      await settle();
    },
    waiting: () => timers.length,
  };
}
