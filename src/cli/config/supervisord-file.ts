// A supervisord.conf as supervisor reads it (Python's RawConfigParser, not strict: sections and keys may repeat, the last
// one counts, [DEFAULT] holds for all), with what its [include] brings along.
import { dirname, isAbsolute, join, resolve } from 'node:path';
import type { IniSection } from '../../core/config/ini-lines.ts';
import { readIni } from '../../core/config/read-ini.ts';
import { expandPercent } from '../../bridge/project/supervisord-conf/expand-percent.ts';
import { listFiles } from './list-files.ts';
import { readText } from './read-text.ts';

export type SupervisordWorld = {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly hostName: string;
};

export type SupervisordFile = {
  /** In their order, those of included files last. */
  readonly sections: readonly string[];
  /** The line of a section in the file itself; 1 for one of an included file. */
  lineOf(section: string): number;
  /** As it is written; null when it is not there. */
  raw(section: string, key: string): string | null;
  /** Expanded; throws ValueProblem for what supervisor would refuse. `here` counts only where supervisor knows it. */
  value(section: string, key: string, knows?: 'here'): string | null;
};

/** A value that cannot be expanded: says which, and what is missing. */
export class ValueProblem extends Error {}

type Values = ReadonlyMap<string, string>;

export function readSupervisordFile(text: string, file: string, world: SupervisordWorld): SupervisordFile {
  const here = dirname(resolve(file));
  const own = readIni(text, { repeats: 'last' }).sections;
  const included = patternsOf(own, { here, world }).flatMap((pattern) => listFiles(pattern).flatMap(sectionsOf));
  const sections = new Map<string, Map<string, string>>();
  const defaults = new Map<string, string>();
  for (const { name, entries } of [...own, ...included]) {
    const into = name === 'DEFAULT' ? defaults : (sections.get(name) ?? new Map<string, string>());
    if (name !== 'DEFAULT') sections.set(name, into);
    for (const { key, value } of entries) into.set(key, value);
  }
  const raw = (section: string, key: string) => valueIn(sections.get(section), defaults, key);
  return {
    sections: [...sections.keys()],
    lineOf: (section) => own.find(({ name }) => name === section)?.line ?? 1,
    raw,
    value: (section, key, knows) => {
      const text = raw(section, key);
      const variables = { ...environmentOf(world), ...(knows === 'here' ? { here } : {}) };
      return text === null ? null : expand(text, variables, `${key} of [${section}]`);
    },
  };
}

/** A key of a section that is not there has no value, whatever [DEFAULT] says. */
function valueIn(section: Values | undefined, defaults: Values, key: string): string | null {
  return section === undefined ? null : (section.get(key) ?? defaults.get(key) ?? null);
}

function expand(text: string, variables: Readonly<Record<string, string>>, where: string): string {
  const expanded = expandPercent(text, variables);
  if (expanded !== null) return expanded;
  const names = [...text.matchAll(/%\(([^)]*)\)/gu)].map(([, name = '']) => name);
  const unknown = names.find((name) => !Object.hasOwn(variables, name));
  if (unknown === undefined) throw new ValueProblem(`${where}: a lone % is written %%`);
  const next = unknown.startsWith('ENV_')
    ? `set ${unknown.slice(4)} in the environment`
    : 'supervisor does not know it there';
  throw new ValueProblem(`${where} uses %(${unknown})s, which is not set: ${next}`);
}

function environmentOf({ env }: SupervisordWorld): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[`ENV_${name}`, value]])),
  );
}

type IncludeContext = { readonly here: string; readonly world: SupervisordWorld };

function patternsOf(sections: readonly IniSection[], { here, world }: IncludeContext): readonly string[] {
  const files = sections.find(({ name }) => name === 'include')?.entries.find(({ key }) => key === 'files')?.value;
  if (files === undefined) return [];
  const variables = { ...environmentOf(world), here, host_node_name: world.hostName };
  return expand(files, variables, 'files of [include]')
    .split(/\s+/u)
    .filter((pattern) => pattern !== '')
    .map((pattern) => (isAbsolute(pattern) ? pattern : join(here, pattern)));
}

/** supervisorctl itself includes nothing. What cannot be read is supervisord's to complain about: what it listens on stands elsewhere then. */
function sectionsOf(path: string): readonly IniSection[] {
  const text = readText(path);
  const sections = text.ok ? readIni(text.text, { repeats: 'last' }).sections : [];
  return sections.filter(({ name }) => name !== 'supervisorctl');
}
