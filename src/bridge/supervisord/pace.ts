// How often to ask, from what asking costs. Budgets are shares of one core of the host that is being watched.

export type PaceOptions = {
  /** Full reads, while somebody watches and the main log reports: shortest period and share. */
  readonly attended: Pace;
  readonly unattended: Pace;
  /** The same without a main log, where the full reads are all there is. */
  readonly attendedPoll: Pace;
  readonly unattendedPoll: Pace;
  readonly maxMs: number;
};

export type Pace = { readonly floorMs: number; readonly share: number };

export const DEFAULT_PACE: PaceOptions = {
  attended: { floorMs: 5_000, share: 0.002 },
  unattended: { floorMs: 30_000, share: 0.000_6 },
  attendedPoll: { floorMs: 1_000, share: 0.008 },
  unattendedPoll: { floorMs: 10_000, share: 0.002 },
  maxMs: 300_000,
};

export type Mode = { readonly attended: boolean; readonly polling: boolean };

/** Period of the full reads, each of which takes `costMs`. */
export function fullReadPeriod(options: PaceOptions, mode: Mode, costMs: number): number {
  const pace = mode.polling
    ? mode.attended
      ? options.attendedPoll
      : options.unattendedPoll
    : mode.attended
      ? options.attended
      : options.unattended;
  return Math.round(Math.min(options.maxMs, Math.max(pace.floorMs, costMs / pace.share)));
}

export type NudgePace = { readonly floorMs: number; readonly maxMs: number; readonly share: number };

/**
 * A nudge makes two turns of supervisord's loop, which looks at every process in each: 0.1 ms and 6 µs per process on a
 * machine of 2020. A slower one shows in `callMs`, what a small call took, which is more than a nudge of the same host.
 */
export function nudgePeriod({ floorMs, maxMs, share }: NudgePace, processes: number, callMs: number): number {
  const costMs = Math.max(0.1 + 0.006 * processes, callMs);
  return Math.min(maxMs, Math.max(floorMs, costMs / share));
}

/**
 * What a call costs the other side, at most: the least of the last answers, because whatever else goes on there or on
 * the network only adds to it.
 */
export type CostMeter = {
  add(ms: number): void;
  /** Null before so many samples. */
  cost(samples?: number): number | null;
};

export function createCostMeter(window: number): CostMeter {
  const samples: number[] = [];
  return {
    add: (ms) => {
      samples.push(ms);
      if (samples.length > window) samples.shift();
    },
    cost: (enough = 1) => (samples.length >= enough ? Math.min(...samples) : null),
  };
}

/** Delays before the attempts to connect again: the first comes fast, then twice as long each, with jitter. */
export function retryDelay(
  failures: number,
  options: { readonly maxMs: number; readonly random: () => number },
): number {
  const delay = Math.min(options.maxMs, 100 * 2 ** failures);
  return delay * (0.75 + options.random() * 0.25);
}
