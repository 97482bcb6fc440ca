import type { IncomingMessage } from 'node:http';
import type { LogEvent } from '../../supervisord-api/parse-log-line.ts';
import { isOutputHeader, parseLogLine } from '../../supervisord-api/parse-log-line.ts';
import { createLineSplitter } from '../../link/line-splitter.ts';
import { BACKLOG_BYTES, findNewsStart, keepEnd, overlapOf } from '../../supervisord-api/find-resume-point.ts';
import { pause } from '../../link/pause.ts';
import type { LogEnd } from '../../supervisord-api/xml-rpc/read-state.ts';
import type { Transport } from '../../supervisord-api/http/transport.ts';

/** `doubtful`: the output of programs is in it too (level debug), which may look like a line of supervisord's own. */
export type MainLogMemory = { seen: Buffer | null; doubtful: boolean };

export type MainLogOptions = {
  readonly transport: Transport;
  /** Where the log is, e.g. /mainlogtail. */
  readonly path: string;
  /** `seen`: the end of what was read of it; null: not known. Kept up to date, for the next connection. */
  readonly memory: MainLogMemory;
  readonly onEvents: (events: readonly LogEvent[]) => void;
  /**
   * The stream stands, for the first time or again; from now on nothing is missed, if anything comes at all. `server`: as
   * it names itself. `reopen` ends this stream for another one.
   */
  readonly onOpen: (server: string, reopen: () => void) => void;
  /** Its first bytes came. */
  readonly onAlive: () => void;
  /** The end of the log, by a call. */
  readonly logEnd: () => Promise<LogEnd>;
  /** By that call the log is empty: nothing need come yet. */
  readonly onEmpty: () => void;
  /** Lines may have been missed. */
  readonly onGap: (message: string) => void;
  /** Bytes came: the host is alive. */
  readonly onBytes: () => void;
  readonly signal: AbortSignal;
};

export const LINES_MISSED = 'the main log is another one, or more was written than can be reread';

/** The old lines come at once with the headers: what does not come within this time is not there. */
const BACKLOG_MS = 300;
/** A stream that ended sooner is not opened again at once. */
const SHORT_LIFE_MS = 1_000;

/**
 * Follows the main log until aborted; opens it again when it ends, as it does when the file is truncated in place.
 * Resolves with 'withheld' when the log has something to tell and nothing of it comes. Throws LinkFailure when it cannot
 * be opened.
 */
export async function followMainLog(options: MainLogOptions): Promise<'aborted' | 'withheld'> {
  const { signal } = options;
  while (!signal.aborted) {
    const opened = performance.now();
    if ((await followOnce(options)) === 'withheld') return 'withheld';
    if (performance.now() - opened < SHORT_LIFE_MS) await pause(SHORT_LIFE_MS, signal);
  }
  return 'aborted';
}

/** One stream, until it ends. */
async function followOnce(options: MainLogOptions): Promise<'ended' | 'withheld'> {
  const { transport, path, signal } = options;
  const over = new AbortController();
  const first = startFirstByte(options, over.signal);
  const until = AbortSignal.any([signal, first.withheld]);
  try {
    const response = await transport.open(path, { signal: until, onSent: first.asked });
    options.onOpen(String(response.headers['server'] ?? ''), () => response.destroy());
    await readNews(response, { ...options, onBytes: () => [first.came(), options.onBytes()] });
    return first.withheld.aborted ? 'withheld' : 'ended';
  } catch (error) {
    if (first.withheld.aborted && !signal.aborted) return 'withheld';
    throw error;
  } finally {
    over.abort();
  }
}

/** So long the old lines may be under way after a call that was asked for later has been answered. */
const LATE_MS = 1_000;

/**
 * A stream starts with the end of the log. Behind a proxy that buffers, or that asks in HTTP/1.0, not even its headers
 * come; but a call passes. So the log is asked for by a call: when that is answered with something, and still nothing of
 * it comes over the stream, nothing will. However busy supervisord is, it answers the two in turn.
 */
function startFirstByte({ logEnd, onEmpty, onAlive, signal }: MainLogOptions, over: AbortSignal) {
  const withheld = new AbortController();
  const within = AbortSignal.any([signal, over]);
  let came = false;
  const judge = async () => {
    await pause(BACKLOG_MS, within);
    if (came || within.aborted) return;
    const end = await logEnd();
    if (Buffer.isBuffer(end) && end.length === 0) {
      if (!came && !within.aborted) onEmpty();
      return;
    }
    await pause(LATE_MS, within);
    if (!came && !within.aborted) withheld.abort();
  };
  return {
    withheld: withheld.signal,
    /** What the call fails with, the connection fails with too. */
    asked: () => void judge().catch(() => withheld.abort()),
    came: () => {
      if (!came) onAlive();
      came = true;
    },
  };
}

/**
 * What was missed since `memory.seen`, from the end of the log as it was read after connecting again; null when that
 * cannot be told any more.
 */
export function catchUp(memory: MainLogMemory, end: Buffer): readonly LogEvent[] | null {
  const from = memory.seen === null ? end.length : findNewsStart(memory.seen, end);
  memory.seen = keepEnd(Buffer.alloc(0), end);
  return from === null ? null : toEvents(createLineSplitter().push(end.subarray(from)), memory);
}

/** Where the output of a program ends in it, nothing tells: once there was some, no line is believed by itself. */
function toEvents(lines: readonly string[], memory: MainLogMemory): LogEvent[] {
  if (lines.some(isOutputHeader)) memory.doubtful = true;
  return lines.flatMap((line) => parseLogLine(line) ?? []);
}

/** Until the stream ends. */
function readNews(response: IncomingMessage, options: MainLogOptions): Promise<void> {
  const { memory } = options;
  const splitter = createLineSplitter();
  /** What came before it was clear where the news start; null: it is clear. */
  let start: Buffer | null = Buffer.alloc(0);

  const take = (news: Buffer) => {
    memory.seen = keepEnd(memory.seen ?? Buffer.alloc(0), news);
    const events = toEvents(splitter.push(news), memory);
    if (events.length > 0) options.onEvents(events);
  };
  const settle = (late: boolean) => {
    if (start === null) return;
    const found = memory.seen === null ? null : findNewsStart(memory.seen, start);
    if (found === null && !late && start.length < BACKLOG_BYTES) return;
    const all = start;
    start = null;
    let from = found;
    if (from === null && memory.seen !== null) {
      // Emptied meanwhile, or so much was written that the stream does not reach back to it: all of it is new.
      options.onGap(LINES_MISSED);
      from = overlapOf(memory.seen, all);
    }
    from ??= Math.min(BACKLOG_BYTES, all.length);
    memory.seen = keepEnd(Buffer.alloc(0), all.subarray(0, from));
    take(all.subarray(from));
  };

  return new Promise((resolve) => {
    /** From the first byte on: before it there is nothing to judge by, and that nothing comes is no gap. */
    let timer: NodeJS.Timeout | undefined;
    response.on('data', (chunk: Buffer) => {
      options.onBytes();
      timer ??= setTimeout(() => settle(true), BACKLOG_MS);
      if (start === null) take(chunk);
      else {
        start = Buffer.concat([start, chunk]);
        settle(false);
      }
    });
    // Cut off in the middle of a chunk: supervisord's way to tell of a truncated file. The next stream tells the rest.
    response.on('error', () => response.destroy());
    response.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
