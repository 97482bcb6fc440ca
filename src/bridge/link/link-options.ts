import type { WakeInterval, PollIntervals } from './poll-interval.ts';
import { DEFAULT_POLL_INTERVALS } from './poll-interval.ts';

/** What a link may take its time for, and how often it asks. Times are milliseconds. */
export type LinkOptions = {
  readonly connectMs: number;
  /** For one answer. A supervisord that forks 500 children says nothing for 2.3 s. */
  readonly answerMs: number;
  /** 10,000 processes tell of themselves in 11 MB. */
  readonly maxAnswerBytes: number;
  readonly pollIntervals: PollIntervals;
  /** No sign of life for `afterMs`: a small call, which must be answered within `answerMs`. */
  readonly keepalive: { readonly attendedMs: number; readonly unattendedMs: number; readonly answerMs: number };
  /** While somebody watches. Shorter than 0.1 s would be of no use: supervisord does not look that often. */
  readonly wake: WakeInterval & { readonly answerEveryMs: number };
  /** From the first full read to following the main log. */
  readonly followAfterMs: number;
  /** How long after the last line about a process it is reread once more. */
  readonly settleMs: number;
  readonly retry: { readonly attendedMaxMs: number; readonly unattendedMaxMs: number };
  readonly random: () => number;
};

export const DEFAULT_LINK_OPTIONS: LinkOptions = {
  connectMs: 3_000,
  answerMs: 15_000,
  maxAnswerBytes: 16 * 1024 * 1024,
  pollIntervals: DEFAULT_POLL_INTERVALS,
  keepalive: { attendedMs: 1_500, unattendedMs: 15_000, answerMs: 3_000 },
  wake: { floorMs: 105, share: 0.004_5, maxMs: 500, answerEveryMs: 1_200 },
  followAfterMs: 50,
  settleMs: 60,
  retry: { attendedMaxMs: 2_000, unattendedMaxMs: 30_000 },
  random: Math.random,
};
