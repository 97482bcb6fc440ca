// Regular expressions of people and of addresses, over text that others wrote, in time that grows with the text alone. The
// engine of the platform tries every way through a pattern, which doubles with each letter for `(a+)+$`; here all ways are
// walked at once, and what was found about a set of them is kept (docs/decisions/0100-regular-expressions.md).
import type { Pattern } from '../glob.ts';
import type { Assertion, RegexFlags, Step } from './parse-regex.ts';
import { RegexError, toSteps } from './parse-regex.ts';

export type LinearRegex = Pattern & {
  /** Where it matches, from left to right and each as long as can be, within the first LONGEST_MARKED units. */
  readonly spans: (text: string) => readonly MatchSpan[];
};

export type MatchSpan = { readonly from: number; readonly to: number };

export type ParsedRegex =
  { readonly ok: true; readonly regex: LinearRegex } | { readonly ok: false; readonly message: string };

const LONGEST_SOURCE = 500;
/** Nobody looks for what stands further to the right. */
const LONGEST_MARKED = 1_000;
/** Remembered sets and what follows on each; then all are forgotten. */
const MOST_REMEMBERED = 20_000;

/** Case counts when the pattern holds a capital, as with vim's smartcase; `exact`: always. */
export function parseRegex(source: string, { exact = false } = {}): ParsedRegex {
  if (source.length > LONGEST_SOURCE) {
    return { ok: false, message: `a regular expression of more than ${LONGEST_SOURCE} characters` };
  }
  const flags = exact || /\p{Lu}/u.test(source) ? 'u' : 'iu';
  try {
    // The platform says what is wrong with it in words that people know; nothing is ever run with what it makes.
    const { source: sound } = new RegExp(source, flags);
    return { ok: true, regex: createLinearRegex(toSteps(sound, flags), flags) };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RegexError) return { ok: false, message: error.message };
    throw error;
  }
}

/** The text itself, wherever it stands, in upper or lower case unless it holds a capital. */
export function toTextRegex(text: string): LinearRegex {
  const exact = /\p{Lu}/u.test(text);
  const sought = exact ? text : text.toLowerCase();
  const inCase = (other: string) => (exact ? other : other.toLowerCase());
  return {
    test: (other) => inCase(other).includes(sought),
    spans: (other) => {
      const searched = inCase(other);
      // A letter whose other case is longer would shift all that follow.
      if (sought === '' || searched.length !== other.length) return [];
      const spans: MatchSpan[] = [];
      for (let at = searched.indexOf(sought); at >= 0 && at < LONGEST_MARKED;) {
        spans.push({ from: at, to: at + sought.length });
        at = searched.indexOf(sought, at + sought.length);
      }
      return spans;
    },
  };
}

/** What stands before the next character. */
type Before = 'start' | 'word' | 'other';

/** Steps that are waiting for the next character, before what leads on without one is followed. */
type State = {
  readonly waiting: readonly number[];
  readonly before: Before;
  readonly next: Map<string, State | true>;
  matchesAtEnd: boolean | null;
};

type Reached = { readonly taking: readonly number[]; readonly matched: boolean };

