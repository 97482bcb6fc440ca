import type { IncomingMessage } from 'node:http';
import type { LogEvent } from '../../supervisord-api/parse-log-line.ts';
import { parseLogLine } from '../../supervisord-api/parse-log-line.ts';
import { createLineSplitter } from '../../link/line-splitter.ts';
import { BACKLOG_BYTES, findNewsStart, keepEnd, overlapOf } from '../../supervisord-api/find-resume-point.ts';
import { pause } from '../../link/pause.ts';
import type { Transport } from '../../supervisord-api/http/transport.ts';

export type MainLogOptions = {
  readonly transport: Transport;
  /** Where the log is, e.g. /mainlogtail. */
  readonly path: string;
  /** `seen`: the end of what was read of it; null: not known. Kept up to date, for the next connection. */
  readonly memory: { seen: Buffer | null };
  readonly onEvents: (events: readonly LogEvent[]) => void;
  /**
   * The stream stands, for the first time or again; from now on nothing is missed. `server`: as it names itself. `reopen`
   * ends this stream for another one.
   */
  readonly onOpen: (server: string, reopen: () => void) => void;
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
 * Throws LinkFailure when it cannot be opened.
 */
export async function followMainLog(options: MainLogOptions): Promise<void> {
  const { transport, path, signal } = options;
  while (!signal.aborted) {
    const opened = performance.now();
    const response = await transport.open(path, { signal });
    options.onOpen(String(response.headers['server'] ?? ''), () => response.destroy());
    await readNews(response, options);
    if (performance.now() - opened < SHORT_LIFE_MS) await pause(SHORT_LIFE_MS, signal);
  }
}

/**
 * What was missed since `memory.seen`, from the end of the log as it was read after connecting again; null when that
 * cannot be told any more.
 */
export function catchUp(memory: { seen: Buffer | null }, end: Buffer): readonly LogEvent[] | null {
  const from = memory.seen === null ? end.length : findNewsStart(memory.seen, end);
  memory.seen = keepEnd(Buffer.alloc(0), end);
  return from === null ? null : toEvents(createLineSplitter().push(end.subarray(from)));
}

function toEvents(lines: readonly string[]): LogEvent[] {
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
    const events = toEvents(splitter.push(news));
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
    const timer = setTimeout(() => settle(true), BACKLOG_MS);
    response.on('data', (chunk: Buffer) => {
      options.onBytes();
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
