// Under every link that reads a supervisor: full reads, rereads of what news name, keepalive, poll interval, failure. A
// watch says only where its news come from. Readings decide; news are hints of when to read.
import type { SupervisordIdentity, Observation } from '../../core/observation.ts';
import { startKeepalive } from './keepalive.ts';
import type { LinkFailure } from './link-failure.ts';
import type { LinkOptions } from './link-options.ts';
import { createCostMeter, crowdOf, fullReadPeriod, inCrowd, isCrowded, toWholeSecond } from './poll-interval.ts';
import type { Aged } from './rereader.ts';
import { createRereader } from './rereader.ts';
import { createRereadSoon } from './reread-soon.ts';
import type { FullRead, SomeRead, StateReader } from './state-reader.ts';
import { tellInParts } from './tell-in-parts.ts';
import type { Watch, Watching } from './watched-link.ts';

export type ReadingLoopOptions = {
  readonly watching: Pick<Watching, 'attended' | 'among' | 'observe' | 'signal'>;
  readonly linkOptions: LinkOptions;
  /** Where news come from when they come. */
  readonly source: 'log' | 'event';
  /** Why they do not come yet. */
  readonly opening: string;
  readonly toFailure: (error: unknown) => LinkFailure;
  /** When it can be asked before the first contact succeeded. */
  readonly reader?: StateReader;
  /** Silence after which to ask while somebody watches. */
  readonly askMs: (pingCostMs: number | null) => number;
  /** Before a reading is told. */
  readonly onReading: (read: FullRead | SomeRead) => void;
  /** After it was told, and after each sign of life that was asked for. */
  readonly judge: () => void;
  /** Somebody watches now, or news began or ceased to come. */
  readonly onChange?: () => void;
};

export type ReadingLoop = {
  /** Aborted when this connection is over. */
  readonly signal: AbortSignal;
  isUp(): boolean;
  crowd(): number;
  /** A little less than `ms`, so that many supervisors are not asked all at once. */
  spread(ms: number): number;
  /** Null: news come; otherwise why not. */
  problem(): string | null;
  setProblem(problem: string | null): void;
  learn(identity: SupervisordIdentity): void;
  /** Bytes came: it lives. */
  beat(): void;
  ping(): Promise<void>;
  /** Of a ping, at least, once so many were answered. */
  pingCost(samples: number): number | null;
  fail(error: unknown): void;
  /** The first contact succeeded, with this reading. */
  begin(reader: StateReader, first: FullRead): Promise<void>;
  /** `group:name` each; none: everything. */
  reread(names: readonly string[]): void;
  /** News name these: read at once, and once more when what follows has had its time. */
  rereadSoon(names: readonly string[]): void;
  /** `contact`: the connection, from its beginning to its end. */
  watch(contact: () => Promise<void>): Watch;
};

const FULL_READS = 4;
const READS_OF_ONE = 16;
const PINGS = 12;

