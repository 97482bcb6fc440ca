// What happened under a supervisord, as far back as its main log reaches, read only when somebody asks for it.
import { offsetOf } from '../../../core/history/derive-zone.ts';
import type { HistoryPart, HistoryRequest } from '../../../core/history/history.ts';
import { inParts, isWithin, noHistory } from '../../../core/history/history.ts';
import type { LogRecord } from '../../../core/history/log-event.ts';
import type { LogContext } from '../../../core/history/to-events.ts';
import { byName, findAnchors, toEvents } from '../../../core/history/to-events.ts';
import type { ProcessReading } from '../../../core/model.ts';
import { POLL_REASONS } from '../../../core/poll-reasons.ts';
import { LinkFailure } from '../../link/link-failure.ts';
import type { Readings } from '../../link/state-reader.ts';
import { isOutputHeader, localTimeOf, parseLogRecord } from '../parse-log-line.ts';
import { FAULT } from '../xml-rpc/faults.ts';
import type { Rpc } from '../xml-rpc/rpc.ts';
import { RpcFault } from '../xml-rpc/rpc.ts';
import { LogReplaced, readBackwards } from './read-backwards.ts';
import type { WorkShare } from './work-share.ts';

export type HistoryOptions = {
  readonly rpc: Rpc;
  /** As the configuration names it. */
  readonly supervisor: string;
  /** What is known of its processes; `hostNow` of the moment in which it is asked. */
  readonly readings: (signal: AbortSignal) => Promise<Readings>;
  readonly share: WorkShare;
  readonly answerMs: number;
  readonly signal: AbortSignal;
};

/** Of one supervisor, for one question: 100 MB, once they are objects. */
const MOST_RECORDS = 500_000;
/** As much as is read of a log after a connection was lost. */
const QUICK_BYTES = 64 * 1024;
const HOUR_MS = 3_600_000;
/** Read further back than was asked for: clocks are set on and back, and a line is told by those before it. */
const MARGIN_MS = 1.2 * HOUR_MS;
/** While no zone is known; none is further behind UTC. */
const FURTHEST_BEHIND_MS = -12 * HOUR_MS;
/** The clock of a host is told in whole seconds. */
const SAME_CLOCK_MS = 1_500;

const NOTES = {
  quick: 'only the end of its main log was read',
  rotated: 'its main log begins there',
  replaced: 'its main log was rotated while it was read',
  many: `it holds more than ${MOST_RECORDS} events`,
  doubtful: 'at loglevel debug programs write into it: some of what it tells may be their words',
} as const;

/** Ends with the extent, whatever happens; throws the reason of the signal when that is aborted. */
export async function* readLoggedHistory(
  request: HistoryRequest,
  options: HistoryOptions,
): AsyncGenerator<HistoryPart> {
  const { supervisor, signal } = options;
  try {
    const { readings, hostNow } = await options.readings(signal);
    const clockOffsetMs = hostNow === null ? 0 : toClockOffset(hostNow, Date.now());
    const found = await readRecords(request, readings, options);
    yield* tell(request, found, { supervisor, readings, hostNow: Date.now() + clockOffsetMs, clockOffsetMs });
  } catch (error) {
    signal.throwIfAborted();
    yield noHistory(supervisor, whyNot(error));
  }
}

/** `hostNow`: whole seconds, somewhere in the one that began then. */
function toClockOffset(hostNow: number, now: number): number {
  const ahead = (hostNow + 0.5) * 1_000 - now;
  return Math.abs(ahead) > SAME_CLOCK_MS ? ahead : 0;
}

function whyNot(error: unknown): string {
  if (error instanceof RpcFault) {
    if (error.faultCode === FAULT.NO_FILE) return POLL_REASONS.missing.note;
    if (error.faultCode === FAULT.FAILED) return POLL_REASONS.device.note;
    return `its main log cannot be read: ${error.message}`;
  }
  if (error instanceof LinkFailure) return error.message;
  throw error;
}

type Found = {
  readonly records: readonly LogRecord[];
  /** Of the first line that was read, whatever it tells. */
  readonly oldest: number | null;
  /** Further back than was asked for. */
  readonly reached: boolean;
  readonly notes: readonly string[];
};

async function readRecords(
  { since = -Infinity, quick }: HistoryRequest,
  readings: readonly ProcessReading[],
  options: HistoryOptions,
): Promise<Found> {
  const names = byName(readings);
  const pieces: LogRecord[][] = [];
  const notes = new Set<string>();
  let count = 0;
  let oldest: number | null = null;
  let reached = false;
  let speaks = false;
  let offset: number | null = null;
  try {
    const tail = quick ? { tailBytes: QUICK_BYTES } : {};
    for await (const { lines, begin } of readBackwards({ ...options, ...tail })) {
      const records = lines.flatMap((line) => parseLogRecord(line) ?? []);
      pieces.push(records);
      count += records.length;
      oldest = firstTime(lines) ?? oldest;
      speaks ||= lines.some(isInfo);
      if (lines.some(isOutputHeader)) notes.add(NOTES.doubtful);
      offset ??= offsetIn(records, names);
      reached = oldest !== null && oldest - (offset ?? FURTHEST_BEHIND_MS) < since - MARGIN_MS;
      if (quick && !begin && !reached) notes.add(NOTES.quick);
      if (reached || quick) break;
      if (count < MOST_RECORDS) continue;
      notes.add(NOTES.many);
      break;
    }
  } catch (error) {
    if (!(error instanceof LogReplaced) || pieces.length === 0) throw error;
    notes.add(NOTES.replaced);
  }
  if (!speaks) notes.add(oldest === null ? POLL_REASONS.empty.note : POLL_REASONS.silent.note);
  return { records: pieces.toReversed().flat(), oldest, reached, notes: [...notes] };
}

function firstTime(lines: readonly string[]): number | null {
  for (const line of lines) {
    const time = localTimeOf(line);
    if (time !== null) return time;
  }
  return null;
}

function isInfo(line: string): boolean {
  return / (?:INFO|DEBG|TRAC|BLAT) /.test(line.slice(23, 29));
}

function offsetIn(records: readonly LogRecord[], names: ReturnType<typeof byName>): number | null {
  for (const { index, epoch } of findAnchors(records, names)) {
    const offset = offsetOf(records[index]?.local ?? 0, epoch);
    if (offset !== null) return offset;
  }
  return null;
}

function* tell(
  request: HistoryRequest,
  { records, oldest, reached, notes }: Found,
  context: LogContext,
): Generator<HistoryPart> {
  const { supervisor } = context;
  const { events, oldestOffset } = toEvents(records, context);
  yield* inParts(events.filter(({ at }) => isWithin(at, request)));
  const begins = oldest === null || records.length === 0 ? null : oldest - oldestOffset;
  const complete = reached || (begins !== null && request.since !== undefined && begins <= request.since);
  const knownSince = complete && request.since !== undefined ? request.since : begins;
  const isBegin = !complete && knownSince !== null && !notes.includes(NOTES.quick);
  const why = isBegin ? [NOTES.rotated, ...notes] : notes;
  yield { type: 'extent', extent: { supervisor, knownSince, complete, note: why.join('; ') } };
}
