// Lines of one stream of one process: the last so many, and then what comes.
import type { Pattern } from '../../core/glob.ts';
import type { LineReader, OverlapFinder } from '../../core/log-lines.ts';
import { createLineReader, createOverlapFinder, withoutCutEnd } from '../../core/log-lines.ts';
import type { Clock, LogStream, Session, TailChunk, WaitOptions } from '../../core/ports.ts';

export type TailLine =
  | {
      readonly type: 'line';
      readonly text: string;
      /** When it was received: milliseconds; null for what was already there. */
      readonly at: number | null;
    }
  | { readonly type: 'gap'; readonly reason: string };

export type LogTailWish = {
  readonly uid: string;
  readonly stream: LogStream;
  /** How many of the last ones: of those that match, if there is a pattern. */
  readonly lines: number;
  readonly follow: boolean;
  readonly pattern?: Pattern | null;
};

export type LogTailWorld = WaitOptions & { readonly session: Session; readonly clock: Clock };

/** Also how much may be written between reading and following without a gap. */
const FIRST_BYTES = 64 * 1024;
const MOST_BYTES = 64 * 1024 * 1024;
/** For lines that may not be there at all: supervisord does nothing else while it sends, for a second at this size. */
const MOST_SEARCHED_BYTES = 4 * 1024 * 1024;
/** How long the beginning of a followed stream is waited for, which repeats what was read before. */
const OVERLAP_MS = 3_000;
const LOST = 'more was written at once than was read';
const EMPTIED = 'the log was emptied';

/** For whatever reads lines and not only people: a line of JSON may be long. */
const LIMIT = { longest: 1024 * 1024, beyond: 'cut' } as const;

/** Throws SessionError when there is no such log. */
export async function* tailLines(world: LogTailWorld, wish: LogTailWish): AsyncGenerator<TailLine> {
  const reader = createLineReader(LIMIT);
  const known = wish.lines === 0 ? null : yield* showBacklog(world, wish, reader);
  if (wish.follow) yield* followLines(world, wish, { reader, known });
  // What has no line end yet is only a line of its own when nothing more is waited for.
  const at = wish.follow ? world.clock.now() : null;
  for (const text of reader.flush()) yield { type: 'line', text, at };
}

/** The last lines; what was read of the log for them, to go on from: null when it is empty. */
async function* showBacklog(
  world: LogTailWorld,
  wish: LogTailWish,
  reader: LineReader,
): AsyncGenerator<TailLine, OverlapFinder | null> {
  const { text, start, gap } = await readBacklog(world, wish);
  const known = wish.follow ? withoutCutEnd(text) : text;
  if (gap !== null) yield { type: 'gap', reason: gap };
  for (const line of reader.push(known.slice(start))) yield { type: 'line', text: line, at: null };
  return known === '' ? null : createOverlapFinder(known);
}

/** What was read of the end of a log, where the last lines of it begin, and what may be missing before it. */
type Backlog = { readonly text: string; readonly start: number; readonly gap: string | null };

/** Asks for more bytes until there are so many lines. */
async function readBacklog(world: LogTailWorld, { uid, stream, lines, pattern }: LogTailWish): Promise<Backlog> {
  for (let bytes = FIRST_BYTES; ; bytes *= 8) {
    let text = '';
    let gap: string | null = null;
    const request = { uid, stream, backlogBytes: bytes, follow: false };
    for await (const chunk of world.session.tail(request, { signal: world.signal })) {
      if (chunk.type === 'text') text += chunk.text;
      else {
        text = '';
        gap = chunk.reason;
      }
    }
    const start = startOfLast(text, lines, pattern ?? null);
    if (start !== null) return { text, start, gap: null };
    // Less than was asked for: that is all of it. Otherwise its first line may be cut.
    if (byteLength(text) < bytes - CUT_BYTES) return { text, start: 0, gap };
    if (bytes >= (pattern ? MOST_SEARCHED_BYTES : MOST_BYTES) || world.signal.aborted)
      return { text, start: text.indexOf('\n') + 1, gap };
  }
}

