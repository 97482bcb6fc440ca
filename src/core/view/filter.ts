// The filter language of the lists: `web !cron state:fatal sup:lid* ~regex`. Every term must hold.
import { single } from 'fuzzysort';
import type { Pattern } from '../glob.ts';
import { isGlob, toLooseGlob } from '../glob.ts';
import { parseRegex } from '../regex/linear-regex.ts';
import type { Flapping, Supervisor } from '../model.ts';

export type FilterField = 'state' | 'sup' | 'group' | 'host' | 'name' | 'tag';

type TermBody =
  | { readonly kind: 'fuzzy'; readonly text: string }
  /** A plain part of the text: what `!word` takes away must not depend on how fuzzy a match may be. */
  | { readonly kind: 'part'; readonly text: string }
  | { readonly kind: 'glob'; readonly pattern: Pattern }
  | { readonly kind: 'field'; readonly field: FilterField; readonly patterns: readonly Pattern[] }
  | { readonly kind: 'regex'; readonly pattern: Pattern }
  | { readonly kind: 'flapping' };

export type FilterTerm = TermBody & { readonly exclude: boolean };

export type Filter = {
  readonly text: string;
  readonly terms: readonly FilterTerm[];
  /** What could not be understood; the rest of the filter holds all the same. */
  readonly errors: readonly string[];
};

const FIELDS: Readonly<Record<string, FilterField>> = {
  state: 'state',
  sup: 'sup',
  supervisor: 'sup',
  group: 'group',
  host: 'host',
  name: 'name',
  tag: 'tag',
};

export const EMPTY_FILTER: Filter = { text: '', terms: [], errors: [] };

/** Below this fuzzysort finds letters scattered at random. */
const LEAST_SCORE = 0.3;

/** Of a filter; also the address of the page may hold one, whoever wrote it. */
const LONGEST = 1_000;
/** Each is looked for in each process. */
const MOST_WORDS = 32;

export function parseFilter(text: string): Filter {
  const terms: FilterTerm[] = [];
  const errors: string[] = [];
  if (text.length > LONGEST) return { text: '', terms, errors: [`a filter of more than ${LONGEST} characters`] };
  const words = [...new Set(text.split(/\s+/u))];
  if (words.length > MOST_WORDS) errors.push(`more than ${MOST_WORDS} words`);
  for (const word of words.slice(0, MOST_WORDS)) {
    const exclude = word.startsWith('!');
    const body = exclude ? word.slice(1) : word;
    const term = parseTerm(body, exclude);
    if (typeof term === 'string') errors.push(term);
    else if (term !== null) terms.push({ ...term, exclude });
  }
  return { text, terms, errors };
}

/** Null: nothing is asked yet, as after `!` or `state:`. A string: why not. */
function parseTerm(body: string, exclude: boolean): TermBody | string | null {
  if (body === '' || body === '~') return null;
  if (body.startsWith('~')) return toRegexTerm(body.slice(1));
  const colon = body.indexOf(':');
  const field = FIELDS[body.slice(0, Math.max(0, colon)).toLowerCase()];
  if (field !== undefined) {
    const values = body
      .slice(colon + 1)
      .split(',')
      .filter((value) => value !== '');
    return values.length === 0 ? null : { kind: 'field', field, patterns: values.map(toLooseGlob) };
  }
  if (body.toLowerCase() === 'flapping') return { kind: 'flapping' };
  if (isGlob(body)) return { kind: 'glob', pattern: toLooseGlob(body) };
  return exclude ? { kind: 'part', text: body.toLowerCase() } : { kind: 'fuzzy', text: body };
}

function toRegexTerm(source: string): TermBody | string {
  const parsed = parseRegex(source);
  return parsed.ok ? { kind: 'regex', pattern: parsed.regex } : parsed.message;
}

/** What a filter looks at: a process, or anything else that can be told in its terms. */
export type Filterable = {
  readonly uid: string;
  readonly name: string;
  readonly group: string;
  readonly supervisor: string;
  readonly state: string;
  readonly flapping?: Flapping | null;
};

