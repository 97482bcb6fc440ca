// Variables of `.env` → the `environment` of each program, so that `update` sees which programs a change concerns.
import type { Merged, ConfOrigin, ConfSetting } from '../supervisord-conf/layers.ts';
import { READINESS } from '../order/order-plan.ts';
import { escapePercent } from '../supervisord-conf/quote-argument.ts';
import type { DotEnv } from './dot-env.ts';

/** `\s` is not all that Python takes for white space. */
const BREAKING = new RegExp(String.raw`^['"]|['"]$|[\s\u001c-\u001f\u0085][;#]|[\r\n\u2028\u2029]`, 'u');

/** Programs of ours, whose environment is none of the project's. */
const OURS: ReadonlySet<string> = new Set(['program:autoreload', `program:${READINESS}`]);

export type WithVariables = {
  readonly merged: Merged;
  /** Those that `environment` has no way to write: supervisord itself has to have them. */
  readonly rest: Readonly<Record<string, string>>;
};

/** What a program's own `environment` says, wins. */
export function addVariables(merged: Merged, { file, variables }: DotEnv): WithVariables {
  const all = Object.entries(variables);
  const written = all.flatMap(([name, value]) => toAssignment(name, value) ?? []).join(',');
  const rest = Object.fromEntries(all.filter(([name, value]) => toAssignment(name, value) === null));
  if (written === '') return { merged, rest };
  const from: ConfOrigin = { via: 'file', file, line: null, detail: '' };
  const complete = Array.from(merged, ([name, settings]): [string, ReadonlyMap<string, ConfSetting>] => {
    if (!/^(?:program|fcgi-program|eventlistener):/u.test(name) || OURS.has(name)) {
      return [name, settings];
    }
    const own = settings.get('environment');
    const value = own === undefined || own.value.trim() === '' ? written : `${written},${own.value}`;
    return [name, new Map(settings).set('environment', { value, origin: own?.origin ?? from })];
  });
  return { merged: new Map(complete), rest };
}

/** Null for what supervisord's reader of `environment` has no way to write. */
function toAssignment(name: string, value: string): string | null {
  const quote = value.includes('"') ? "'" : '"';
  // It strips all quotes from both ends, and the file's own reader takes ` ;` for a comment.
  if (value.includes(quote) || BREAKING.test(value) || !/^[A-Za-z_]\w*$/u.test(name)) return null;
  return `${name}=${quote}${escapePercent(value)}${quote}`;
}
