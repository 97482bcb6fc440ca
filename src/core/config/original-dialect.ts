// The configuration of the Python multivisor is read by Python's ConfigParser: `%%` is a percent sign, `%(name)s` another
// key of the section or of [DEFAULT], and `;` and `#` inside a value are a part of it. Ours has comments there, as
// supervisord's files have. Where a value uses what only the original knows, it means what it means there.
import type { IniEntry, IniSection } from './ini-lines.ts';

/** A login goes on behind what would be a comment elsewhere; anything else of the original's is nothing with one in it. */
const WHOLE_KEYS: ReadonlySet<string> = new Set(['username', 'password']);
/** All that the original knows. */
const ORIGINAL = /^(?:global$|supervisor:)/u;
const MOST_DEPTH = 10;

export type DialectReading = {
  readonly value: string;
  /** Where the two readings differ: which was taken; null when they do not. */
  readonly warning: string | null;
  readonly error: string | null;
};

export type DialectContext = { readonly section: IniSection; readonly defaults: readonly IniEntry[] };

export function readAsOriginal(entry: IniEntry, context: DialectContext): DialectReading {
  const { key } = entry;
  if (!ORIGINAL.test(context.section.name)) return { value: entry.value, warning: null, error: null };
  const isWhole = WHOLE_KEYS.has(key);
  const text = isWhole ? entry.whole : entry.value;
  const commentWarning = entry.whole === entry.value ? null : tellComment(key, isWhole);
  if (!/%[%(]/u.test(text) || hasLonePercent(text)) return { value: text, warning: commentWarning, error: null };
  const unknown: string[] = [];
  const value = interpolate(text, { ...context, unknown, depth: 0 });
  const [name] = unknown;
  if (name !== undefined) {
    const error = `"${key}" uses %(${name})s, and there is no key "${name}" in its section or in [DEFAULT]; %% is a percent sign`;
    return { value: text, warning: null, error };
  }
  const percentWarning = text.includes('%%')
    ? `"%%" in "${key}" is read as one %, as the Python multivisor does`
    : null;
  return { value, warning: commentWarning ?? percentWarning, error: null };
}

/** Names of keys that other values use: no mistake, whatever they are called. */
export function usedNames(section: IniSection): ReadonlySet<string> {
  const texts = section.entries.map(({ whole }) => whole);
  return new Set(texts.flatMap((text) => Array.from(text.matchAll(REFERENCE), ([, name = '']) => name.toLowerCase())));
}

const REFERENCE = /%\(([^)]*)\)s/gu;
const TOKEN = /%%|%\(([^)]*)\)s/gu;

/** ConfigParser refuses it, so no file of the original has it; ours does, in a percent-encoded login of a url. */
function hasLonePercent(text: string): boolean {
  return text.replace(TOKEN, '').includes('%');
}

type Interpolation = DialectContext & { readonly unknown: string[]; readonly depth: number };

function interpolate(text: string, context: Interpolation): string {
  return text.replace(TOKEN, (_, name?: string) => {
    if (name === undefined) return '%';
    const key = name.toLowerCase();
    const entries = [...context.section.entries, ...context.defaults];
    const found = entries.find((entry) => entry.key === key);
    if (found === undefined || context.depth >= MOST_DEPTH) {
      context.unknown.push(name);
      return '';
    }
    return interpolate(found.whole, { ...context, depth: context.depth + 1 });
  });
}

function tellComment(key: string, isWhole: boolean): string {
  return isWhole
    ? `what follows white space and ; or # in "${key}" is part of it, as in the Python multivisor; a comment has a line of its own`
    : `what follows white space and ; or # in "${key}" is a comment here, and part of the value in the Python multivisor; give it a line of its own`;
}
