// One connection to one supervisord, from the first contact until it fails or is aborted: its main log tells the news.
import type { ProcessReading } from '../../core/model.ts';
import { OPENING_LOG, POLL_REASONS } from '../../core/poll-reasons.ts';
import { LinkFailure, isMissing, placeOf, toLinkFailure } from '../link/link-failure.ts';
import type { LinkOptions } from '../link/link-options.ts';
import { pause } from '../link/pause.ts';
import { canHasten, wakePeriod } from '../link/poll-interval.ts';
import type { ReadingLoop } from '../link/reading-loop.ts';
import { createReadingLoop } from '../link/reading-loop.ts';
import type { Watch, Watching } from '../link/watched-link.ts';
import { BACKLOG_BYTES } from '../supervisord-api/find-resume-point.ts';
import type { FileRoom } from '../supervisord-api/http/file-room.ts';
import { LEAST_FOR_STREAM } from '../supervisord-api/http/stream-connector.ts';
import type { Transport } from '../supervisord-api/http/transport.ts';
import type { LogEvent } from '../supervisord-api/parse-log-line.ts';
import type { LogEnd } from '../supervisord-api/xml-rpc/read-state.ts';
import type { Dialect } from '../supervisord-api/xml-rpc/go-dialect.ts';
import { createStateReader } from '../supervisord-api/xml-rpc/read-state.ts';
import type { Rpc } from '../supervisord-api/xml-rpc/rpc.ts';
import type { MainLogOptions } from './main-log/follow.ts';
import { LINES_MISSED, catchUp, followMainLog } from './main-log/follow.ts';
import type { NameIndex } from './main-log/process-names.ts';
import { createLogTrust, speaksOfChanges } from './main-log/silence-detector.ts';
import type { LineReporter } from './main-log/to-transitions.ts';
import type { WakeLoop } from './main-log/wake-loop.ts';
import { startWakeLoop } from './main-log/wake-loop.ts';

/** What outlives a connection: who is who, and up to where the main log was read. */
export type Memory = {
  readonly index: NameIndex;
  readonly reporter: LineReporter;
  readonly dialect: Dialect;
  seen: Buffer | null;
  doubtful: boolean;
};

export type MainLogWatchOptions = Pick<Watching, 'attended' | 'among' | 'observe' | 'signal'> & {
  readonly transport: Transport;
  readonly rpc: Rpc;
  readonly logPath: string;
  readonly memory: Memory;
  readonly files: FileRoom;
  readonly linkOptions: LinkOptions;
};

const GAUGES_AT_ONCE = 3;
const GAUGE_MS = 10_000;
/** A log that could not be followed may be there later: rotated, its level or its proxy changed. */
const LOG_RETRY_MS = 60_000;
/** What is looked through for lines that were missed between two connections. */
const CATCH_UP_BYTES = 64 * 1024;

