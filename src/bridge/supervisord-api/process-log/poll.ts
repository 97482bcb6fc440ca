// A log whose stream brings nothing, by calls: whatever its end has grown by is new.
import { StringDecoder } from 'node:string_decoder';
import type { TailChunk } from '../../../core/ports.ts';
import { SessionError } from '../../../core/ports.ts';
import { LinkFailure } from '../../link/link-failure.ts';
import { pause } from '../../link/pause.ts';
import { BACKLOG_BYTES, keepEnd } from '../find-resume-point.ts';
import type { LogMemory, LogName, LogReader } from './read.ts';
import type { Position } from './resume.ts';
import { gap, openLog, resumeLog, text } from './resume.ts';

export type PollOptions = {
  readonly reader: LogReader;
  readonly log: LogName;
  readonly memory?: LogMemory;
  /** How much of what is there to send first; null: it goes on where it was. */
  readonly backlogBytes: number | null;
  readonly signal: AbortSignal;
};

const POLL_MS = 1_000;
/** Of many logs each is asked for less often: a call costs supervisord a millisecond or two. */
const POLL_MS_EACH = 50;
/** Written faster than this, it is not all sent: it would keep supervisord from its work. */
const MOST_AT_ONCE = 512 * 1024;

/** Until aborted. Throws SessionError, and LinkFailure for what was never answered. */
export async function* pollLog(position: Position, options: PollOptions): AsyncGenerator<TailChunk, void> {
  const { memory } = options;
  if (memory) memory.polled += 1;
  try {
    yield* pollUntilAborted(position, options);
  } finally {
    if (memory) memory.polled -= 1;
  }
}

async function* pollUntilAborted(position: Position, options: PollOptions): AsyncGenerator<TailChunk, void> {
  const { reader, memory, signal } = options;
  const decoder = new StringDecoder('utf8');
  let backlogBytes = options.backlogBytes;
  while (!signal.aborted) {
    try {
      const known = backlogBytes === null ? position.offset : null;
      const size = await reader.size();
      if (size === 0) position.replaced = true;
      if (backlogBytes !== null || (size !== null && size > 0 && size !== known)) {
        const grown = Math.max(0, (size ?? 0) - (known ?? 0)) + BACKLOG_BYTES;
        const read = await reader.end(Math.min(MOST_AT_ONCE, Math.max(grown, backlogBytes ?? 0)));
        if (!read) throw unreadable(options.log);
        if (known !== null && read.size < known) position.replaced = true;
        const now = { end: read.text, size: read.size };
        const { bytes, gap: reason } = backlogBytes === null ? resumeLog(now, position) : openLog(now, backlogBytes);
        if (backlogBytes !== null && read.size === 0) yield text('');
        backlogBytes = null;
        position.offset = read.size;
        position.seen = keepEnd(position.seen, bytes);
        position.replaced = false;
        if (reason !== null) yield gap(reason);
        const decoded = decoder.write(bytes);
        if (decoded !== '') yield text(decoded);
      }
    } catch (error) {
      if (!(error instanceof LinkFailure) || backlogBytes !== null) throw error;
      // The log goes on where it was, if it does: an offset tells what is new also after a while.
    }
    await pause(Math.max(POLL_MS, POLL_MS_EACH * (memory?.polled ?? 1)), signal);
  }
}

function unreadable({ name, stream }: LogName): SessionError {
  return new SessionError(
    'no-log',
    `the ${stream} log of ${name} is not UTF-8, and its stream is kept back on the way (docs/proxies.md)`,
  );
}
