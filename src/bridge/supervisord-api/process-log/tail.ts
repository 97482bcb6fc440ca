import type { TailChunk, TailRequest } from '../../../core/ports.ts';
import { SessionError } from '../../../core/ports.ts';
import { toRpcName } from '../../../core/ids.ts';
import { isSayable } from '../../../core/sayable.ts';
import { StringDecoder } from 'node:string_decoder';
import { LinkFailure, isMissing } from '../../link/link-failure.ts';
import type { Attached } from './attach.ts';
import { attachLog, findSkip } from './attach.ts';
import { BACKLOG_BYTES, keepEnd } from '../find-resume-point.ts';
import { retryDelay } from '../../link/poll-interval.ts';
import { pause } from '../../link/pause.ts';
import type { LogName, LogReader } from './read.ts';
import { createLogReader, noLog } from './read.ts';
import type { Rpc } from '../xml-rpc/rpc.ts';
import type { Transport } from '../http/transport.ts';
import type { LinkOptions } from '../../link/link-options.ts';

export type LogTailOptions = {
  readonly transport: Transport;
  readonly rpc: Rpc;
  /** Where the logs are, e.g. /logtail. */
  readonly path: string;
  readonly linkOptions: LinkOptions;
  readonly signal: AbortSignal;
};

/** After a break this much is looked through for the place where it broke off. */
const RESUME_BYTES = 64 * 1024;
const TRUNCATED = Buffer.from('==> File truncated <==\n');

const BROKEN = 'the connection was lost for a moment';
const REPLACED = 'the log was rotated, cleared or truncated: lines around that moment may be missing';
/** How often a stream is held against the size of the file: that is how a rotation shows. */
const CHECK_MS = 1_000;

/** Where the reading stands: offset of the next byte, what came before it, and whether that was another file. */
type Position = { offset: number | null; seen: Buffer; replaced: boolean };

/** Throws SessionError; aborting ends it without an error. */
export async function* tailLog(request: TailRequest, options: LogTailOptions): AsyncGenerator<TailChunk, void> {
  const over = new AbortController();
  const signal = AbortSignal.any([options.signal, over.signal]);
  const log = { name: toRpcName(request.uid), stream: request.stream };
  const reader = createLogReader(options.rpc, log, signal);
  try {
    if (request.follow) yield* follow(request, { ...options, signal, reader, log });
    else yield* readOnce(request, { ...options, signal, reader, log });
  } catch (error) {
    if (!options.signal.aborted) throw toSessionError(error, log);
  } finally {
    over.abort();
  }
}

type Context = LogTailOptions & { readonly reader: LogReader; readonly log: LogName };

async function* readOnce({ backlogBytes }: TailRequest, context: Context): AsyncGenerator<TailChunk, void> {
  const { reader, signal } = context;
  const end = await reader.end(backlogBytes);
  if (end?.size === 0) return reader.demand();
  if (end) {
    if (end.text.length > 0) yield text(end.text.toString('utf8'));
    return;
  }
  // Not UTF-8: the stream sends bytes as they are, though not many of the old ones.
  const attached = await attachLog({ ...context, path: pathOf(context), backlogBytes });
  const wanted = Math.min(attached.skip.most, backlogBytes);
  if (backlogBytes > wanted) yield gap('older lines are not UTF-8, and supervisord cannot send them');
  const old = await readStart(attached.stream, { bytes: attached.skip.most, signal });
  attached.stream.destroy();
  yield text(fromCharacter(old.subarray(old.length - wanted)).toString('utf8'));
}

async function* follow({ backlogBytes }: TailRequest, context: Context): AsyncGenerator<TailChunk, void> {
  const { linkOptions, signal } = context;
  const position: Position = { offset: null, seen: Buffer.alloc(0), replaced: false };
  let first = true;
  let failures = 0;
  while (!signal.aborted) {
    try {
      const bytes = first ? backlogBytes : RESUME_BYTES;
      const attached = await attachLog({ ...context, path: pathOf(context), backlogBytes: bytes });
      const chunks = first ? openLog(attached, backlogBytes) : resumeLog(attached, position);
      first = false;
      failures = 0;
      yield* readStream(attached, chunks, { position, context });
    } catch (error) {
      if (signal.aborted || first || !(error instanceof LinkFailure) || error.status !== null) throw error;
    }
    // It was cut off: truncated in place, or supervisord went away. Where it goes on, the next stream tells.
    failures += 1;
    await pause(retryDelay(failures, { maxMs: linkOptions.retry.attendedMaxMs, random: linkOptions.random }), signal);
  }
}

type Old = { readonly bytes: Buffer; readonly gap: string | null };

function openLog({ end }: Attached, backlogBytes: number): Old {
  if (end === null) return { bytes: Buffer.alloc(0), gap: null };
  return { bytes: fromCharacter(end.subarray(Math.max(0, end.length - backlogBytes))), gap: null };
}

/** Without the rest of a character that the cut went through. */
function fromCharacter(bytes: Buffer): Buffer {
  const start = bytes.findIndex((byte) => (byte & 0xc0) !== 0x80);
  return start > 0 && start < 4 ? bytes.subarray(start) : bytes;
}

