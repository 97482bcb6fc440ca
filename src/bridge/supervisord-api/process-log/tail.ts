import type { TailChunk, TailRequest } from '../../../core/ports.ts';
import { SessionError } from '../../../core/ports.ts';
import { toRpcName } from '../../../core/ids.ts';
import { isSayable } from '../../../core/sayable.ts';
import { StringDecoder } from 'node:string_decoder';
import { LinkFailure, isMissing } from '../../link/link-failure.ts';
import type { Attached } from './attach.ts';
import { attachLog, findSkip, isKeptBack, keptBack } from './attach.ts';
import { BACKLOG_BYTES, keepEnd } from '../find-resume-point.ts';
import { retryDelay } from '../../link/poll-interval.ts';
import { pause } from '../../link/pause.ts';
import { pollLog } from './poll.ts';
import type { LogMemory, LogName, LogReader } from './read.ts';
import { createLogReader, noLog } from './read.ts';
import type { Old, Position } from './resume.ts';
import { REPLACED, fromCharacter, gap, openLog, resumeLog, text } from './resume.ts';
import type { Rpc } from '../xml-rpc/rpc.ts';
import { LEAST_FOR_STREAM } from '../http/stream-connector.ts';
import type { Transport } from '../http/transport.ts';
import type { LinkOptions } from '../../link/link-options.ts';

export type LogTailOptions = {
  readonly transport: Transport;
  readonly rpc: Rpc;
  /** Where the logs are, e.g. /logtail. */
  readonly path: string;
  readonly linkOptions: LinkOptions;
  readonly memory?: LogMemory;
  readonly signal: AbortSignal;
};

/** After a break this much is looked through for the place where it broke off. */
const RESUME_BYTES = 64 * 1024;
const NO_SIZE = 'this supervisord does not tell how long its logs are: they can be read, and not followed';
const TRUNCATED = Buffer.from('==> File truncated <==\n');

/** How often a stream is held against the size of the file: that is how a rotation shows. */
const CHECK_MS = 1_000;

