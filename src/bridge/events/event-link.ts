import type { SupervisorLink } from '../../core/ports.ts';
import type { LinkFailure } from '../supervisord/failures.ts';
import { retryDelay } from '../supervisord/pace.ts';
import { pause } from '../supervisord/pause.ts';
import type { Tuning } from '../supervisord/tuning.ts';
import type { Watch } from '../supervisord/watch.ts';
import { createEventSerials } from './event-serials.ts';
import { createExplainer } from './explain.ts';
import type { EventMemory, EventWatchOptions, Upstream } from './watch-events.ts';
import { startEventWatch } from './watch-events.ts';

export type EventLinkOptions = Pick<SupervisorLink, 'call' | 'tail'> & {
  readonly connect: (signal: AbortSignal, memory: EventMemory) => Promise<Upstream>;
  readonly askMs: EventWatchOptions['askMs'];
  readonly toFailure: (error: unknown) => LinkFailure;
  readonly tuning: Tuning;
  /** When watching ends for good. */
  readonly close: () => void;
};

/** A link that keeps one watch going, one after the other, and connects again by itself. */
export function createEventLink(options: EventLinkOptions): SupervisorLink {
  const { tuning } = options;
  const memory: EventMemory = { serials: createEventSerials(), explainer: createExplainer() };
  let attended = false;
  let watch: Watch | null = null;
  let retryNow: AbortController | null = null;

  return {
    run: async (observe, { signal }) => {
      let failures = 0;
      while (!signal.aborted) {
        observe({ type: 'connecting' });
        const current = startEventWatch({
          ...options,
          connect: (within) => options.connect(within, memory),
          memory,
          attended: () => attended,
          observe,
          signal,
        });
        watch = current;
        const { failure, wasUp } = await current.ended;
        watch = null;
        if (signal.aborted) break;
        if (failure) observe({ type: 'down', error: { code: failure.code, message: failure.message } });
        failures = wasUp ? 0 : failures + 1;
        const { attendedMaxMs, unattendedMaxMs } = tuning.retry;
        const maxMs = attended ? attendedMaxMs : unattendedMaxMs;
        const early = new AbortController();
        retryNow = early;
        await pause(retryDelay(failures, { maxMs, random: tuning.random }), AbortSignal.any([signal, early.signal]));
        retryNow = null;
      }
      options.close();
    },
    call: async (call, wait) => {
      const result = await options.call(call, wait);
      if (result.ok || result.code !== 'not-found') watch?.look('target' in call ? [call.target] : []);
      return result;
    },
    look: (names) => {
      watch?.look(names);
      if (names.length === 0) retryNow?.abort();
    },
    attend: (watched) => {
      if (attended === watched) return;
      attended = watched;
      watch?.repace();
      if (watched) retryNow?.abort();
    },
    tail: options.tail,
  };
}