/** Where the last `lines` lines (that match) begin; null when there are not more than that many. */
function startOfLast(text: string, lines: number, pattern: Pattern | null): number | null {
  let end = text.endsWith('\n') ? text.length - 1 : text.length;
  for (let found = 0; ;) {
    const start = end > 0 ? text.lastIndexOf('\n', end - 1) + 1 : 0;
    // What stands before it may be the rest of a line that was cut.
    if (start === 0) return null;
    if (!pattern || pattern.test(text.slice(start, text[end - 1] === '\r' ? end - 1 : end))) found += 1;
    if (found === lines) return start;
    end = start - 1;
  }
}

type Begun = { readonly reader: LineReader; readonly known: OverlapFinder | null };

async function* followLines(world: LogTailWorld, wish: LogTailWish, begun: Begun): AsyncGenerator<TailLine> {
  const { reader, known } = begun;
  for await (const chunk of followKnown(world, wish, known)) {
    const at = world.clock.now();
    const lines = chunk.type === 'gap' ? reader.flush() : reader.push(chunk.text);
    for (const text of lines) yield { type: 'line', text, at };
    if (chunk.type === 'gap') yield chunk;
  }
}

/**
 * Reading and following are two requests, and what is written between them must not be lost: the follower begins with
 * as many bytes as are known, and what both have in common is dropped.
 */
async function* followKnown(
  world: LogTailWorld,
  { uid, stream, lines }: LogTailWish,
  known: OverlapFinder | null,
): AsyncGenerator<TailChunk> {
  const { session, clock, signal } = world;
  const backlogBytes = lines === 0 ? 0 : Math.max(FIRST_BYTES, known?.knownBytes ?? 0);
  const chunks = session.tail({ uid, stream, backlogBytes, follow: true }, { signal });
  const iterator = chunks[Symbol.asyncIterator]();
  try {
    // Of a log that was empty a moment ago everything is new.
    const { news, coming } = known === null ? NOTHING_KNOWN : await joinKnown(iterator, known, clock);
    yield* news;
    for (let next = await (coming ?? iterator.next()); !next.done; next = await iterator.next()) yield next.value;
  } finally {
    await iterator.return?.();
  }
}

/** `coming`: what has been asked for and not come yet. */
type Joined = { readonly news: readonly TailChunk[]; readonly coming: Promise<IteratorResult<TailChunk>> | null };

const NOTHING_KNOWN: Joined = { news: [], coming: null };

/**
 * What is new of the beginning of a stream, as soon as it is clear what is not. Its first bytes may take long: a busy host,
 * a proxy that has to be found out. Only of what has begun to come the rest is soon there, or not at all.
 */
async function joinKnown(chunks: AsyncIterator<TailChunk>, known: OverlapFinder, clock: Clock): Promise<Joined> {
  const begun: string[] = [];
  const first = chunks.next();
  const { done, value } = await first;
  if (done !== true && value.type === 'text' && value.text === '')
    return { news: [{ type: 'gap', reason: EMPTIED }], coming: null };
  const { late, cancel } = lateAfter(clock, OVERLAP_MS);
  try {
    for (let coming = first; ; coming = chunks.next()) {
      const next = await Promise.race([coming, late]);
      const chunk = next === 'late' || next.done === true ? null : next.value;
      if (chunk?.type === 'text') begun.push(chunk.text);
      const overlap = chunk?.type === 'text' ? known.push(chunk.text) : known.end();
      if (overlap === 'more') continue;
      const news: TailChunk[] = [];
      const isOver = next !== 'late' && next.done === true;
      if (overlap === null && !isOver) news.push({ type: 'gap', reason: LOST });
      const text = begun.join('').slice(overlap ?? 0);
      if (text !== '') news.push({ type: 'text', text });
      if (chunk?.type === 'gap') news.push(chunk);
      return { news, coming: next === 'late' ? coming : null };
    }
  } finally {
    cancel();
  }
}

function lateAfter(clock: Clock, ms: number): { readonly late: Promise<'late'>; readonly cancel: () => void } {
  let cancel: (() => void) | null = null;
  const late = new Promise<'late'>((resolve) => {
    cancel = clock.after(ms, () => resolve('late'));
  });
  return { late, cancel: () => cancel?.() };
}

/** A replacement character has three bytes, where the cut character had at least one; one at each end. */
const CUT_BYTES = 12;

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}
