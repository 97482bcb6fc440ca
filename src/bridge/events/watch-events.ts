// One connection to a supervisord whose events somebody forwards: from the first contact until it fails or is aborted.
// Events are hints and explanations; what holds is what supervisord itself answers, through whoever is in between.
import { OPENING_EVENTS } from '../../core/poll-reasons.ts';
import type { LinkFailure } from '../link/link-failure.ts';
import type { LinkOptions } from '../link/link-options.ts';
import { pause } from '../link/pause.ts';
import { retryDelay } from '../link/poll-interval.ts';
import type { ReadingLoop } from '../link/reading-loop.ts';
import { createReadingLoop } from '../link/reading-loop.ts';
import type { StateReader } from '../link/state-reader.ts';
import type { Watch, Watching } from '../link/watched-link.ts';
import type { EventSerials } from './event-serials.ts';
import { createEventTrust } from './event-trust.ts';
import type { Explainer } from './explain.ts';
import type { SupervisorEvent } from './supervisor-event.ts';
import { concernsEverything, toTransition } from './supervisor-event.ts';
import { createTeller } from './teller.ts';

export type FollowOptions = {
  /** The stream stands. */
  readonly onOpen: () => void;
  /** Which process (`group:name`) tells the events; null: none under this supervisord. */
  readonly onAgent: (process: string | null) => void;
  readonly onEvents: (events: readonly SupervisorEvent[]) => void;
  readonly signal: AbortSignal;
};

/** What forwards the events of a supervisord, and its answers. */
export type Upstream = {
  readonly state: StateReader;
  /** The end of supervisord's main log; null: not to be had. */
  logEnd(options: { readonly signal: AbortSignal }): Promise<string | null>;
  /** Until the events end, and why; throws LinkFailure when nothing at all can be had from there any more. */
  follow(options: FollowOptions): Promise<string>;
};

/** What outlives a connection. */
export type EventMemory = { readonly serials: EventSerials; readonly explainer: Explainer };

export type EventWatchOptions = Pick<Watching, 'attended' | 'among' | 'observe' | 'signal'> & {
  readonly connect: (signal: AbortSignal) => Promise<Upstream>;
  readonly memory: EventMemory;
  readonly linkOptions: LinkOptions;
  /** Silence after which to ask while somebody watches. */
  readonly askMs: (pingCostMs: number | null) => number;
  readonly toFailure: (error: unknown) => LinkFailure;
};

const NO_EVENTS = 'its agent tells of no events (left over from a supervisord that is gone?): restart the agent';
/** So many events at once, and everything is reread: not every agent can prove that nothing was lost. */
const STORM = 10;
const STORM_OVER_MS = 1_000;
/** A stream that stood for so long was a good one: the next attempt comes fast again. */
const GOOD_LIFE_MS = 10_000;

export function startEventWatch(options: EventWatchOptions): Watch {
  const { memory, linkOptions, observe } = options;
  const trust = createEventTrust();
  let upstream: Upstream | null = null;
  /** Ends the stream of events that stands, for another one. */
  let reopening: AbortController | null = null;

  const loop = createReadingLoop({
    watching: options,
    linkOptions,
    source: 'event',
    opening: OPENING_EVENTS,
    toFailure: options.toFailure,
    askMs: options.askMs,
    onReading: (read) => trust.read(read.readings, performance.now(), !('gone' in read)),
    judge: () => {
      if (!trust.isDeaf(performance.now())) return;
      loop.setProblem(NO_EVENTS);
      reopening?.abort();
    },
  });
  const { signal, reread } = loop;
  const demand = (): Upstream => {
    if (!upstream) throw new Error('no events come before the first contact');
    return upstream;
  };
  const tell = createTeller({
    explainer: memory.explainer,
    logEnd: (wait) => demand().logEnd(wait),
    observe,
    onFailure: loop.fail,
    signal,
  });
  const countEvents = createStormEnd(() => reread([]), signal);

  const onGap = (missed: number) => {
    trust.forgive();
    const events = missed === 1 ? 'an event was' : `${missed} events were`;
    observe({ type: 'gap', message: `${events} lost before we could see them: everything is reread` });
    reread([]);
  };
  const onEvents = (events: readonly SupervisorEvent[]) => {
    if (signal.aborted) return;
    // The first event of all proves nothing about those before it.
    if (memory.serials.last() === null) reread([]);
    const missed = events.reduce((sum, { poolSerial }) => sum + memory.serials.missing(poolSerial), 0);
    if (missed > 0) onGap(missed);
    const transitions = events.flatMap((event) => toTransition(event) ?? []);
    const now = performance.now();
    transitions.forEach(({ group, name }) => trust.heard(group, name, now));
    loop.setProblem(null);
    if (transitions.length > 0) tell(transitions);
    if (events.some(concernsEverything)) {
      demand().state.identity().then(loop.learn, loop.fail);
      reread([]);
    }
    loop.rereadSoon(transitions.map(({ group, name }) => `${group}:${name}`));
    countEvents(events.length);
  };
  const onOpen = () => {
    // One that was deaf must be heard first.
    if (loop.problem() !== NO_EVENTS) loop.setProblem(null);
    reread([]);
  };
  const onAgent = (process: string | null) => observe({ type: 'agent', process });

  return loop.watch(async () => {
    const reached = await options.connect(signal);
    upstream = reached;
    const [who, everything] = await Promise.all([reached.state.identity(), reached.state.all()]);
    if (signal.aborted) return;
    loop.learn(who);
    await loop.begin(reached.state, everything);
    if (signal.aborted) return;
    loop.ping().catch(loop.fail);
    await keepFollowing(loop, linkOptions, async () => {
      const reopen = new AbortController();
      reopening = reopen;
      const reason = await reached.follow({
        onOpen,
        onAgent,
        onEvents,
        signal: AbortSignal.any([signal, reopen.signal]),
      });
      if (!signal.aborted && !reopen.signal.aborted) loop.setProblem(`its events do not come: ${reason}`);
    });
  });
}

/** One stream after the other; each time later while they do not last. */
async function keepFollowing(
  { signal }: ReadingLoop,
  linkOptions: LinkOptions,
  follow: () => Promise<void>,
): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    const begun = performance.now();
    await follow();
    if (signal.aborted) return;
    failures = performance.now() - begun > GOOD_LIFE_MS ? 0 : failures + 1;
    await pause(retryDelay(failures, { maxMs: linkOptions.retry.attendedMaxMs, random: linkOptions.random }), signal);
  }
}

function createStormEnd(onEnd: () => void, signal: AbortSignal): (events: number) => void {
  let lately = 0;
  let timer: NodeJS.Timeout | undefined;
  signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  return (events) => {
    lately += events;
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (lately >= STORM) onEnd();
      lately = 0;
    }, STORM_OVER_MS);
  };
}
