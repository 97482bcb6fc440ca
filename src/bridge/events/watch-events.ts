// One connection to a supervisord whose events somebody forwards: from the first contact until it fails or is aborted.
// Events are hints and explanations; what holds is what supervisord itself answers, through whoever is in between.
import { setMaxListeners } from 'node:events';
import type { Identity, Observation } from '../../core/observation.ts';
import type { LinkFailure } from '../link/link-failure.ts';
import { createRereadSoon } from '../link/reread-soon.ts';
import { createCostMeter, crowdOf, fullReadPeriod, inCrowd, isCrowded, retryDelay } from '../link/poll-interval.ts';
import { pause } from '../link/pause.ts';
import { startPulse } from '../link/keepalive.ts';
import type { StateReader } from '../link/state-reader.ts';
import type { Aged } from '../link/rereader.ts';
import type { FullRead, SomeRead } from '../link/state-reader.ts';
import { createRereader } from '../link/rereader.ts';
import type { Tuning } from '../link/link-options.ts';
import type { Watch } from '../link/watched-link.ts';
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

export type EventWatchOptions = {
  readonly connect: (signal: AbortSignal) => Promise<Upstream>;
  readonly memory: EventMemory;
  readonly tuning: Tuning;
  /** Silence after which to ask while somebody watches. */
  readonly askMs: (pingCostMs: number | null) => number;
  readonly toFailure: (error: unknown) => LinkFailure;
  readonly attended: () => boolean;
  readonly among: () => number;
  readonly observe: (observation: Observation) => void;
  readonly signal: AbortSignal;
};

const NO_EVENTS = 'its agent tells of no events (left over from a supervisord that is gone?): restart the agent';
/** A burst, after which everything is reread: not every agent can prove that nothing was lost. */
const BURST = 10;
const BURST_OVER_MS = 1_000;
/** A stream that stood for so long was a good one: the next attempt comes fast again. */
const GOOD_LIFE_MS = 10_000;
const MANY_NAMES = 10;