export function createReadingLoop(options: ReadingLoopOptions): ReadingLoop {
  const { linkOptions } = options;
  const { attended, among, observe } = options.watching;
  const { signal, fail, run } = createConnection(options.watching.signal, options.toFailure);
  const costs = { full: createCostMeter(FULL_READS), one: createCostMeter(READS_OF_ONE), ping: createCostMeter(PINGS) };
  let reader: StateReader | null = options.reader ?? null;
  let isUp = false;
  let problem: string | null = options.opening;
  let sourceTold: string | null = null;
  let identity: SupervisordIdentity | null = null;

  const crowd = () => crowdOf(among());
  const spread = (ms: number) => ms * (0.8 + 0.2 * linkOptions.random());
  const period = () => {
    const mode = { attended: attended(), polling: problem !== null, crowd: crowd() };
    return fullReadPeriod(linkOptions.pollIntervals, mode, costs.full.cost() ?? 0);
  };
  const setProblem = (text: string | null) => {
    problem = text;
    const told = text ?? '';
    if (!isUp || sourceTold === told) return;
    sourceTold = told;
    observe({ type: 'source', source: text === null ? options.source : 'poll', note: told });
    scheduleFullRead();
    options.onChange?.();
  };
  const learn = (next: SupervisordIdentity) => {
    identity = next;
    observe({ type: 'identity', identity: next });
  };
  const tell = (read: FullRead | SomeRead, observation: Observation) => {
    keepalive.beat();
    options.onReading(read);
    observe(observation);
    options.judge();
  };
  const onAll = (read: FullRead & Aged) => {
    const { readings, hostNow, latencyMs, askedMsAgo } = read;
    costs.full.add(read.costMs);
    tell(read, { type: 'all', readings, hostNow, latencyMs, pollMs: period(), askedMsAgo });
    scheduleFullRead();
  };
  const onSome = (read: SomeRead & Aged) => {
    const { readings, hostNow, gone, costMs, askedMsAgo } = read;
    if (Number.isFinite(costMs)) costs.one.add(costMs);
    tell(read, { type: 'some', readings, hostNow, gone, askedMsAgo });
  };
  const demand = (): StateReader => {
    if (!reader) throw new Error('nothing is read before the first contact');
    return reader;
  };
  const rereader = createRereader({
    readAll: () => demand().all(),
    readSome: (names) => demand().some(names),
    onAll,
    onSome,
    manyNames: () => manyNames(costs.full.cost(), costs.one.cost()),
    fullReadGapMs: () => Math.min(1_500, Math.max(60, 8 * (costs.full.cost() ?? 0))),
    signal,
    onFailure: fail,
  });
  const rereadSoon = createRereadSoon({
    reread: rereader.reread,
    settleMs: linkOptions.settleMs,
    isCrowded: () => isCrowded(among()),
    signal,
  });
  const reread = (names: readonly string[]) => {
    if (isUp) rereader.reread(names);
  };
  // At most the period that was told, or a second more.
  const scheduleFullRead = createAlarm(() => toWholeSecond(spread(period()), Date.now()), {
    ring: () => reread([]),
    signal,
  });
  const ping = async () => {
    // Nobody to ask yet: the deadlines of connecting hold.
    if (!reader) return;
    const { state, costMs } = await reader.ping(linkOptions.keepalive.answerMs);
    costs.ping.add(costMs);
    options.judge();
    if (identity && identity.state !== state) learn({ ...identity, state });
  };
  const keepaliveMs = () =>
    inCrowd(attended() ? options.askMs(costs.ping.cost()) : linkOptions.keepalive.unattendedMs, crowd());
  const keepalive = startKeepalive({ afterMs: keepaliveMs, ping, onFailure: fail, signal });

  return {
    signal,
    isUp: () => isUp,
    crowd,
    spread,
    problem: () => problem,
    setProblem,
    learn,
    beat: keepalive.beat,
    ping,
    pingCost: costs.ping.cost,
    fail,
    begin: async (reached, first) => {
      const age = createAge(first.latencyMs);
      await tellInParts(first.readings, (part) => observe(toSome(part, first, age())), signal);
      if (signal.aborted) return;
      reader = reached;
      isUp = true;
      setProblem(problem);
      onAll({ ...first, askedMsAgo: age() });
    },
    reread,
    rereadSoon,
    watch: (contact) => ({
      reread,
      attendanceChanged: () => {
        if (!isUp || signal.aborted) return;
        if (!attended()) return scheduleFullRead();
        reread([]);
        keepalive.check();
        options.onChange?.();
      },
      ended: run(contact).then((failure) => ({ failure, wasUp: isUp })),
    }),
  };
}

/** How long ago it was asked for, when that was so long ago now. */
function createAge(ms: number): () => number {
  const since = performance.now() - ms;
  return () => performance.now() - since;
}

function toSome(readings: SomeRead['readings'], { hostNow }: FullRead, askedMsAgo: number): Observation {
  return { type: 'some', readings, hostNow, gone: [], askedMsAgo };
}

/** What ends together: its signal is aborted when it failed, when `run` is over, or with `outer`. */
function createConnection(outer: AbortSignal, toFailure: ReadingLoopOptions['toFailure']) {
  const over = new AbortController();
  const signal = AbortSignal.any([outer, over.signal]);
  let failure: LinkFailure | null = null;
  const fail = (error: unknown): void => {
    if (signal.aborted) return;
    failure = toFailure(error);
    over.abort();
  };
  const run = async (contact: () => Promise<void>): Promise<LinkFailure | null> => {
    await contact().catch(fail);
    over.abort();
    return failure;
  };
  return { signal, fail, run };
}

/** Rings once after each call, and not before: a later call puts it off. */
function createAlarm(
  afterMs: () => number,
  { ring, signal }: { readonly ring: () => void; readonly signal: AbortSignal },
): () => void {
  let timer: NodeJS.Timeout | undefined;
  signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  return () => {
    clearTimeout(timer);
    if (!signal.aborted) timer = setTimeout(ring, afterMs());
  };
}

/** From how many names on one full read is cheaper. */
function manyNames(fullMs: number | null, oneMs: number | null): number {
  return fullMs === null || oneMs === null ? 10 : Math.min(20, Math.max(4, Math.ceil(fullMs / oneMs)));
}
