// The main log from its end to its beginning, by `supervisor.readLog`. What that call does, in supervisor 3.0 to 4.3:
// (-n, 0) answers the last n bytes; (offset, length) what is there from an offset on, nothing behind the end; no call
// tells the size, so that it is found by asking where the end is. A cut through a character is HTTP 500.
import { LinkFailure } from '../../link/link-failure.ts';
import type { Rpc } from '../xml-rpc/rpc.ts';
import type { WorkShare } from './work-share.ts';

/** Per MiB supervisord needs 10 ms in pieces of 64 KiB, 5 to 15 in these, 28 in such of 4 MiB. */
const PIECE_BYTES = 256 * 1024;
/** A part of this size that cannot be read is left out. */
const LEAST_BYTES = 16 * 1024;
/** The largest offset that XML-RPC can carry. */
const MOST_BYTES = 2 ** 31 - 1;
const CHARACTER_BYTES = 4;
const MARK_LENGTH = 400;

export type ReadBackOptions = {
  readonly rpc: Rpc;
  readonly share: WorkShare;
  readonly answerMs: number;
  /** Of the first piece. */
  readonly tailBytes?: number;
  readonly signal: AbortSignal;
};

/** Whole lines, oldest first. `begin`: there is nothing before them. */
export type Piece = { readonly lines: readonly string[]; readonly begin: boolean };

/** The log was rotated, emptied or cut while it was read: what came before cannot be found any more. */
export class LogReplaced extends Error {
  override readonly name = 'LogReplaced';
}

/** Pieces, newest first. Throws RpcFault when there is no log, LinkFailure, LogReplaced, or the signal's reason. */
export async function* readBackwards(options: ReadBackOptions): AsyncGenerator<Piece> {
  const reader = createReader(options);
  const tail = await reader.tail(options.tailBytes ?? PIECE_BYTES);
  let text = tail.whole ? tail.text : afterFirstLine(tail.text);
  yield { lines: toLines(text), begin: tail.whole };
  if (tail.whole) return;

  let mark = markOf(text);
  let found = await findMark(reader, mark);
  for (;;) {
    text = found.start === 0 ? found.text : afterFirstLine(found.text);
    yield { lines: toLines(text), begin: found.start === 0 };
    if (found.start === 0) return;
    // One line that fills a whole piece is none of supervisord's own: what of it follows is left out.
    const known = found.start + Buffer.byteLength(found.text) - Buffer.byteLength(text);
    mark = markOf(text);
    const end = known + Buffer.byteLength(mark);
    const piece = await reader.read(Math.max(0, end - PIECE_BYTES), Math.min(end, PIECE_BYTES));
    if (!piece.text.endsWith(mark)) throw new LogReplaced('the log was replaced');
    found = { start: piece.start, text: piece.text.slice(0, piece.text.length - mark.length) };
  }
}

type Text = { readonly start: number; readonly text: string };

/** What stands before the mark, which is somewhere near the end. */
async function findMark(reader: Reader, mark: string): Promise<Text> {
  const near = await nearEnd(reader);
  const { start, text } = await reader.read(Math.max(0, near - PIECE_BYTES), 4 * PIECE_BYTES);
  const at = text.lastIndexOf(mark);
  if (at < 0) throw new LogReplaced('the log was replaced');
  return { start, text: text.slice(0, at) };
}

/** Not behind the end of the log, and not further before it than one piece. */
async function nearEnd({ isBehind }: Reader): Promise<number> {
  let low = 0;
  let high = PIECE_BYTES;
  while (high < MOST_BYTES && !(await isBehind(high))) {
    low = high;
    high = Math.min(MOST_BYTES, high * 2);
  }
  while (high - low > PIECE_BYTES) {
    const middle = Math.floor((low + high) / 2);
    if (await isBehind(middle)) high = middle;
    else low = middle;
  }
  return low;
}

/** Long enough to be found again, and no other. */
function markOf(text: string): string {
  const mark = text.slice(0, MARK_LENGTH);
  // Half of a surrogate pair is no character.
  return /[\ud800-\udbff]$/u.test(mark) ? mark.slice(0, -1) : mark;
}

function afterFirstLine(text: string): string {
  return text.slice(text.indexOf('\n') + 1);
}

function toLines(text: string): readonly string[] {
  if (text === '') return [];
  return (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
}

type Reader = {
  /** The end of the log, about so many bytes of it; `whole`: there is nothing before. */
  tail(bytes: number): Promise<{ readonly text: string; readonly whole: boolean }>;
  /** `start`: where the text begins, which may be a few bytes later than was asked for. */
  read(offset: number, length: number): Promise<Text>;
  isBehind(offset: number): Promise<boolean>;
};

function createReader({ rpc, share, answerMs, signal }: ReadBackOptions): Reader {
  const ask = async (offset: number, length: number): Promise<string> => {
    await share.room(signal);
    signal.throwIfAborted();
    const asked = performance.now();
    let bytes = length || -offset;
    try {
      const text = await rpc.ask('supervisor.readLog', { signal, answerMs, params: [offset, length] });
      if (typeof text !== 'string') throw new LinkFailure('protocol', 'readLog was answered with no text');
      bytes = Math.min(bytes, text.length);
      return text;
    } finally {
      share.spent(performance.now() - asked, bytes);
    }
  };
  /** Null: it holds what cannot be read. */
  const askText = async (offset: number, length: number): Promise<string | null> => {
    try {
      return await ask(offset, length);
    } catch (error) {
      if (!isUnreadable(error) || signal.aborted) throw error;
      return null;
    }
  };
  /** A cut may go through a character. */
  const readPart = async (offset: number, length: number): Promise<Text | null> => {
    for (let skipped = 0; skipped < Math.min(CHARACTER_BYTES, length); skipped += 1) {
      const text = await askText(offset + skipped, length - skipped);
      if (text !== null) return { start: offset + skipped, text };
    }
    return null;
  };
  const read: Reader['read'] = async (offset, length) => {
    const whole = await readPart(offset, length);
    if (whole) return whole;
    // Bytes that are no text, or that XML cannot carry: all but the parts that hold them.
    const texts: string[] = [];
    for (let at = offset; at < offset + length; at += LEAST_BYTES) {
      const part = await readPart(at, Math.min(LEAST_BYTES, offset + length - at));
      texts.push(part ? part.text : '\n');
    }
    return { start: offset, text: texts.join('') };
  };
  return {
    read,
    tail: async (bytes) => {
      for (let skipped = 0; skipped < CHARACTER_BYTES; skipped += 1) {
        const text = await askText(-(bytes - skipped), 0);
        if (text !== null) return { text, whole: Buffer.byteLength(text) < bytes - skipped };
      }
      throw new LinkFailure('protocol', 'the end of the main log cannot be read: it holds bytes that are no text');
    },
    // What cannot be read is there all the same.
    isBehind: async (offset) => (await askText(offset, 1)) === '',
  };
}

function isUnreadable(error: unknown): boolean {
  return error instanceof LinkFailure && (error.status === 500 || error.code === 'protocol');
}