/** Throws SessionError; aborting ends it without an error. */
export async function* tailLog(request: TailRequest, options: LogTailOptions): AsyncGenerator<TailChunk, void> {
  const over = new AbortController();
  const signal = AbortSignal.any([options.signal, over.signal]);
  const log = { name: toRpcName(request.uid), stream: request.stream };
  const rawEnd = () => readRawEnd({ ...options, signal, log });
  const reader = createLogReader(options.rpc, log, { ...options, signal, rawEnd });
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

/** The old lines come at once, if the stream brings any. */
const RAW_END_MS = 1_000;

/** What the stream starts with, as it is; null: it brings nothing. */
async function readRawEnd(context: Omit<Context, 'reader'>): Promise<Buffer | null> {
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(RAW_END_MS)]);
  try {
    const stream = await context.transport.open(pathOf(context), { signal });
    for await (const chunk of stream) if (Buffer.isBuffer(chunk)) return chunk;
    return null;
  } catch (error) {
    context.signal.throwIfAborted();
    if (signal.aborted || error instanceof LinkFailure) return null;
    throw error;
  }
}

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
  const files = context.memory?.files;
  while (!signal.aborted) {
    // In Go a stream has no beginning. Elsewhere one more may leave supervisord too few files; calls need none for long.
    if (context.memory?.dialect?.isGo || (files && files.spare() < LEAST_FOR_STREAM)) {
      const size = first ? await context.reader.size() : null;
      if (size === 0) await context.reader.demand();
      if (first && size === null) throw new SessionError('no-log', NO_SIZE);
      return yield* pollLog(position, { ...context, backlogBytes: first ? backlogBytes : null });
    }
    const closed = files?.opened() ?? (() => {});
    try {
      const bytes = first ? backlogBytes : RESUME_BYTES;
      const attached = await attachLog({ ...context, path: pathOf(context), backlogBytes: bytes });
      const chunks = first ? openLog(attached, backlogBytes) : resumeLog(attached, position);
      // That there is nothing is told, too: who waits for a beginning cannot know.
      if (first && attached.size === 0) yield text('');
      first = false;
      failures = 0;
      yield* readStream(attached, chunks, { position, context });
    } catch (error) {
      if (signal.aborted) throw error;
      const failed = error instanceof LinkFailure;
      // Nothing comes of the stream, but calls are answered: so it goes on by them.
      if (failed && isKeptBack(error)) {
        closed();
        return yield* pollLog(position, { ...context, backlogBytes: first ? backlogBytes : null });
      }
      // A file that is being rotated may be away for a while.
      if (!first && (failed ? isMissing(error) : isNoLog(error))) position.replaced = true;
      else if (first || !failed || error.status !== null) throw error;
    } finally {
      closed();
    }
    // It was cut off: truncated in place, or supervisord went away. Where it goes on, the next stream tells.
    failures += 1;
    await pause(retryDelay(failures, { maxMs: linkOptions.retry.attendedMaxMs, random: linkOptions.random }), signal);
  }
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

  let start: Buffer | null = Buffer.alloc(0);
  let received = 0;
  let stalled = false;
  const stopChecking = checkNowAndThen(attached, {
    position,
    context,
    received: () => received,
    owed: (size) => (start === null ? size > (position.offset ?? size) : start.length < attached.skip.most),
    onStalled: () => (stalled = true),
  });
  try {
    for await (const chunk of stream) {
      if (!Buffer.isBuffer(chunk)) continue;
      received += chunk.length;
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
  if (stalled) throw keptBack();
}

type Checking = {
  readonly position: Position;
  readonly context: Context;
  /** Bytes so far. */
  readonly received: () => number;
  /** Whether a log of this size has more to tell than came. */
  readonly owed: (size: number) => boolean;
  readonly onStalled: () => void;
};

/**
 * A log may be silent for hours, and so is a dead host. And after a rotation or a clearing supervisord goes on with the
 * new file without a word, whether or not all of the old one was sent: then the file is smaller than what came of it.
 */
function checkNowAndThen({ stream }: Attached, { position, context, received, owed, onStalled }: Checking): () => void {
  const over = new AbortController();
  const signal = AbortSignal.any([context.signal, over.signal]);
  const check = async () => {
    let before: number | null = null;
    for (;;) {
      await pause(CHECK_MS, signal);
      if (signal.aborted) return;
      const size = await context.reader.size();
      // What was owed a second ago, and of which not a byte came since, is kept back on the way.
      if (before === received()) {
        onStalled();
        stream.destroy();
        return;
      }
      before = size !== null && owed(size) ? received() : null;
      if (size === null || position.offset === null || size >= position.offset) continue;
      position.replaced = true;
      stream.destroy();
      return;
    }
  };
  check().catch(() => stream.destroy());
  return () => over.abort();
}

function isNoLog(error: unknown): boolean {
  return error instanceof SessionError && error.code === 'no-log';
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

function pathOf({ path, log }: Pick<Context, 'path' | 'log'>): string {
  // supervisord takes the path apart after decoding it.
  if (log.name.includes('/'))
    throw new SessionError('no-log', `supervisord cannot stream the log of ${log.name}: a slash`);
  // A URL cannot hold half of a surrogate pair, and what supervisord cannot be told the name of it cannot send the log of.
  if (!isSayable(log.name)) throw new SessionError('unsayable', 'the name holds a character that cannot be said');
  return `${path}/${encodeURIComponent(log.name)}/${log.stream}`;
}

function toSessionError(error: unknown, log: LogName): unknown {
  if (!(error instanceof LinkFailure)) return error;
  if (isMissing(error)) return noLog(log);
  if (error.code === 'timeout') return new SessionError('timeout', error.message, { cause: error });
  return new SessionError('unreachable', error.message, { cause: error });
}
