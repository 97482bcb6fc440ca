// Lines of one stream of one process: the last so many, and then what comes.
import type { Pattern } from '../../core/glob.ts';
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

/** Throws SessionError when there is no such log. */
export async function* tailLines(world: LogTailWorld, wish: LogTailWish): AsyncGenerator<TailLine> {
  const { known, shown } = wish.lines === 0 ? NOTHING : await readBacklog(world, wish);
  const lines = shown.split('\n');
  // What has no line end yet is only a line of its own when nothing more is waited for.
  const rest = lines.pop() ?? '';
  for (const text of lines) yield { type: 'line', text, at: null };
  if (wish.follow) yield* followLines(world, { ...wish, known, rest });
  else if (rest !== '') yield { type: 'line', text: rest, at: null };
}

/** What was read of the end of a log, and the last lines of it. */
type Backlog = { readonly known: string; readonly shown: string };

const NOTHING: Backlog = { known: '', shown: '' };

/** Asks for more bytes until there are so many lines. */
async function readBacklog(world: LogTailWorld, { uid, stream, lines, pattern }: LogTailWish): Promise<Backlog> {
  for (let bytes = FIRST_BYTES; ; bytes *= 8) {
    let known = '';
    const request = { uid, stream, backlogBytes: bytes, follow: false };
    for await (const chunk of world.session.tail(request, { signal: world.signal })) {
      if (chunk.type === 'text') known += chunk.text;
    }
    const start = startOfLast(known, lines, pattern ?? null);
    if (start !== null) return { known, shown: known.slice(start) };
    // Less than was asked for: that is all of it. Otherwise its first line may be cut.
    if (byteLength(known) < bytes - CUT_BYTES) return { known, shown: known };
    if (bytes >= (pattern ? MOST_SEARCHED_BYTES : MOST_BYTES) || world.signal.aborted)
      return { known, shown: known.slice(known.indexOf('\n') + 1) };
  }
}

/** Where the last `lines` lines (that match) begin; null when there are not more than that many. */
function startOfLast(text: string, lines: number, pattern: Pattern | null): number | null {
  let end = text.endsWith('\n') ? text.length - 1 : text.length;
  for (let found = 0; ;) {
    const start = end > 0 ? text.lastIndexOf('\n', end - 1) + 1 : 0;
    // What stands before it may be the rest of a line that was cut.
    if (start === 0) return null;
    if (!pattern || pattern.test(text.slice(start, end))) found += 1;
    if (found === lines) return start;
    end = start - 1;
  }
}

type Follow = LogTailWish & { readonly known: string; readonly rest: string };

async function* followLines(world: LogTailWorld, follow: Follow): AsyncGenerator<TailLine> {
  let pending = follow.rest;
  for await (const chunk of followKnown(world, follow)) {
    const at = world.clock.now();
    if (chunk.type === 'gap') {
      if (pending !== '') yield { type: 'line', text: pending, at };
      pending = '';
      yield chunk;
      continue;
    }
    const lines = (pending + chunk.text).split('\n');
    pending = lines.pop() ?? '';
    for (const text of lines) yield { type: 'line', text, at };
  }
  if (pending !== '') yield { type: 'line', text: pending, at: world.clock.now() };
}

/**
 * Reading and following are two requests, and what is written between them must not be lost: the follower begins with
 * as many bytes as were read, and what both have in common is dropped.
 */
async function* followKnown(world: LogTailWorld, { uid, stream, lines, known }: Follow): AsyncGenerator<TailChunk> {
  const { session, clock, signal } = world;
  const backlogBytes = lines === 0 ? 0 : Math.max(FIRST_BYTES, byteLength(known));
  const chunks = session.tail({ uid, stream, backlogBytes, follow: true }, { signal });
  const iterator = chunks[Symbol.asyncIterator]();
  // Of a log that was empty a moment ago everything is new.
  let begun = known === '' ? null : '';
  const { late, cancel } = lateAfter(clock, OVERLAP_MS);
  try {
    let coming = iterator.next();
    while (begun !== null) {
      const next = await Promise.race([coming, late]);
      if (next !== 'late' && !next.done && next.value.type === 'text') begun += next.value.text;
      const common = overlapOf(known, begun);
      const ended = next === 'late' || next.done === true || next.value.type === 'gap';
      if (next !== 'late') coming = iterator.next();
      if (common === null && !ended) continue;
      if (common === null && (next === 'late' || !next.done))
        yield { type: 'gap', reason: begun === '' ? EMPTIED : LOST };
      const text = begun.slice(common ?? 0);
      begun = null;
      if (text !== '') yield { type: 'text', text };
      if (next !== 'late' && !next.done && next.value.type === 'gap') yield next.value;
    }
    for (let next = await coming; !next.done; next = await iterator.next()) yield next.value;
  } finally {
    cancel();
    await iterator.return?.();
  }
}

function lateAfter(clock: Clock, ms: number): { readonly late: Promise<'late'>; readonly cancel: () => void } {
  let cancel: (() => void) | null = null;
  const late = new Promise<'late'>((resolve) => {
    cancel = clock.after(ms, () => resolve('late'));
  });
  return { late, cancel: () => cancel?.() };
}

/**
 * How much of the beginning of `text` is the end of what is known; null when nothing is. The end of a single line is
 * found everywhere and proves nothing, unless it is long: a whole line does, or all of what is known.
 */
function overlapOf(known: string, text: string): number | null {
  // A request by bytes may begin within a character, which then is a replacement character.
  const skipped = /^\ufffd*/u.exec(text)?.[0].length ?? 0;
  const body = text.slice(skipped);
  for (let from = 0; from < known.length; from++) {
    const part = known.slice(from);
    const newline = part.indexOf('\n');
    const withinLine = newline < 0 || newline === part.length - 1;
    if (from > 0 && withinLine && part.length < TELLING_LENGTH) return null;
    if (body.startsWith(part)) return skipped + part.length;
  }
  return null;
}

const TELLING_LENGTH = 1_024;

/** A replacement character has three bytes, where the cut character had at least one; one at each end. */
const CUT_BYTES = 12;

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}
