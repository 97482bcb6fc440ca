// What a log sends -> its lines, once for every face: chunks are cut anywhere, lines may never end, and what was read
// may come again when a log is read anew.
import type { TailChunk } from './ports.ts';

export type LineLimit = {
  /** In characters of JavaScript. */
  readonly longest: number;
  /**
   * What becomes of a longer line. `cut`: its beginning comes with a mark, as soon as it is known to be too long, for
   * people. `drop`: nothing of it, for whoever reads a meaning out of whole lines. What follows up to its end is skipped.
   */
  readonly beyond: 'cut' | 'drop';
};

export type LineReader = {
  /** The lines that this chunk completes, without their `\n` or `\r\n`. Bytes are UTF-8, and may end within a character. */
  push(chunk: string | Uint8Array): string[];
  /**
   * What has begun and will not be completed: at the end, and at a gap, so that nothing is joined across it. The next
   * chunk begins a line of its own.
   */
  flush(): string[];
};

/** Takes time for the text that comes, however it is cut, and remembers no more than one line of it. */
export function createLineReader({ longest, beyond }: LineLimit): LineReader {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  /** The beginning of a line. A rope: it is made one string only when its line ends or becomes too long. */
  let begun = '';
  let endsInReturn = false;
  let skipping = false;

  const isTooLong = () => begun.length - (endsInReturn ? 1 : 0) > longest;
  const forget = () => {
    begun = '';
    endsInReturn = false;
  };
  const finish = (lines: string[]): void => {
    if (!skipping) lines.push(endsInReturn ? begun.slice(0, -1) : begun);
    skipping = false;
    forget();
  };
  const take = (part: string, lines: string[]): void => {
    if (skipping) return;
    // Returns after returns move nothing: each would have the whole line looked through again.
    const news = endsInReturn && begun.length > longest ? part.replace(/^\r+/u, '') : part;
    if (news === '') return;
    begun += news;
    endsInReturn = news.endsWith('\r');
    if (isTooLong()) begun = withoutOverwritten(begun);
    if (!isTooLong()) return;
    if (beyond === 'cut') lines.push(cutLine(begun, longest));
    skipping = true;
    forget();
  };
  const split = (text: string): string[] => {
    const lines: string[] = [];
    let from = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      take(text.slice(from, end), lines);
      finish(lines);
      from = end + 1;
    }
    take(text.slice(from), lines);
    return lines;
  };

  return {
    push: (chunk) => split(typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true })),
    flush: () => {
      const lines = split(decoder.decode());
      if (begun !== '') lines.push(begun);
      skipping = false;
      forget();
      return lines;
    },
  };
}

/** A progress bar writes over itself: of a line that is too long only what would still be seen of it counts. */
function withoutOverwritten(line: string): string {
  let end = line.length;
  while (end > 0 && line[end - 1] === '\r') end -= 1;
  const start = end === 0 ? 0 : line.lastIndexOf('\r', end - 1) + 1;
  return line.slice(start, end) + (end < line.length ? '\r' : '');
}

function cutLine(line: string, longest: number): string {
  const code = line.charCodeAt(longest - 1);
  const withinPair = code >= 0xd800 && code < 0xdc00;
  return `${line.slice(0, withinPair ? longest - 1 : longest)}${cutMark(longest)}`;
}

export function cutMark(longest: number): string {
  return `… [cut: a line of more than ${longest} characters]`;
}

/** More of what was read is not remembered: enough to find the place again, whatever was written meanwhile. */
export const KNOWN_LIMIT = 1024 * 1024;
/** The end of a single line is found everywhere and proves nothing, unless it is this long. */
const TELLING_LENGTH = 1_024;

/** `'more'`: not clear before more of the text has come. Null: nothing in common. Else how much of the text is known. */
export type Overlap = 'more' | number | null;

export type OverlapFinder = {
  /** In UTF-8. */
  readonly knownBytes: number;
  push(text: string): Overlap;
  /** No more text comes. */
  end(): Exclude<Overlap, 'more'>;
};

/**
 * How much of the beginning of a text is the end of what is known: the longest such end, if it proves something, which a
 * whole line does, or all of what is known. Knuth-Morris-Pratt: the text, as far as it has come, is looked for in what is
 * known; each character of both is gone through once. It is asked until it has answered, and then holds nothing any more.
 */
export function createOverlapFinder(known: string): OverlapFinder {
  let kept = known.slice(-KNOWN_LIMIT).replace(/^\ufffd+/u, '');
  let wanted = new Uint16Array(1_024);
  /** For each beginning of the text: how much of its own end is its beginning again. */
  let borders = new Int32Array(wanted.length);
  let length = 0;
  /** Replacement characters that the text begins with: a request by bytes may begin within a character. */
  let skipped = 0;
  let at = 0;
  let matched = 0;

  const append = (code: number): void => {
    if (length === wanted.length) {
      wanted = grown(wanted, new Uint16Array(2 * length));
      borders = grown(borders, new Int32Array(2 * length));
    }
    let border = length === 0 ? 0 : (borders[length - 1] ?? 0);
    while (border > 0 && wanted[border] !== code) border = borders[border - 1] ?? 0;
    borders[length] = length > 0 && wanted[border] === code ? border + 1 : 0;
    wanted[length] = code;
    length += 1;
  };
  const advance = (over: boolean): Overlap => {
    for (; at < kept.length;) {
      // All that has come fits so far.
      if (matched === length && !over) return 'more';
      if (matched < length && wanted[matched] === kept.charCodeAt(at)) {
        matched += 1;
        at += 1;
      } else if (matched > 0) matched = borders[matched - 1] ?? 0;
      else at += 1;
    }
    const overlap = proves(kept, matched) ? skipped + matched : null;
    kept = '';
    wanted = new Uint16Array(0);
    borders = new Int32Array(0);
    return overlap;
  };

  return {
    knownBytes: new TextEncoder().encode(kept).length,
    push: (text) => {
      let from = 0;
      if (length === 0) while (text.charCodeAt(from) === REPLACEMENT) from += 1;
      skipped += from;
      // What is longer than all that is known cannot be found in it.
      const to = Math.min(text.length, from + kept.length - length);
      for (let index = from; index < to; index += 1) append(text.charCodeAt(index));
      return advance(false);
    },
    end: () => {
      const overlap = advance(true);
      return overlap === 'more' ? null : overlap;
    },
  };
}

const REPLACEMENT = 0xfffd;

/** Without what is left of a character that was not written to its end when it was read: it comes again, whole. */
export function withoutCutEnd(text: string): string {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === REPLACEMENT) end -= 1;
  return text.slice(0, end);
}

function proves(known: string, matched: number): boolean {
  if (matched === 0) return false;
  if (matched === known.length || matched >= TELLING_LENGTH) return true;
  const newline = known.indexOf('\n', known.length - matched);
  return newline >= 0 && newline < known.length - 1;
}

function grown<Numbers extends Uint16Array | Int32Array>(from: Numbers, to: Numbers): Numbers {
  to.set(from);
  return to;
}

/** Not of the empty text with which a followed log begins that is empty. */
export function saysSomething(chunk: TailChunk): boolean {
  return chunk.type === 'gap' || chunk.text !== '';
}