export function startEventWatch(options: EventWatchOptions): Watch {
  const { memory, tuning, observe } = options;
  const over = new AbortController();
  const signal = AbortSignal.any([options.signal, over.signal]);
  setMaxListeners(0, signal);
  const trust = createEventTrust();
  const fullCost = createCostMeter(4);
  const pingCost = createCostMeter(8);
  let upstream: Upstream | null = null;
  let failure: LinkFailure | null = null;
  let wasUp = false;
  /** Null: events come; otherwise why not. */
  let problem: string | null = 'the events are not open yet';
  let sourceTold: string | null = null;
  let identity: Identity | null = null;
  /** Ends the stream of events that stands, for another one. */
  let reopening: AbortController | null = null;
  let nextFullRead: NodeJS.Timeout | undefined;
  let burstOver: NodeJS.Timeout | undefined;
  let burst = 0;

  const fail = (error: unknown) => {
    if (signal.aborted) return;
    failure = options.toFailure(error);
    over.abort();
  };
  const crowd = () => crowdOf(options.among());
  const period = () => {
    const mode = { attended: options.attended(), polling: problem !== null, crowd: crowd() };
    return fullReadPeriod(tuning.pace, mode, fullCost.cost() ?? 0);
  };
  const scheduleFullRead = () => {
    clearTimeout(nextFullRead);
    if (signal.aborted) return;
    nextFullRead = setTimeout(() => rereader.reread([]), period() * (0.8 + 0.2 * tuning.random()));
  };
  const setProblem = (text: string | null) => {
    problem = text;
    const told = text ?? '';
    if (!wasUp || sourceTold === told) return;
    sourceTold = told;
    observe({ type: 'source', source: text === null ? 'event' : 'poll', note: told });
    scheduleFullRead();
  };
  const judge = () => {
    if (!trust.isDeaf(performance.now())) return;
    setProblem(NO_EVENTS);
    reopening?.abort();
  };
  const learn = (next: Identity) => {
    identity = next;
    observe({ type: 'identity', identity: next });
  };

  const onAll = (read: FullRead & Aged) => {
    pulse.beat();
    fullCost.add(read.costMs);
    trust.read(read.readings, performance.now(), true);
    const { readings, hostNow, latencyMs, askedMsAgo } = read;
    observe({ type: 'all', readings, hostNow, latencyMs, pollMs: period(), askedMsAgo });
    judge();
    scheduleFullRead();
  };
  const onSome = ({ readings, gone, askedMsAgo }: SomeRead & Aged) => {
    pulse.beat();
    trust.read(readings, performance.now(), false);
    observe({ type: 'some', readings, gone, askedMsAgo });
    judge();
  };
  const demand = (): Upstream => {
    if (!upstream) throw new Error('nothing is read before the first contact');
    return upstream;
  };
  const rereader = createRereader({
    readAll: () => demand().state.all(),
    readSome: (names) => demand().state.some(names),
    onAll,
    onSome,
    manyNames: () => MANY_NAMES,
    fullReadGapMs: () => Math.min(1_500, Math.max(60, 8 * (fullCost.cost() ?? 0))),
    signal,
    onFailure: fail,
  });
  const tell = createTeller({
    explainer: memory.explainer,
    logEnd: (wait) => demand().logEnd(wait),
    observe,
    onFailure: fail,
    signal,
  });

  const onGap = (missed: number) => {
    trust.forgive();
    const events = missed === 1 ? 'an event was' : `${missed} events were`;
    observe({ type: 'gap', message: `${events} lost before we could see them: everything is reread` });
    rereader.reread([]);
  };
  const rereadSoon = createRereadSoon({
    reread: rereader.reread,
    settleMs: tuning.settleMs,
    isCrowded: () => isCrowded(options.among()),
    signal,
  });
  const noteBurst = (events: number) => {
    burst += events;
    clearTimeout(burstOver);
    burstOver = setTimeout(() => {
      if (burst >= BURST) rereader.reread([]);
      burst = 0;
    }, BURST_OVER_MS);
  };
  const onEvents = (events: readonly SupervisorEvent[]) => {
    if (signal.aborted) return;
    // The first event of all proves nothing about those before it.
    if (memory.serials.last() === null) rereader.reread([]);
    const missed = events.reduce((sum, { poolSerial }) => sum + memory.serials.missing(poolSerial), 0);
    if (missed > 0) onGap(missed);
    const transitions = events.flatMap((event) => toTransition(event) ?? []);
    const now = performance.now();
    transitions.forEach(({ group, name }) => trust.heard(group, name, now));
    setProblem(null);
    if (transitions.length > 0) tell(transitions);
    if (events.some(concernsEverything)) {
      demand().state.identity().then(learn, fail);
      rereader.reread([]);
    }
    rereadSoon(transitions.map(({ group, name }) => `${group}:${name}`));
    noteBurst(events.length);
  };

  const pulse = startPulse({
    afterMs: () => inCrowd(options.attended() ? options.askMs(pingCost.cost()) : tuning.pulse.unattendedMs, crowd()),
    ping: async () => {
      if (!upstream) return;
      const { state, costMs } = await upstream.state.ping(tuning.pulse.answerMs);
      pingCost.add(costMs);
      judge();
      if (identity && identity.state !== state) learn({ ...identity, state });
    },
    onFailure: fail,
    signal,
  });

  const followEvents = async (from: Upstream) => {
    let failures = 0;
    while (!signal.aborted) {
      const begun = performance.now();
      const reopen = new AbortController();
      reopening = reopen;
      const onOpen = () => {
        // One that was deaf must be heard first.
        if (problem !== NO_EVENTS) setProblem(null);
        rereader.reread([]);
      };
      const onAgent = (process: string | null) => observe({ type: 'agent', process });
      const within = AbortSignal.any([signal, reopen.signal]);
      const reason = await from.follow({ onOpen, onAgent, onEvents, signal: within });
      if (signal.aborted) return;
      if (!reopen.signal.aborted) setProblem(`its events do not come: ${reason}`);
      failures = performance.now() - begun > GOOD_LIFE_MS ? 0 : failures + 1;
      await pause(retryDelay(failures, { maxMs: tuning.retry.attendedMaxMs, random: tuning.random }), signal);
    }
  };
  const contact = async () => {
    const reached = await options.connect(signal);
    upstream = reached;
    const [who, everything] = await Promise.all([reached.state.identity(), reached.state.all()]);
    if (signal.aborted) return;
    learn(who);
    wasUp = true;
    setProblem(problem);
    onAll({ ...everything, askedMsAgo: everything.latencyMs });
    pulse.check();
    await followEvents(reached);
  };

  signal.addEventListener('abort', () => [nextFullRead, burstOver].forEach((timer) => clearTimeout(timer)), {
    once: true,
  });
  const ended = contact()
    .catch(fail)
    .then(() => over.abort())
    .then(() => ({ failure, wasUp }));

  return {
    reread: (names) => {
      if (wasUp) rereader.reread(names);
    },
    attendanceChanged: () => {
      if (!wasUp || signal.aborted) return;
      if (options.attended()) {
        rereader.reread([]);
        pulse.check();
      } else scheduleFullRead();
    },
    ended,
  };
}