export type FilterableHost = Pick<Supervisor, 'host' | 'tags'>;

/** The match's score from 0 to 1 (1 when there is nothing to score), or null when it does not match. */
export type Matcher = (process: Filterable, supervisor: FilterableHost) => number | null;

/** Names repeat over thousands of processes: each text is scored once per word. Make a new one for each filter. */
export function createMatcher(filter: Filter): Matcher {
  const tests = filter.terms.map((term) => ({ exclude: term.exclude, score: createTermScorer(term) }));
  return (process, supervisor) => {
    let total = 0;
    for (const { exclude, score } of tests) {
      const found = score(process, supervisor);
      if (exclude === found > 0) return null;
      total += exclude ? 1 : found;
    }
    return tests.length === 0 ? 1 : total / tests.length;
  };
}

/** From 0 (no match) to 1. */
type TermScorer = (process: Filterable, supervisor: FilterableHost) => number;

function createTermScorer(term: FilterTerm): TermScorer {
  switch (term.kind) {
    case 'fuzzy': {
      const scores = new Map<string, number>();
      const scoreOf = (text: string): number => {
        const known = scores.get(text);
        if (known !== undefined) return known;
        const found = fuzzyScore(term.text, text);
        scores.set(text, found);
        return found;
      };
      // The name counts most; the others are looked at only when it does not match.
      return ({ name, group, supervisor }) =>
        scoreOf(name) || 0.9 * scoreOf(group) || 0.8 * scoreOf(supervisor) || wholeScore(term.text, group, name);
    }
    case 'part':
      return ({ name, group, supervisor }) =>
        Number(`${supervisor}:${group}:${name}`.toLowerCase().includes(term.text));
    case 'glob':
      return ({ name, group, supervisor, uid }) =>
        Number([name, group, supervisor, uid].some((text) => term.pattern.test(text)));
    case 'field':
      return (process, supervisor) =>
        Number(
          term.patterns.some((pattern) =>
            fieldTexts(term.field, process, supervisor).some((text) => pattern.test(text)),
          ),
        );
    case 'regex':
      return ({ uid }) => Number(term.pattern.test(uid));
    case 'flapping':
      return ({ flapping }) => Number(flapping !== null && flapping !== undefined);
  }
}

function fuzzyScore(word: string, text: string): number {
  const score = single(word, text)?.score ?? 0;
  return score >= LEAST_SCORE ? score : 0;
}

/** `group:name` as other tools write it, typed or pasted whole. */
function wholeScore(word: string, group: string, name: string): number {
  return word.includes(':') && `${group}:${name}`.includes(word) ? 1 : 0;
}

function fieldTexts(field: FilterField, process: Filterable, supervisor: FilterableHost): readonly string[] {
  switch (field) {
    case 'state':
      return [process.state];
    case 'sup':
      return [process.supervisor];
    case 'group':
      return [process.group];
    case 'host':
      return [supervisor.host];
    case 'name':
      return [process.name];
    case 'tag':
      return supervisor.tags;
  }
}

export type MatchedLetters = {
  readonly name: readonly number[];
  readonly group: readonly number[];
  readonly supervisor: readonly number[];
};

const NO_LETTERS: MatchedLetters = { name: [], group: [], supervisor: [] };

/** Which UTF-16 units of the names to highlight. For the rows on the screen only: it searches again. */
export function matchedLetters(filter: Filter, process: Filterable): MatchedLetters {
  let letters = NO_LETTERS;
  for (const term of filter.terms) {
    if (term.kind !== 'fuzzy' || term.exclude) continue;
    for (const field of ['name', 'group', 'supervisor'] as const) {
      const found = single(term.text, process[field]);
      if (found === null || found.score < LEAST_SCORE) continue;
      letters = { ...letters, [field]: [...letters[field], ...found.indexes] };
      break;
    }
  }
  return letters;
}
