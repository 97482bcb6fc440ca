// Shell globs without regular expressions, whose time may double with each star: two indices walk over pattern and text.

/** What tells whether a text is meant: a glob, or a regular expression. */
export type Pattern = { readonly test: (text: string) => boolean };

/** Longer ones name nothing. No name is as long, and the work for each text grows with its pattern. */
const LONGEST_GLOB = 1024;

type Token =
  | { readonly kind: 'star' | 'any' }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'class'; readonly negated: boolean; readonly ranges: readonly Range[] };

type Range = { readonly from: number; readonly to: number };

/** Shell glob (`* ? [abc] [!abc]`) over the whole text, case-sensitive; `*` crosses colons, as in multivisor. */
export function toGlob(glob: string): Pattern {
  if (glob.length > LONGEST_GLOB) return { test: () => false };
  const tokens = toTokens(glob);
  const [first] = tokens;
  if (tokens.length === 1 && first?.kind === 'text') return { test: (text) => text === first.text };
  return { test: (text) => matchesAll(tokens, text) };
}

/** The same for people who look for something: case does not count. */
export function toLooseGlob(glob: string): Pattern {
  const { test } = toGlob(glob.toLowerCase());
  return { test: (text) => test(text.toLowerCase()) };
}

export function isGlob(text: string): boolean {
  return /[*?[]/.test(text);
}

/** Only the last star is ever gone back to: what the ones before it took was enough for what stands between them. */
function matchesAll(tokens: readonly Token[], text: string): boolean {
  let at = 0;
  let next = 0;
  let star = -1;
  let starAt = 0;
  while (at < text.length || next < tokens.length) {
    const token = tokens[next];
    if (token?.kind === 'star') {
      star = next;
      starAt = at;
      next += 1;
      if (next === tokens.length) return true;
      continue;
    }
    const length = token ? lengthAt(token, text, at) : -1;
    if (length >= 0) {
      at += length;
      next += 1;
    } else {
      if (star < 0 || starAt >= text.length) return false;
      starAt += unitsAt(text, starAt);
      at = starAt;
      next = star + 1;
    }
  }
  return true;
}

/** How much of the text the token takes here; -1 when it does not match. */
function lengthAt(token: Token, text: string, at: number): number {
  if (token.kind === 'text') return text.startsWith(token.text, at) ? token.text.length : -1;
  const code = text.codePointAt(at);
  if (code === undefined) return -1;
  const taken = token.kind === 'class' ? token.ranges.some(({ from, to }) => code >= from && code <= to) : true;
  return taken === (token.kind === 'class' && token.negated) ? -1 : unitsAt(text, at);
}

function unitsAt(text: string, at: number): number {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}

function toTokens(glob: string): Token[] {
  const tokens: Token[] = [];
  let literal = '';
  const flush = () => {
    if (literal !== '') tokens.push({ kind: 'text', text: literal });
    literal = '';
  };
  for (let i = 0; i < glob.length; i++) {
    const char = glob.charAt(i);
    const close = char === '[' ? glob.indexOf(']', i + 2) : -1;
    const set = close > 0 ? toClass(glob.slice(i + 1, close)) : null;
    if (char === '*' || char === '?' || set) flush();
    if (char === '*') {
      if (tokens.at(-1)?.kind !== 'star') tokens.push({ kind: 'star' });
    } else if (char === '?') tokens.push({ kind: 'any' });
    else if (set) {
      tokens.push(set);
      i = close;
    } else if (close > 0) {
      literal += glob.slice(i, close + 1);
      i = close;
    } else literal += char;
  }
  flush();
  return tokens;
}

/** Null for a class that makes no sense, such as [z-a]: it stands for itself, as what people type must not throw. */
function toClass(inside: string): Token | null {
  const negated = inside.startsWith('!') || inside.startsWith('^');
  const members = Array.from(negated ? inside.slice(1) : inside, (char) => char.codePointAt(0) ?? 0);
  const ranges: Range[] = [];
  for (let i = 0; i < members.length; i++) {
    const from = members[i] ?? 0;
    const to = members[i + 1] === HYPHEN ? members[i + 2] : undefined;
    if (to === undefined) ranges.push({ from, to: from });
    else {
      if (to < from) return null;
      ranges.push({ from, to });
      i += 2;
    }
  }
  return { kind: 'class', negated, ranges };
}

const HYPHEN = 0x2d;