export function startWatch(options: MainLogWatchOptions): Watch {
  const { transport, rpc, memory, files, linkOptions, observe } = options;
  const { index, reporter } = memory;
  const over = new AbortController();
  const reading = { signal: AbortSignal.any([options.signal, over.signal]), dialect: memory.dialect };
  const state = createStateReader(rpc, placeOf(transport.address), reading);
  const trust = createLogTrust();
  let reopenLog: (() => void) | null = null;
  /** Lines were missed: what they would have told is taken from the next full read. */
  let reseed = index.all().length === 0;
  let wakeable = false;
  let wakeLoop: WakeLoop | null = null;
  let nextJudgement: NodeJS.Timeout | undefined;

  const loop = createReadingLoop({
    watching: options,
    linkOptions,
    source: 'log',
    opening: OPENING_LOG,
    reader: state,
    toFailure: (error) => toLinkFailure(error, transport.address),
    askMs: () => linkOptions.keepalive.attendedMs,
    onReading: (read) => {
      const some = 'gone' in read;
      if (some) index.update(read.readings, read.gone);
      else {
        index.replace(read.readings, reseed);
        reseed = false;
      }
      trust.read(read.readings, performance.now(), !some);
    },
    judge: () => {
      const transitions = reporter.settle(performance.now());
      if (transitions.length > 0) observe({ type: 'transitions', transitions });
      judgeLog();
    },
    onChange: () => wakeLoop?.check(),
  });
  const { signal } = loop;
  const end = () => {
    clearTimeout(nextJudgement);
    over.abort();
  };
  signal.addEventListener('abort', end, { once: true });

  const judgeLog = () => {
    clearTimeout(nextJudgement);
    if (signal.aborted) return;
    const { heard, missed, trusted, recheckAt } = trust.judge(performance.now());
    // A stream can stand and stay silent; another one tells what this one did not.
    if (missed) reopenLog?.();
    const problem = loop.problem();
    if (problem === null && !trusted) loop.setProblem(POLL_REASONS.silent.note);
    if ((problem === POLL_REASONS.silent.note || problem === POLL_REASONS.empty.note) && heard && trusted)
      loop.setProblem(null);
    if (recheckAt !== null) nextJudgement = setTimeout(judgeLog, Math.max(0, recheckAt - performance.now()) + 10);
  };
  const onEvents = (events: readonly LogEvent[]) => {
    for (const event of events) if (event.type === 'spawned') trust.spawned(event.pid);
    const { transitions, names, everything } = reporter.report(events, performance.now(), memory.doubtful);
    if (transitions.length > 0) observe({ type: 'transitions', transitions });
    judgeLog();
    if (everything) loop.reread([]);
    loop.rereadSoon(names);
  };
  const onGap = (message: string) => {
    reseed = true;
    reporter.forget();
    observe({ type: 'gap', message });
    loop.reread([]);
  };
  const onOpen = (server: string, reopen: () => void) => {
    reopenLog = reopen;
    // A proxy in between would keep the bytes to itself, and other servers need none.
    wakeable = server.startsWith('Medusa');
    wakeLoop?.check();
    loop.reread([]);
  };
  const news: MainLogOptions = {
    transport,
    path: options.logPath,
    memory,
    logEnd: () => state.logEnd(BACKLOG_BYTES),
    onEvents,
    onOpen,
    // One that was silent must speak of a change first.
    onAlive: () => {
      if (loop.problem() !== POLL_REASONS.silent.note) loop.setProblem(null);
    },
    onEmpty: () => loop.setProblem(POLL_REASONS.empty.note),
    onGap,
    onBytes: loop.beat,
    signal,
  };
  const wakeMs = () => {
    if (!options.attended() || loop.problem() !== null || !wakeable) return null;
    const crowd = loop.crowd();
    const callMs = loop.pingCost(GAUGES_AT_ONCE) ?? 0;
    const ms = wakePeriod(linkOptions.wake, { processes: index.size(), callMs, crowd });
    // A sign of life is not asked of all in the same moment.
    return crowd > 1 ? loop.spread(ms) : ms;
  };
  /** While it is woken: how slow is this host? The least of many answers, because a busy one is not a slow one. */
  const gauge = async () => {
    for (let done = 1; !signal.aborted; done += 1) {
      if (wakeMs() !== null && canHasten(linkOptions.wake, loop.crowd())) await loop.ping();
      await pause(done < GAUGES_AT_ONCE ? 20 : GAUGE_MS * loop.crowd(), signal);
    }
  };

  return loop.watch(async () => {
    const logBytes = memory.seen === null ? BACKLOG_BYTES : CATCH_UP_BYTES;
    const [{ identity, logEnd }, everything] = await Promise.all([state.greeting(logBytes), state.all()]);
    loop.learn(identity);
    files.learn({ pid: identity.pid, ...countProcesses(everything.readings) });
    const missed = Buffer.isBuffer(logEnd) ? catchUp(memory, logEnd) : [];
    if (missed === null) onGap(LINES_MISSED);
    loop.setProblem(problemOf(logEnd));
    await loop.begin(state, everything);
    if (missed && missed.length > 0 && !signal.aborted) onEvents(missed);
    // Whoever wanted one answer has it by now, and is gone: there is nothing to follow for them.
    await pause(linkOptions.followAfterMs, signal);
    if (signal.aborted) return;
    const [connect, { answerEveryMs }] = [transport.openRequest, linkOptions.wake];
    wakeLoop = startWakeLoop({ connect, intervalMs: wakeMs, answerEveryMs, onAnswer: loop.beat, signal });
    await Promise.all([followLog(loop, news, files), gauge()]);
  });
}

/** As long as the connection stands; why the log cannot be followed is its problem, and told. */
async function followLog(loop: ReadingLoop, news: MainLogOptions, files: FileRoom): Promise<void> {
  const { signal } = news;
  // supervisord would open it, and a pipe or a terminal has nothing to send.
  if (loop.problem() === POLL_REASONS.device.note || loop.problem() === POLL_REASONS.go.note) return;
  while (!signal.aborted) {
    if (files.spare('measured') < LEAST_FOR_STREAM) {
      loop.setProblem(POLL_REASONS.files.note);
      await pause(LOG_RETRY_MS, signal);
      continue;
    }
    try {
      if ((await followMainLog(news)) === 'withheld') loop.setProblem(POLL_REASONS.withheld.note);
    } catch (error) {
      if (signal.aborted) return;
      // Without a status there was no answer at all: that is the end of this connection.
      if (!(error instanceof LinkFailure) || error.status === null) return loop.fail(error);
      const { note } = POLL_REASONS.missing;
      loop.setProblem(isMissing(error) ? note : `the main log cannot be read (HTTP ${error.status})`);
    }
    await pause(LOG_RETRY_MS, signal);
  }
}

/** Judged by its end alone. */
function problemOf(logEnd: LogEnd): string {
  if (logEnd === 'device' || logEnd === 'go') return POLL_REASONS[logEnd].note;
  if (logEnd === null) return POLL_REASONS.missing.note;
  if (logEnd === undefined) return OPENING_LOG;
  if (logEnd.length === 0) return POLL_REASONS.empty.note;
  return speaksOfChanges(logEnd) ? OPENING_LOG : POLL_REASONS.silent.note;
}

function countProcesses(readings: readonly ProcessReading[]): { readonly processes: number; readonly down: number } {
  const down = readings.filter(({ pid }) => pid === null).length;
  return { processes: readings.length, down };
}