function createLinearRegex(steps: readonly Step[], flags: RegexFlags): LinearRegex {
  const word = new RegExp(String.raw`^\w$`, flags);
  const beforeOf = (char: string): Before => (word.test(char) ? 'word' : 'other');
  const reach = (from: readonly number[], before: Before, char: string | null): Reached =>
    reachFrom(steps, from, { before, after: char === null ? 'other' : beforeOf(char), atEnd: char === null });
  let states = new Map<string, State>();
  let remembered = 0;

  const stateOf = (waiting: readonly number[], before: Before): State => {
    const key = `${before}${waiting.join(',')}`;
    const known = states.get(key);
    if (known) return known;
    const state: State = { waiting, before, next: new Map(), matchesAtEnd: null };
    states.set(key, state);
    return state;
  };
  const advance = (state: State, char: string): State | true => {
    const { taking, matched } = reach(state.waiting, state.before, char);
    if (matched) return true;
    // A match may begin at every character.
    const waiting = new Set([0]);
    for (const at of taking) if (takes(steps[at], char)) waiting.add(at + 1);
    return stateOf(
      Array.from(waiting).toSorted((a, b) => a - b),
      beforeOf(char),
    );
  };

  const test = (text: string): boolean => {
    let state = stateOf([0], 'start');
    for (const char of text) {
      let next = state.next.get(char);
      if (next === undefined) {
        next = advance(state, char);
        state.next.set(char, next);
        remembered += 1;
      }
      if (remembered > MOST_REMEMBERED) {
        states = new Map();
        remembered = 0;
        if (next !== true) next = stateOf(next.waiting, next.before);
      }
      if (next === true) return true;
      state = next;
    }
    state.matchesAtEnd ??= reach(state.waiting, state.before, null).matched;
    return state.matchesAtEnd;
  };

  /** The first match in `chars` that begins at `from` or later, as long as it can be. */
  const spanFrom = (chars: readonly string[], from: number): MatchSpan | null => {
    let found: MatchSpan | null = null;
    let before: Before = from === 0 ? 'start' : beforeOf(chars[from - 1] ?? '');
    /** Where each way that is still open began: the earliest, where several come to one step. */
    let ways = new Map<number, number>();
    for (let at = from; at <= chars.length; at++) {
      const char = chars[at] ?? null;
      if (found === null && !ways.has(0)) ways.set(0, at);
      const next = new Map<number, number>();
      for (const [step, begun] of ways) {
        const { taking, matched } = reach([step], before, char);
        if (matched && (found === null || begun <= found.from)) found = { from: begun, to: at };
        for (const taken of taking) {
          if (char === null || !takes(steps[taken], char)) continue;
          next.set(taken + 1, Math.min(begun, next.get(taken + 1) ?? begun));
        }
      }
      const first = found?.from ?? Infinity;
      ways = new Map(Array.from(next).filter(([, begun]) => begun <= first));
      if (char === null || (found !== null && ways.size === 0)) break;
      before = beforeOf(char);
    }
    return found;
  };

  const spans = (text: string): readonly MatchSpan[] => {
    const chars = Array.from(text.slice(0, LONGEST_MARKED));
    const found: MatchSpan[] = [];
    for (let at = 0; at < chars.length;) {
      const span = spanFrom(chars, at);
      if (span === null) break;
      if (span.to > span.from) found.push(span);
      at = Math.max(span.to, at + 1);
    }
    return toUnits(found, chars);
  };
  return { test, spans };
}

/** From characters to UTF-16 units. */
function toUnits(spans: readonly MatchSpan[], chars: readonly string[]): readonly MatchSpan[] {
  const offsets = [0];
  for (const char of chars) offsets.push((offsets.at(-1) ?? 0) + char.length);
  return spans.map(({ from, to }) => ({ from: offsets[from] ?? 0, to: offsets[to] ?? 0 }));
}

type Place = { readonly before: Before; readonly after: Before; readonly atEnd: boolean };

/** The steps that take a character, and whether the pattern is fulfilled here. */
function reachFrom(steps: readonly Step[], from: readonly number[], place: Place): Reached {
  const seen = new Set<number>();
  const taking: number[] = [];
  let matched = false;
  const open = [...from];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const step = steps[at];
    if (seen.has(at) || !step) continue;
    seen.add(at);
    if (step.op === 'match') matched = true;
    else if (step.op === 'char') taking.push(at);
    else if (step.op === 'split') open.push(...step.to);
    else if (holds(step.what, place)) open.push(at + 1);
  }
  return { taking, matched };
}

function takes(step: Step | undefined, char: string): boolean {
  return step?.op === 'char' && step.test(char);
}

function holds(what: Assertion, { before, after, atEnd }: Place): boolean {
  switch (what) {
    case 'start':
      return before === 'start';
    case 'end':
      return atEnd;
    case 'edge':
      return (before === 'word') !== (after === 'word');
    case 'no-edge':
      return (before === 'word') === (after === 'word');
  }
}
