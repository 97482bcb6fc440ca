// How often to ask, from what asking costs. Budgets are shares of one core of the host that is being watched.

export type PollIntervals = {
  /** Full reads, while somebody watches and the main log reports: shortest period and share. */
  readonly attended: PollInterval;
  readonly unattended: PollInterval;
  /** The same without a main log, where the full reads are all there is. */
  readonly attendedPoll: PollInterval;
  readonly unattendedPoll: PollInterval;
  readonly maxMs: number;
};

export type PollInterval = { readonly floorMs: number; readonly share: number };

export const DEFAULT_POLL_INTERVALS: PollIntervals = {
  attended: { floorMs: 5_000, share: 0.002 },
  unattended: { floorMs: 30_000, share: 0.000_6 },
  attendedPoll: { floorMs: 1_000, share: 0.008 },
  unattendedPoll: { floorMs: 10_000, share: 0.002 },
  maxMs: 300_000,
};

export type ReadingMode = { readonly attended: boolean; readonly polling: boolean; readonly crowd: number };

/** So many supervisors one process asks as often as if each were the only one. */
const ROOMY = 10;

/** From such a crowd on each reading is felt. */
const CROWDED = 5;

/** How much less often each of so many is asked, so that all together cost this process no more than a few do. */
export function crowdOf(links: number): number {
  return Math.max(1, links / ROOMY);
}

/** Whether only what must be read is read. */
export function isCrowded(links: number): boolean {
  return crowdOf(links) > CROWDED;
}

/** Seldom enough for any crowd: nobody is left unasked for longer. */
const LONGEST_SILENCE_MS = 60_000;

/** The silence after which to ask one of a crowd, where one alone would be asked after `ms`. */
export function inCrowd(ms: number, crowd: number): number {
  return Math.max(ms, Math.min(LONGEST_SILENCE_MS, ms * crowd));
}

/** Period of the full reads, each of which takes `costMs`. */
export function fullReadPeriod(options: PollIntervals, mode: ReadingMode, costMs: number): number {
  const interval = mode.polling
    ? mode.attended
      ? options.attendedPoll
      : options.unattendedPoll
    : mode.attended
      ? options.attended
      : options.unattended;
  return Math.round(Math.min(options.maxMs, Math.max(interval.floorMs * mode.crowd, costMs / interval.share)));
}

export type WakeInterval = { readonly floorMs: number; readonly maxMs: number; readonly share: number };

/** supervisord looks that often by itself. */
const OWN_TURN_MS = 1_000;
/** What is too seldom to hasten anything is still the cheapest sign of life. */
const SIGN_OF_LIFE_MS = 30_000;

export type WakeCost = {
  readonly processes: number;
  /** What a small call took; 0 when that is not known. */
  readonly callMs: number;
  readonly crowd: number;
};

/**
 * A wake-up makes two turns of supervisord's loop, which looks at every process in each: 0.1 ms and 6 µs per process on a
 * machine of 2020. A slower one shows in `callMs`, which is more than a wake-up of the same host. In a crowd
 * wake-ups cannot hasten anything; then they only ask for a sign of life.
 */
export function wakePeriod({ floorMs, maxMs, share }: WakeInterval, { processes, callMs, crowd }: WakeCost): number {
  const costMs = Math.max(0.1 + 0.006 * processes, callMs);
  const period = Math.min(maxMs, Math.max(floorMs, costMs / share)) * crowd;
  return period > OWN_TURN_MS ? SIGN_OF_LIFE_MS : period;
}

/** Whether wake-ups of one of so many can hasten anything; if not, what a turn of its loop costs need not be known. */
export function canHasten({ floorMs }: WakeInterval, crowd: number): boolean {
  return floorMs * crowd <= OWN_TURN_MS;
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

/** A wait this long may be a second longer. */
const LONG_MS = 10_000;

/**
 * Long waits end on whole seconds: hundreds of links that each wake the process by themselves cost it more than all that
 * they ask. `now`: milliseconds since the epoch.
 */
export function toWholeSecond(ms: number, now: number): number {
  return ms < LONG_MS ? ms : Math.ceil((now + ms) / 1_000) * 1_000 - now;
}

/** Delays before the attempts to connect again: the first comes fast, then twice as long each, with jitter. */
export function retryDelay(
  failures: number,
  options: { readonly maxMs: number; readonly random: () => number },
): number {
  const delay = Math.min(options.maxMs, 100 * 2 ** failures);
  return delay * (0.75 + options.random() * 0.25);
}
