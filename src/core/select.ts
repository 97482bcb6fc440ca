// Which processes a command line means. The grammar is in docs/cli.md.
import type { Pattern } from './glob.ts';
import { isGlob, toGlob } from './glob.ts';
import type { Process, Snapshot, Supervisor } from './model.ts';
import { isProcessState } from './process-state.ts';
import { allProcesses } from './engine/reduce.ts';

export type Selector =
  | { readonly kind: 'pattern'; readonly text: string; readonly negated: boolean }
  | { readonly kind: 'field'; readonly text: string; readonly field: SelectorField; readonly value: string };

export type SelectorField = 'state' | 'host' | 'group' | 'name' | 'sup' | 'tag' | 'flapping';

export type SelectorError = { readonly text: string; readonly message: string };

const FIELDS: Readonly<Record<string, SelectorField>> = {
  state: 'state',
  host: 'host',
  group: 'group',
  name: 'name',
  sup: 'sup',
  supervisor: 'sup',
  tag: 'tag',
  flapping: 'flapping',
};

/** Each is held against every process, as are the values of a field, between commas. */
const MOST_PATTERNS = 1_000;

/** All errors at once; selectors are usable only when there are none. */
export function parseSelectors(
  texts: readonly string[],
  most = MOST_PATTERNS,
): {
  readonly selectors: readonly Selector[];
  readonly errors: readonly SelectorError[];
} {
  const selectors: Selector[] = [];
  const errors: SelectorError[] = [];
  const count = texts.reduce((sum, text) => sum + text.split(',').length, 0);
  if (count > most) {
    const message = `${count} selectors are too many (${most}); use patterns`;
    return { selectors, errors: [{ text: `${(texts[0] ?? '').slice(0, 40)} …`, message }] };
  }
  for (const text of texts) {
    const negated = text.startsWith('!');
    const body = negated ? text.slice(1) : text;
    // Two of them make a name, such as `ca==t`: no value starts with one.
    const [, key, value] = /^([a-z]+)=(?!=)(.*)$/su.exec(body) ?? [];
    if (body === '') errors.push({ text, message: 'an empty selector; use * for everything' });
    else if (key === undefined || value === undefined) selectors.push({ kind: 'pattern', text: body, negated });
    else {
      const field = FIELDS[key];
      const message = negated ? 'a field cannot be negated; negate a pattern (!web*)' : checkField(field, key, value);
      if (message !== null || !field) errors.push({ text, message: message ?? '' });
      else selectors.push({ kind: 'field', text, field, value: field === 'state' ? value.toUpperCase() : value });
    }
  }
  return { selectors, errors };
}

function checkField(field: SelectorField | undefined, key: string, value: string): string | null {
  if (!field) return `unknown field "${key}"; known: ${Object.keys(FIELDS).join(', ')}`;
  if (value === '') return `"${key}=" needs a value`;
  if (field === 'flapping') return value === 'yes' || value === 'no' ? null : `"${key}=" is yes or no`;
  if (field !== 'state') return null;
  const unknown = value.split(',').find((state) => !isProcessState(state.toUpperCase()));
  return unknown === undefined
    ? null
    : `unknown state "${unknown}"; known: running, stopped, starting, backoff, stopping, exited, fatal, unknown`;
}

export type Selection = {
  /** In the order of the configuration and of supervisord. */
  readonly processes: readonly Process[];
  /** Patterns that no process matched, although everything that could answer did. */
  readonly unmatched: readonly string[];
  /** Supervisors that the selectors may be about, whether or not they answer. */
  readonly supervisors: readonly Supervisor[];
};

