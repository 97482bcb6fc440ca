// A regular expression as JavaScript has it (with the flag `u`) -> steps for linear-regex.ts. What stands for one character
// is left to the engine of the platform, which takes a fixed time for it; all that could make it try again and again is ours.

export type Step =
  | { readonly op: 'char'; readonly test: (char: string) => boolean }
  /** Goes on at each of these. */
  | { readonly op: 'split'; readonly to: readonly number[] }
  | { readonly op: 'assert'; readonly what: Assertion }
  | { readonly op: 'match' };

export type Assertion = 'start' | 'end' | 'edge' | 'no-edge';

export type RegexFlags = 'u' | 'iu';

/** What this engine does not have, or does not take: the message is for people. */
export class RegexError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'RegexError';
  }
}

const MOST_STEPS = 500;

type Node =
  | { readonly kind: 'char'; readonly atom: string }
  | { readonly kind: 'assert'; readonly what: Assertion }
  | { readonly kind: 'all' | 'any'; readonly of: readonly Node[] }
  | { readonly kind: 'repeat'; readonly of: Node; readonly least: number; readonly most: number };

/** `source` is one that the platform takes; throws RegexError for what cannot be had in linear time. */
export function toSteps(source: string, flags: RegexFlags): readonly Step[] {
  return compile(parse(source), flags);
}

const QUANTIFIER = /(?:([*+?])|\{(\d+)(,?)(\d*)\})\??/uy;
const GROUP = /\((\?(?::|<(?![=!])[^>]*>))?/uy;
const ATOM =
  /\\(?:u\{[\da-f]+\}|ud[89ab][\da-f]{2}\\ud[c-f][\da-f]{2}|u[\da-f]{4}|x[\da-f]{2}|c[a-z]|p\{[^}]*\}|.)|\[(?:\\.|[^\\\]])*\]|./isuy;
const ASSERTIONS: Readonly<Record<string, Assertion>> = {
  '^': 'start',
  $: 'end',
  [String.raw`\b`]: 'edge',
  [String.raw`\B`]: 'no-edge',
};

function parse(source: string): Node {
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(source);
    if (found) at = pattern.lastIndex;
    return found;
  };
  const alternatives = (): Node => {
    const of = [sequence()];
    while (source[at] === '|') {
      at += 1;
      of.push(sequence());
    }
    return { kind: 'any', of };
  };
  const sequence = (): Node => {
    const of: Node[] = [];
    while (at < source.length && source[at] !== '|' && source[at] !== ')') of.push(quantified(single()));
    return { kind: 'all', of };
  };
  const single = (): Node => {
    if (source[at] !== '(') {
      const atom = take(ATOM)?.[0] ?? '';
      const what = ASSERTIONS[atom];
      if (what !== undefined) return { kind: 'assert', what };
      if (/^\\[1-9k]/u.test(atom)) throw new RegexError('a reference back to a group cannot be had in bounded time');
      return { kind: 'char', atom };
    }
    take(GROUP);
    if (source[at] === '?') throw new RegexError('a look ahead or behind cannot be had in bounded time');
    const inside = alternatives();
    at += 1;
    return inside;
  };
  const quantified = (of: Node): Node => {
    const [found, sign, least = '0', comma, most] = take(QUANTIFIER) ?? [];
    if (found === undefined) return of;
    if (sign !== undefined)
      return { kind: 'repeat', of, least: sign === '+' ? 1 : 0, most: sign === '?' ? 1 : Infinity };
    return { kind: 'repeat', of, least: Number(least), most: most ? Number(most) : comma ? Infinity : Number(least) };
  };
  return alternatives();
}

function compile(root: Node, flags: RegexFlags): readonly Step[] {
  const steps: (Step | null)[] = [];
  const tests = new Map<string, (char: string) => boolean>();
  const testOf = (atom: string) => {
    const expression = new RegExp(`^(?:${atom})$`, flags);
    const test = tests.get(atom) ?? ((char: string) => expression.test(char));
    tests.set(atom, test);
    return test;
  };
  const add = (step: Step | null): number => {
    if (steps.length >= MOST_STEPS) throw new RegexError(`it comes to more than ${MOST_STEPS} steps`);
    return steps.push(step) - 1;
  };
  const emit = (node: Node): void => {
    switch (node.kind) {
      case 'char':
        add({ op: 'char', test: testOf(node.atom) });
        return;
      case 'assert':
        add({ op: 'assert', what: node.what });
        return;
      case 'all':
        node.of.forEach(emit);
        return;
      case 'any':
        emitAny(node.of);
        return;
      case 'repeat':
        emitRepeat(node);
    }
  };
  const emitAny = (of: readonly Node[]): void => {
    const fork = add(null);
    const starts: number[] = [];
    const ends = of.map((node) => {
      starts.push(steps.length);
      emit(node);
      return add(null);
    });
    steps[fork] = { op: 'split', to: starts };
    for (const end of ends) steps[end] = { op: 'split', to: [steps.length] };
  };
  const emitRepeat = ({ of, least, most }: Extract<Node, { kind: 'repeat' }>): void => {
    for (let i = 0; i < least; i++) {
      emit(of);
      // What is empty stays empty, however often it is repeated.
      if (of.kind === 'all' && of.of.length === 0) break;
    }
    if (most === Infinity) {
      const fork = add(null);
      emit(of);
      add({ op: 'split', to: [fork] });
      steps[fork] = { op: 'split', to: [fork + 1, steps.length] };
      return;
    }
    const forks: number[] = [];
    for (let i = least; i < most; i++) {
      forks.push(add(null));
      emit(of);
    }
    for (const fork of forks) steps[fork] = { op: 'split', to: [fork + 1, steps.length] };
  };
  emit(root);
  add({ op: 'match' });
  return steps.flatMap((step) => step ?? []);
}
