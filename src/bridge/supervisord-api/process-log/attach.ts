// Joins the end of a log, read over XML-RPC, to the stream of what is written from then on: by sizes, because text may
// repeat itself. A tail stream starts 1,024 bytes before the size that the file has when supervisord opens it.
import type { IncomingMessage } from 'node:http';
import { BACKLOG_BYTES } from '../find-resume-point.ts';
import { LinkFailure, isMissing } from '../../link/link-failure.ts';
import { pause } from '../../link/pause.ts';
import type { LogReader } from './read.ts';
import type { Transport } from '../http/transport.ts';

export type Attached = {
  /** What the log ends with, at least 1,024 bytes if it has them; null: not readable over XML-RPC. */
  readonly end: Buffer | null;
  /** Size of the log at the end of `end`; null: not known. */
  readonly size: number | null;
  readonly stream: IncomingMessage;
  /** How many bytes of the stream may come before those that follow `end`: exactly one value, mostly. */
  readonly skip: { readonly least: number; readonly most: number };
};

export type AttachOptions = {
  readonly transport: Transport;
  readonly reader: LogReader;
  readonly path: string;
  readonly backlogBytes: number;
  readonly signal: AbortSignal;
};

/** While it is being written to, the sizes before and after opening differ: try again, it takes a few milliseconds. */
const TRIES = 5;

/** Throws LinkFailure and SessionError. */
export async function attachLog({ transport, reader, path, backlogBytes, signal }: AttachOptions): Promise<Attached> {
  for (let left = TRIES - 1; ; left -= 1) {
    const read = await reader.end(Math.max(backlogBytes, BACKLOG_BYTES));
    const before = read ? read.size : await reader.size();
    // A pipe or a terminal looks empty too, and nothing would ever come of it.
    if (before === 0) await reader.demand();
    const stream = await openStream({ transport, reader, path, signal });
    try {
      const after = before === null ? null : await reader.size();
      if (before === null || after === null) {
        return { end: null, size: null, stream, skip: { least: 0, most: 0 } };
      }
      // A smaller one is another file, which the stream sends from its start.
      const grown = after >= before;
      const skip = grown ? { least: skipOf(before, after), most: skipOf(before, before) } : { least: 0, most: 0 };
      if ((grown && skip.least === skip.most) || left === 0) {
        return { end: read?.text ?? null, size: before, stream, skip };
      }
    } catch (error) {
      stream.destroy();
      throw error;
    }
    stream.destroy();
  }
}

const KEPT_BACK = 'the log stands open and nothing comes of it: something in between keeps it back (docs/proxies.md)';
/** So long the answer may be under way after a call that was asked for later has been answered. */
const LATE_MS = 1_000;

/** The stream brings nothing, although the log has more to tell. */
export function keptBack(cause?: unknown): LinkFailure {
  return new LinkFailure('protocol', KEPT_BACK, { cause, status: 504 });
}

/** Calls are answered, the stream is not: forbidden or broken on the way, or kept back there. */
export function isKeptBack(failure: LinkFailure): boolean {
  return failure.status !== null && !isMissing(failure) && failure.code !== 'unauthorized';
}

/** Behind a proxy that asks in HTTP/1.0 not even headers come; a call that is asked for later tells whether they will. */
async function openStream({ transport, reader, path, signal }: Omit<AttachOptions, 'backlogBytes'>) {
  const over = new AbortController();
  const late = new AbortController();
  const within = AbortSignal.any([signal, over.signal]);
  const judge = async () => {
    await reader.size();
    await pause(LATE_MS, within);
    if (!within.aborted) late.abort();
  };
  try {
    return await transport.open(path, {
      signal: AbortSignal.any([signal, late.signal]),
      onSent: () => void judge().catch(() => late.abort()),
    });
  } catch (error) {
    throw late.signal.aborted && !signal.aborted ? keptBack(error) : error;
  } finally {
    over.abort();
  }
}

/** Of a stream that was opened at `opened` bytes, how many come before the byte at `size`. */
function skipOf(size: number, opened: number): number {
  return Math.max(0, size - Math.max(0, opened - BACKLOG_BYTES));
}

/** Which of the possible values it is, by comparing; null when none fits, or several do. `start`: of the stream. */
export function findSkip({ end, skip }: Pick<Attached, 'end' | 'skip'>, start: Buffer): number | null {
  if (skip.least === skip.most) return skip.most;
  if (end === null) return null;
  let found: number | null = null;
  for (let length = skip.least; length <= skip.most; length += 1) {
    if (length > end.length || !end.subarray(end.length - length).equals(start.subarray(0, length))) continue;
    if (found !== null) return null;
    found = length;
  }
  return found;
}
