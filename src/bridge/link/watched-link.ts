import type { Observation } from '../../core/observation.ts';
import type { LinkRoute, SupervisorLink } from '../../core/ports.ts';
import type { LinkFailure } from './link-failure.ts';
import { retryDelay } from './poll-interval.ts';
import { pause } from './pause.ts';
import type { LinkOptions } from './link-options.ts';

/** One connection, from the first contact until it fails or is aborted. */
export type Watch = {
  reread(names: readonly string[]): void;
  /** Whether anybody watches has changed. */
  attendanceChanged(): void;
  /** Never rejects. */
  readonly ended: Promise<{ readonly failure: LinkFailure | null; readonly wasUp: boolean }>;
};

export type Watching = {
  /** Whether somebody looks. */
  readonly attended: () => boolean;
  /** How many links this process runs. */
  readonly among: () => number;
  /** For one that goes through other multivisors. */
  readonly route: LinkRoute | null;
  readonly observe: (observation: Observation) => void;
  readonly signal: AbortSignal;
};

export type WatchedLinkOptions = Pick<SupervisorLink, 'call' | 'tail' | 'history'> & {
  readonly startWatch: (watching: Watching) => Watch;
  readonly linkOptions: Pick<LinkOptions, 'retry' | 'random'>;
  /** How long to wait at least after such a failure; not at all when left out. */
  readonly leastRetryMs?: (failure: LinkFailure) => number;
  /** When watching ends for good. */
  readonly close: () => void;
};

/** A link that keeps one watch going, one after the other, and connects again by itself. */
export function createWatchedLink(options: WatchedLinkOptions): SupervisorLink {
  const { startWatch, linkOptions } = options;
  let attended = false;
  let watch: Watch | null = null;
  let retryNow: AbortController | null = null;

  return {
    run: async (observe, { signal, among = () => 1, route = null }) => {
      let failures = 0;
      while (!signal.aborted) {
        observe({ type: 'connecting' });
        const current = startWatch({ attended: () => attended, among, route, observe, signal });
        watch = current;
        const { failure, wasUp } = await current.ended;
        watch = null;
        if (signal.aborted) break;
        if (failure) observe({ type: 'down', error: { code: failure.code, message: failure.message } });
        failures = wasUp ? 0 : failures + 1;
        const { attendedMaxMs, unattendedMaxMs } = linkOptions.retry;
        const maxMs = attended ? attendedMaxMs : unattendedMaxMs;
        const early = new AbortController();
        retryNow = early;
        const leastMs = (failure && options.leastRetryMs?.(failure)) ?? 0;
        const delay = Math.max(leastMs, retryDelay(failures, { maxMs, random: linkOptions.random }));
        await pause(delay, AbortSignal.any([signal, early.signal]));
        retryNow = null;
      }
      options.close();
    },
    call: async (call, wait) => {
      const result = await options.call(call, wait);
      if (result.ok || result.code !== 'not-found') watch?.reread('target' in call ? [call.target] : []);
      return result;
    },
    reread: (names) => {
      watch?.reread(names);
      if (names.length === 0) retryNow?.abort();
    },
    attend: (watched) => {
      if (attended === watched) return;
      attended = watched;
      watch?.attendanceChanged();
      if (watched) retryNow?.abort();
    },
    tail: options.tail,
    history: options.history,
  };
}
