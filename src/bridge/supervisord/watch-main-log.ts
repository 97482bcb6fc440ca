// One connection to one supervisord, from the first contact until it fails or is aborted.
import { setMaxListeners } from 'node:events';
import type { Identity, Observation } from '../../core/observation.ts';
import { LinkFailure, isMissing, placeOf, toLinkFailure } from '../link/link-failure.ts';
import type { LogEvent } from '../supervisord-api/parse-log-line.ts';
import { createRereadSoon } from '../link/reread-soon.ts';
import { createLogTrust, speaksOfChanges } from './main-log/silence-detector.ts';
import { LINES_MISSED, catchUp, followMainLog } from './main-log/follow.ts';
import { BACKLOG_BYTES } from '../supervisord-api/find-resume-point.ts';
import type { NameIndex } from './main-log/process-names.ts';
import type { Nudging } from './main-log/wake-loop.ts';
import { startNudging } from './main-log/wake-loop.ts';
import {
  canHasten,
  createCostMeter,
  crowdOf,
  fullReadPeriod,
  inCrowd,
  isCrowded,
  nudgePeriod,
  toWholeSecond,
} from '../link/poll-interval.ts';
import { pause } from '../link/pause.ts';
import { startPulse } from '../link/keepalive.ts';
import { createStateReader } from '../supervisord-api/xml-rpc/read-state.ts';
import type { Aged } from '../link/rereader.ts';
import type { FullRead, SomeRead } from '../link/state-reader.ts';
import type { Watch } from '../link/watched-link.ts';
import { createRereader } from '../link/rereader.ts';
import type { Reporter } from './main-log/to-transitions.ts';
import type { Rpc } from '../supervisord-api/xml-rpc/rpc.ts';
import type { Transport } from '../supervisord-api/http/transport.ts';
import type { Tuning } from '../link/link-options.ts';

/** What outlives a connection: who is who, and up to where the main log was read. */
export type Memory = { readonly index: NameIndex; readonly reporter: Reporter; seen: Buffer | null };

export type WatchOptions = {
  readonly transport: Transport;
  readonly rpc: Rpc;
  readonly logPath: string;
  readonly memory: Memory;
  readonly tuning: Tuning;
  readonly attended: () => boolean;
  readonly among: () => number;
  readonly observe: (observation: Observation) => void;
  readonly signal: AbortSignal;
};

const NO_LOG = 'no main log that can be followed (logfile=syslog?)';
const EMPTY_LOG = 'the main log is empty (logfile=/dev/null?)';
const SILENT_LOG = 'the main log does not tell of state changes (loglevel above info?)';
const OPENING_LOG = 'the main log is not open yet';
const GAUGES_AT_ONCE = 3;
const GAUGE_WINDOW = 12;
const GAUGE_MS = 10_000;
/** A log that could not be followed may be there later: rotated, its level or its proxy changed. */
const LOG_RETRY_MS = 60_000;
/** What is looked through for lines that were missed between two connections. */
const CATCH_UP_BYTES = 64 * 1024;