/** Patterns add up, negated ones take away, fields narrow; no pattern means everything. */
export function select(snapshot: Snapshot, selectors: readonly Selector[]): Selection {
  const patterns = selectors.filter((selector) => selector.kind === 'pattern');
  const fields = selectors.filter((selector) => selector.kind === 'field').map(toFieldTest);
  const wanted = patterns.filter((pattern) => !pattern.negated);
  const everything = allProcesses(snapshot);

  const hits = wanted.map(({ text }) => ({ text, processes: matchPattern(everything, text) }));
  const taken = new Set(
    patterns.filter((pattern) => pattern.negated).flatMap(({ text }) => matchPattern(everything, text)),
  );
  const chosen = wanted.length === 0 ? everything : everything.filter(inAny(hits.map((hit) => new Set(hit.processes))));
  const supervisors = [...snapshot.supervisors.values()].filter(
    (supervisor) =>
      (wanted.length === 0 || wanted.some(({ text }) => mayConcern(snapshot, supervisor, text))) &&
      fields.every((field) => concerns(supervisor, field)),
  );
  return {
    processes: chosen.filter((process) => !taken.has(process) && fieldsMatch(snapshot, process, fields)),
    unmatched: hits.filter((hit) => hit.processes.length === 0).map((hit) => hit.text),
    supervisors,
  };
}

function inAny(sets: readonly ReadonlySet<Process>[]): (process: Process) => boolean {
  return (process) => sets.some((set) => set.has(process));
}

function matchPattern(processes: readonly Process[], text: string): Process[] {
  // A name may look like a pattern (`a[b]c`): who bears it is meant before all that it would match.
  const exact = processes.filter(({ uid, supervisor, group, name }) =>
    [uid, name, `${group}:${name}`, `${supervisor}:${name}`].includes(text),
  );
  if (exact.length > 0 && isGlob(text) && text !== '*') return exact;
  for (const glob of toGlobs(text)) {
    const expression = toGlob(glob);
    const matched = processes.filter((process) => expression.test(process.uid));
    if (matched.length > 0) return matched;
  }
  return [];
}

/**
 * The readings of a pattern, the first that matches anything wins: multivisor's own rule, then `sup:` and `sup:group:`
 * prefixes, then `group:name` wherever it runs, which is how supervisorctl's users write it.
 */
function toGlobs(text: string): string[] {
  if (!text.includes(':') && !text.includes('*')) return [`*:${text}`];
  if (text.endsWith(':')) return [`${text}*`, `*:${text}*`];
  return [text, `*:${text}`];
}

/** A supervisor that does not answer has no processes to match; a pattern may still mean it. */
function mayConcern(snapshot: Snapshot, supervisor: Supervisor, text: string): boolean {
  const colon = text.indexOf(':');
  if (colon < 0 || text.startsWith('*')) return true;
  const head = toGlob(text.slice(0, colon));
  if (head.test(supervisor.name) || matchPattern([...supervisor.processes.values()], text).length > 0) return true;
  // `group:name`, of a supervisor that was never read: nobody knows whether it is there.
  const grouped = !text.includes(':', colon + 1) && ![...snapshot.supervisors.keys()].some((name) => head.test(name));
  return grouped && supervisor.link !== 'up' && supervisor.processes.size === 0;
}

type FieldTest = {
  readonly field: SelectorField;
  readonly values: readonly string[];
  readonly globs: readonly Pattern[];
};

function toFieldTest({ field, value }: Selector & { kind: 'field' }): FieldTest {
  const values = value.split(',');
  return { field, values, globs: values.map((glob) => toGlob(glob)) };
}

function concerns(supervisor: Supervisor, { field, values, globs }: FieldTest): boolean {
  if (field === 'sup') return globs.some((glob) => glob.test(supervisor.name));
  if (field === 'host') return globs.some((glob) => glob.test(supervisor.host));
  return field !== 'tag' || values.some((tag) => supervisor.tags.includes(tag));
}

function fieldsMatch(snapshot: Snapshot, process: Process, fields: readonly FieldTest[]): boolean {
  const supervisor = snapshot.supervisors.get(process.supervisor);
  return fields.every((wanted) => {
    switch (wanted.field) {
      case 'state':
        return wanted.values.includes(process.state);
      case 'group':
        return wanted.globs.some((glob) => glob.test(process.group));
      case 'name':
        return wanted.globs.some((glob) => glob.test(process.name));
      case 'flapping':
        return wanted.values.includes(process.flapping === null ? 'no' : 'yes');
      case 'sup':
      case 'host':
      case 'tag':
        return supervisor !== undefined && concerns(supervisor, wanted);
    }
  });
}