/** What was written since, if that can be told. */
function resumeLog({ end, size }: Attached, { offset, seen, replaced }: Position): Old {
  if (end === null || size === null) return { bytes: Buffer.alloc(0), gap: BROKEN };
  const start = size - end.length;
  if (!replaced && offset !== null && offset <= size && offset >= start) {
    const known = end.subarray(Math.max(0, offset - start - seen.length), offset - start);
    if (known.equals(seen.subarray(seen.length - known.length)))
      return { bytes: end.subarray(offset - start), gap: null };
  }
  // Another file by now, or the same one emptied. What was seen of it must not be told twice.
  const from = resumePoint(seen, end);
  const whole = !replaced && seen.length > 0 && end.subarray(0, from).lastIndexOf(seen) === from - seen.length;
  return { bytes: end.subarray(from), gap: whole ? null : REPLACED };
}

/** Shorter ends of what was seen are found everywhere. */
const TELLING_BYTES = 8;

/** Behind the longest end of what was seen that is in it, from a line's start on; 0 when none is: all of it is new. */
function resumePoint(seen: Buffer, end: Buffer): number {
  let start = 0;
  while (start < seen.length && (start === 0 || seen.length - start >= TELLING_BYTES)) {
    const known = seen.subarray(start);
    const at = end.lastIndexOf(known);
    if (at >= 0) return at + known.length;
    const newline = seen.indexOf(0x0a, start);
    if (newline < 0) break;
    start = newline + 1;
  }
  return 0;
}

async function* readStream(
  attached: Attached,
  old: Old,
  { position, context }: { readonly position: Position; readonly context: Context },
): AsyncGenerator<TailChunk, void> {
  const { stream, size } = attached;
  const decoder = new StringDecoder('utf8');
  const decode = (bytes: Buffer): TailChunk[] => {
    position.seen = keepEnd(position.seen, bytes);
    if (position.offset !== null) position.offset += bytes.length;
    const decoded = decoder.write(bytes);
    return decoded === '' ? [] : [text(decoded)];
  };
  position.offset = size === null ? null : size - old.bytes.length;
  position.replaced = false;
  if (old.gap !== null) yield gap(old.gap);
  yield* decode(old.bytes);

  const stopChecking = checkNowAndThen(attached, { position, context });
  let start: Buffer | null = Buffer.alloc(0);
  try {
    for await (const chunk of stream) {
      if (!Buffer.isBuffer(chunk)) continue;
      if (start === null) {
        // Older supervisords say it in the text, newer ones break off.
        if (chunk.equals(TRUNCATED)) {
          position.offset = 0;
          yield gap(REPLACED);
        } else yield* decode(chunk);
        continue;
      }
      start = Buffer.concat([start, chunk]);
      const { least, most } = attached.skip;
      if (start.length < most) continue;
      const all: Buffer = start;
      start = null;
      const skip = findSkip(attached, all);
      if (skip === null) yield gap('the log is being written too fast to join old lines and new ones');
      yield* decode(all.subarray(skip ?? (least === most ? most : BACKLOG_BYTES)));
    }
  } catch (error) {
    // The end of one stream, in the middle of a chunk; the caller opens the next.
    if (context.signal.aborted || !(error instanceof Error)) throw error;
  } finally {
    stopChecking();
    stream.destroy();
  }
}

/**
 * A log may be silent for hours, and so is a dead host. And after a rotation or a clearing supervisord goes on with the
 * new file without a word, whether or not all of the old one was sent: then the file is smaller than what came of it.
 */
function checkNowAndThen(
  { stream }: Attached,
  { position, context }: { readonly position: Position; readonly context: Context },
): () => void {
  const over = new AbortController();
  const signal = AbortSignal.any([context.signal, over.signal]);
  const check = async () => {
    for (;;) {
      await pause(CHECK_MS, signal);
      if (signal.aborted) return;
      const size = await context.reader.size();
      if (size === null || position.offset === null || size >= position.offset) continue;
      position.replaced = true;
      stream.destroy();
      return;
    }
  };
  check().catch(() => stream.destroy());
  return () => over.abort();
}

/** The first bytes of a stream. */
async function readStart(
  stream: AsyncIterable<unknown>,
  { bytes, signal }: { readonly bytes: number; readonly signal: AbortSignal },
): Promise<Buffer> {
  let start = Buffer.alloc(0);
  if (bytes === 0) return start;
  for await (const chunk of stream) {
    if (Buffer.isBuffer(chunk)) start = Buffer.concat([start, chunk]);
    if (start.length >= bytes || signal.aborted) break;
  }
  return start.subarray(0, bytes);
}

function pathOf({ path, log }: Context): string {
  // supervisord takes the path apart after decoding it.
  if (log.name.includes('/'))
    throw new SessionError('no-log', `supervisord cannot stream the log of ${log.name}: a slash`);
  // A URL cannot hold half of a surrogate pair, and what supervisord cannot be told the name of it cannot send the log of.
  if (!isSayable(log.name)) throw new SessionError('unsayable', 'the name holds a character that cannot be said');
  return `${path}/${encodeURIComponent(log.name)}/${log.stream}`;
}

function text(content: string): TailChunk {
  return { type: 'text', text: content };
}

function gap(reason: string): TailChunk {
  return { type: 'gap', reason };
}

function toSessionError(error: unknown, log: LogName): unknown {
  if (!(error instanceof LinkFailure)) return error;
  if (isMissing(error)) return noLog(log);
  if (error.code === 'timeout') return new SessionError('timeout', error.message, { cause: error });
  return new SessionError('unreachable', error.message, { cause: error });
}
