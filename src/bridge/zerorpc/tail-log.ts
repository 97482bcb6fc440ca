// A log through an agent that can only be asked: whatever its end has grown by is new.
import { toRpcName } from '../../core/ids.ts';
import type { TailChunk, TailRequest } from '../../core/ports.ts';
import { SessionError } from '../../core/ports.ts';
import { LinkFailure } from '../link/link-failure.ts';
import { pause } from '../link/pause.ts';
import type { LogReader } from '../supervisord-api/process-log/read.ts';
import { createLogReader } from '../supervisord-api/process-log/read.ts';
import type { ZerorpcRpc } from './zerorpc-rpc.ts';

export type ZerorpcTailOptions = {
  /** A connection of its own: a log that is long in coming holds up nothing else. Throws LinkFailure. */
  readonly dial: (signal: AbortSignal) => Promise<{ readonly rpc: ZerorpcRpc }>;
  readonly signal: AbortSignal;
};

const ASK_MS = 300;
/** Written faster than this, it is not all sent: it would keep supervisord from its work. */
const MOST_AT_ONCE = 512 * 1024;
/** Bytes that are not UTF-8 cannot be had this way; a character that is cut at the end is whole soon. */
const UNREADABLE_TRIES = 5;

/** Throws SessionError; aborting ends it without an error. */
export async function* tailOverZerorpc(
  request: TailRequest,
  options: ZerorpcTailOptions,
): AsyncGenerator<TailChunk, void> {
  const over = new AbortController();
  const signal = AbortSignal.any([options.signal, over.signal]);
  const log = { name: toRpcName(request.uid), stream: request.stream };
  const connect = async () => createLogReader((await options.dial(signal)).rpc, log, { signal });
  try {
    const reader = await connect();
    const first = await reader.end(request.backlogBytes);
    const size = first?.size ?? (await reader.size()) ?? 0;
    if (size === 0) await reader.demand();
    if (first && first.text.length > 0) yield text(first.text);
    if (request.follow) yield* follow({ reader, connect, signal }, size);
  } catch (error) {
    if (options.signal.aborted) return;
    if (!(error instanceof LinkFailure)) throw error;
    throw new SessionError(error.code === 'timeout' ? 'timeout' : 'unreachable', error.message, { cause: error });
  } finally {
    over.abort();
  }
}

type Following = {
  readonly reader: LogReader;
  readonly connect: () => Promise<LogReader>;
  readonly signal: AbortSignal;
};

async function* follow({ reader: first, connect, signal }: Following, start: number): AsyncGenerator<TailChunk, void> {
  let reader: LogReader | null = first;
  let offset = start;
  let unreadable = 0;
  for (;;) {
    await pause(ASK_MS, signal);
    if (signal.aborted) return;
    try {
      reader ??= await connect();
      const size = await reader.size();
      if (size === null || size === offset) continue;
      if (size < offset) {
        yield gap('the log was truncated or rotated');
        offset = 0;
        continue;
      }
      const read = await readFrom(reader, offset, size);
      if (!read) {
        unreadable += 1;
        if (unreadable < UNREADABLE_TRIES) continue;
        yield gap('some of it is not UTF-8, and its agent cannot send that');
        offset = size;
      } else {
        const from = read.size - read.text.length;
        if (from > offset) yield gap('it is written faster than its agent can send it');
        yield text(read.text.subarray(Math.max(0, offset - from)));
        offset = read.size;
      }
      unreadable = 0;
    } catch (error) {
      if (!(error instanceof LinkFailure)) throw error;
      // The log goes on where it was, if it does: an offset tells what is new also after a while.
      reader = null;
    }
  }
}

/** It may have grown since its size was asked for: more than the difference is read, until the old end is in it. */
async function readFrom(reader: LogReader, offset: number, size: number) {
  for (let extra = 2_048; ; extra *= 8) {
    const asked = Math.min(size - offset + extra, MOST_AT_ONCE);
    const read = await reader.end(asked);
    if (!read || asked === MOST_AT_ONCE || read.size - read.text.length <= offset) return read;
  }
}

function text(bytes: Buffer): TailChunk {
  return { type: 'text', text: bytes.toString('utf8') };
}

function gap(reason: string): TailChunk {
  return { type: 'gap', reason };
}