export function startWatch(options: WatchOptions): Watch {
  const { transport, rpc, memory, tuning, observe } = options;
  const { index, reporter } = memory;
  const place = placeOf(transport.address);
  const over = new AbortController();
  const signal = AbortSignal.any([options.signal, over.signal]);
  // Each request and each timer listens; a burst makes more of them than Node takes for a leak.
  setMaxListeners(0, signal);
  const state = createStateReader(rpc, place, signal);
  const trust = createLogTrust();
  const turnCost = createCostMeter(GAUGE_WINDOW);
  const fullCost = createCostMeter(4);
  const oneCost = createCostMeter(16);
  let failure: LinkFailure | null = null;
  let wasUp = false;
  /** Null: the main log is followed; otherwise why not. */
  let logProblem: string | null = OPENING_LOG;
  let sourceTold: string | null = null;
  let reopenLog: (() => void) | null = null;
  /** Lines were missed: what they would have told is taken from the next full read. */
  let reseed = index.all().length === 0;
  let identity: Identity | null = null;
  let wakeable = false;
  let nudging: Nudging | null = null;
  let nextFullRead: NodeJS.Timeout | undefined;
  let nextJudgement: NodeJS.Timeout | undefined;

  const fail = (error: unknown) => {
    if (signal.aborted) return;
    failure = toLinkFailure(error, transport.address);
    over.abort();
  };
  const crowd = () => crowdOf(options.among());
  const period = () => {
    const mode = { attended: options.attended(), polling: logProblem !== null, crowd: crowd() };
    return fullReadPeriod(tuning.pace, mode, fullCost.cost() ?? 0);
  };
  const spread = (ms: number) => ms * (0.8 + 0.2 * tuning.random());
  const scheduleFullRead = () => {
    clearTimeout(nextFullRead);
    if (signal.aborted) return;
    // At most the period that was told, or a second more; spread, so that many supervisords are not asked all at once.
    nextFullRead = setTimeout(() => rereader.reread([]), toWholeSecond(spread(period()), Date.now()));
  };

  const tellSource = () => {
    const told = logProblem ?? '';
    if (sourceTold === told) return;
    sourceTold = told;
    observe({ type: 'source', source: told === '' ? 'log' : 'poll', note: told });
  };
  const setLogProblem = (problem: string | null) => {
    if (problem === logProblem) return;
    logProblem = problem;
    if (!wasUp) return;
    tellSource();
    scheduleFullRead();
    nudging?.wake();
  };
  const judgeLog = () => {
    clearTimeout(nextJudgement);
    const { heard, missed, trusted, recheckAt } = trust.judge(performance.now());
    // A stream can stand and stay silent; another one tells what this one did not.
    if (missed) reopenLog?.();
    if (logProblem === null && !trusted) setLogProblem(SILENT_LOG);
    if ((logProblem === SILENT_LOG || logProblem === EMPTY_LOG) && heard && trusted) setLogProblem(null);
    if (recheckAt !== null) nextJudgement = setTimeout(judgeLog, Math.max(0, recheckAt - performance.now()) + 10);
  };

  const settleReports = () => {
    const transitions = reporter.settle(performance.now());
    if (transitions.length > 0) observe({ type: 'transitions', transitions });
  };
  const onAll = (read: FullRead & Aged) => {
    pulse.beat();
    fullCost.add(read.costMs);
    index.replace(read.readings, reseed);
    reseed = false;
    trust.read(read.readings, performance.now(), true);
    const { readings, hostNow, latencyMs, askedMsAgo } = read;
    observe({ type: 'all', readings, hostNow, latencyMs, pollMs: period(), askedMsAgo });
    settleReports();
    judgeLog();
    scheduleFullRead();
  };
  const onSome = ({ readings, gone, costMs, askedMsAgo }: SomeRead & Aged) => {
    pulse.beat();
    if (Number.isFinite(costMs)) oneCost.add(costMs);
    index.update(readings, gone);
    trust.read(readings, performance.now(), false);
    observe({ type: 'some', readings, gone, askedMsAgo });
    settleReports();
    judgeLog();
  };
  const rereader = createRereader({
    readAll: state.all,
    readSome: state.some,
    onAll,
    onSome,
    manyNames: () => manyNames(fullCost.cost(), oneCost.cost()),
    fullReadGapMs: () => Math.min(1_500, Math.max(60, 8 * (fullCost.cost() ?? 0))),
    signal,
    onFailure: fail,
  });

  const rereadSoon = createRereadSoon({
    reread: rereader.reread,
    settleMs: tuning.settleMs,
    isCrowded: () => isCrowded(options.among()),
    signal,
  });

  const onEvents = (events: readonly LogEvent[]) => {
    for (const event of events) if (event.type === 'spawned') trust.spawned(event.pid);
    const { transitions, names, everything } = reporter.report(events, performance.now());
    if (transitions.length > 0) observe({ type: 'transitions', transitions });
    judgeLog();
    if (everything) rereader.reread([]);
    rereadSoon(names);
  };

  const onGap = (message: string) => {
    reseed = true;
    reporter.forget();
    observe({ type: 'gap', message });
    if (wasUp) rereader.reread([]);
  };

  const ping = async () => {
    const { state: daemonState, costMs } = await state.ping(tuning.pulse.answerMs);
    turnCost.add(costMs);
    if (!identity || identity.state === daemonState) return;
    identity = { ...identity, state: daemonState };
    observe({ type: 'identity', identity });
  };
  /** While nudging: how slow is this host? The least of many answers, because a busy one is not a slow one. */
  const gauge = async () => {
    for (let done = 1; !signal.aborted; done += 1) {
      if (nudgeMs() !== null && canHasten(tuning.nudge, crowd())) await ping();
      await pause(done < GAUGES_AT_ONCE ? 20 : GAUGE_MS * crowd(), signal);
    }
  };

  const pulse = startPulse({
    // Whoever connects wants to know, watched or not.
    afterMs: () =>
      wasUp
        ? inCrowd(options.attended() ? tuning.pulse.attendedMs : tuning.pulse.unattendedMs, crowd())
        : tuning.pulse.attendedMs,
    ping,
    onFailure: fail,
    signal,
  });

  const followLog = async () => {
    while (!signal.aborted) {
      try {
        await followMainLog({
          transport,
          path: options.logPath,
          memory,
          onEvents,
          onBytes: pulse.beat,
          onOpen: (server, reopen) => {
            reopenLog = reopen;
            // A proxy in between would keep the bytes to itself, and other servers need none.
            wakeable = server.startsWith('Medusa');
            if (logProblem !== SILENT_LOG && logProblem !== EMPTY_LOG) setLogProblem(null);
            nudging?.wake();
            rereader.reread([]);
          },
          onGap,
          signal,
        });
      } catch (error) {
        if (signal.aborted) return;
        // Without a status there was no answer at all: that is the end of this connection.
        if (!(error instanceof LinkFailure) || error.status === null) return fail(error);
        setLogProblem(isMissing(error) ? NO_LOG : `the main log cannot be read (HTTP ${error.status})`);
      }
      await pause(LOG_RETRY_MS, signal);
    }
  };

  const contact = async () => {
    const logBytes = memory.seen === null ? BACKLOG_BYTES : CATCH_UP_BYTES;
    const [{ identity: who, logEnd }, everything] = await Promise.all([state.greeting(logBytes), state.all()]);
    identity = who;
    observe({ type: 'identity', identity: who });
    const missed = logEnd ? catchUp(memory, logEnd) : [];
    if (missed === null) onGap(LINES_MISSED);
    setLogProblem(problemOf(logEnd));
    tellSource();
    wasUp = true;
    onAll({ ...everything, askedMsAgo: everything.latencyMs });
    if (missed && missed.length > 0) onEvents(missed);
    // Whoever wanted one answer has it by now, and is gone: there is nothing to follow for them.
    await pause(tuning.followAfterMs, signal);
    if (signal.aborted) return;
    nudging = startNudging({
      connect: transport.openRequest,
      intervalMs: nudgeMs,
      answerEveryMs: tuning.nudge.answerEveryMs,
      onAnswer: pulse.beat,
      signal,
    });
    await Promise.all([followLog(), gauge()]);
  };
  const nudgeMs = () => {
    if (!options.attended() || logProblem !== null || !wakeable) return null;
    const callMs = turnCost.cost(GAUGES_AT_ONCE) ?? 0;
    const ms = nudgePeriod(tuning.nudge, { processes: index.size(), callMs, crowd: crowd() });
    // A sign of life is not asked of all in the same moment.
    return crowd() > 1 ? spread(ms) : ms;
  };

  const ended = contact()
    .catch(fail)
    .then(() => over.abort())
    .then(() => ({ failure, wasUp }));
  signal.addEventListener('abort', () => [nextFullRead, nextJudgement].forEach((timer) => clearTimeout(timer)), {
    once: true,
  });

  return {
    reread: (names) => {
      if (wasUp) rereader.reread(names);
    },
    attendanceChanged: () => {
      if (!wasUp || signal.aborted) return;
      if (options.attended()) {
        rereader.reread([]);
        pulse.check();
        nudging?.wake();
      } else scheduleFullRead();
    },
    ended,
  };
}

/** Judged by its end alone. */
function problemOf(logEnd: Buffer | null | undefined): string | null {
  if (logEnd === null) return NO_LOG;
  if (logEnd === undefined) return OPENING_LOG;
  if (logEnd.length === 0) return EMPTY_LOG;
  return speaksOfChanges(logEnd) ? null : SILENT_LOG;
}

/** From how many names on one full read is cheaper. */
function manyNames(fullMs: number | null, oneMs: number | null): number {
  return fullMs === null || oneMs === null ? 10 : Math.min(20, Math.max(4, Math.ceil(fullMs / oneMs)));
}
