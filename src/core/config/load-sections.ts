// A file and all that it includes, as one list of sections with the environment filled in.
import { isGlob } from '../glob.ts';
import { expandEnv } from './expand-env.ts';
import type { IniEntry, IniSection } from './ini-lines.ts';
import { didYouMean } from './nearest.ts';
import { readAsOriginal, usedNames } from './original-dialect.ts';
import { readIni } from './read-ini.ts';
import type { Report } from './report.ts';
import type { ConfigSource, ConfigWorld, Origin } from './types.ts';

export type Setting = { readonly key: string; readonly value: string; readonly origin: Origin };

export type SectionKind = 'global' | 'supervisor' | 'keys' | 'user' | 'token' | 'alert' | 'heartbeat' | 'smtp';

export type Section = {
  readonly kind: SectionKind;
  /** What stands after the colon; '' where there is none. */
  readonly name: string;
  readonly origin: Origin;
  readonly settings: ReadonlyMap<string, Setting>;
};

const KNOWN_KEYS: Readonly<Record<SectionKind | 'include', readonly string[] | null>> = {
  global: [
    'name',
    'username',
    'password',
    'password_file',
    'audit_required',
    'flapping_count',
    'flapping_minutes',
    'page_url',
  ],
  supervisor: [
    'url',
    'project',
    'username',
    'password',
    'password_file',
    'token',
    'token_file',
    'read_only',
    'protected',
    'tags',
  ],
  include: ['files'],
  user: ['password', 'password_file', 'role', 'supervisors'],
  token: ['hash', 'role', 'supervisors'],
  alert: ['when', 'selector', 'for', 'to', 'to_file', 'repeat', 'template'],
  heartbeat: ['url', 'url_file', 'every'],
  smtp: ['url', 'password', 'password_file', 'from'],
  // Actions are the terminal interface's own.
  keys: null,
};
const PLAIN_KINDS = ['global', 'include', 'keys', 'heartbeat', 'smtp'] as const;
const NAMED_KINDS = ['supervisor', 'user', 'token', 'alert'] as const;
const FILE_LIMIT = 1_000;

export function loadSections(source: ConfigSource, world: ConfigWorld, report: Report): readonly Section[] {
  const sections: Section[] = [];
  const seen = new Set([world.resolve(source.file, source.file)]);
  const queue: ConfigSource[] = [source];
  for (let file = queue.shift(); file; file = queue.shift()) {
    const { file: path } = file;
    const { sections: parsed, problems } = readIni(file.text);
    problems.forEach(({ line, message }) => report.error({ file: path, line }, message));
    if (isSupervisordFile(parsed)) {
      report.error({ file: path, line: 1 }, 'this is a configuration of supervisord; multivisor needs its own file');
      continue;
    }
    const defaults = parsed.find((section) => section.name === 'DEFAULT')?.entries ?? [];
    for (const section of parsed) {
      const loaded = loadSection(section, { file: path, defaults, env: world.env, report });
      if (loaded?.kind === 'include') {
        for (const each of include(loaded.settings, { world, report, from: path, seen })) queue.push(each);
      } else if (loaded) sections.push({ ...loaded, kind: loaded.kind });
    }
  }
  refuseRepeated(sections, report);
  return sections;
}

function isSupervisordFile(sections: readonly IniSection[]): boolean {
  const names = sections.map((section) => section.name);
  const ours = names.some((name) => name === 'global' || name.startsWith('supervisor:'));
  return !ours && names.some((name) => name === 'supervisord' || name === 'supervisorctl');
}

type LoadContext = {
  readonly file: string;
  readonly defaults: readonly IniEntry[];
  readonly env: ConfigWorld['env'];
  readonly report: Report;
};

type Loaded = Omit<Section, 'kind'> & { readonly kind: SectionKind | 'include' };

function loadSection(section: IniSection, context: LoadContext): Loaded | null {
  const { file, report } = context;
  const origin = { file, line: section.line };
  if (section.name === 'DEFAULT') return null;
  const { kind, name } = splitName(section.name);
  if (kind === null) {
    const [head = ''] = section.name.split(':');
    const forms = [...PLAIN_KINDS.map((kind) => `[${kind}]`), ...NAMED_KINDS.map((kind) => `[${kind}:NAME]`)];
    const hint = didYouMean(head, [...PLAIN_KINDS, ...NAMED_KINDS]) || `; known: ${forms.join(', ')}`;
    report.warning(origin, `section [${section.name}] is not known and not used${hint}`);
    return null;
  }
  const known = KNOWN_KEYS[kind];
  const settings = new Map<string, Setting>();
  const used = usedNames(section);
  const add = (entry: IniEntry) => {
    const setting = readEntry(entry, { ...context, section });
    if (setting) settings.set(entry.key, setting);
  };
  // A default meant for one kind of section is no mistake in the others.
  context.defaults.filter(({ key }) => known?.includes(key)).forEach(add);
  for (const entry of section.entries) {
    if (known === null || known.includes(entry.key)) add(entry);
    else if (!used.has(entry.key)) {
      const hint = didYouMean(entry.key, known) || `; known: ${known.join(', ')}`;
      report.warning({ file, line: entry.line }, `key "${entry.key}" of [${section.name}] is not known${hint}`);
    }
  }
  return { kind, name, origin, settings };
}

function splitName(text: string): { readonly kind: SectionKind | 'include' | null; readonly name: string } {
  const plain = PLAIN_KINDS.find((kind) => kind === text);
  if (plain !== undefined) return { kind: plain, name: '' };
  const colon = text.indexOf(':');
  const head = text.slice(0, Math.max(0, colon));
  return { kind: NAMED_KINDS.find((kind) => kind === head) ?? null, name: text.slice(colon + 1).trim() };
}

type EntryContext = LoadContext & { readonly section: IniSection };

function readEntry(entry: IniEntry, { file, env, report, ...dialect }: EntryContext): Setting | null {
  const { key, line } = entry;
  const origin = { file, line };
  const reading = readAsOriginal(entry, dialect);
  if (reading.warning !== null) report.warning(origin, reading.warning);
  if (reading.error !== null) {
    report.error(origin, reading.error);
    return null;
  }
  const expanded = expandEnv(reading.value, env);
  if (expanded.ok) return { key, value: expanded.value, origin };
  for (const name of expanded.missing) {
    const next = `set it, or write \${${name}:-default}`;
    report.error(origin, `the environment variable ${name} of "${key}" is not set; ${next}`);
  }
  return null;
}

type IncludeContext = {
  readonly world: ConfigWorld;
  readonly report: Report;
  readonly from: string;
  /** Absolute paths of what is read already: an include may name its own file. */
  readonly seen: Set<string>;
};

function include(settings: Section['settings'], { world, report, from, seen }: IncludeContext): ConfigSource[] {
  const files = settings.get('files');
  if (!files) return [];
  const sources: ConfigSource[] = [];
  for (const pattern of files.value.split(/\s+/u).filter((text) => text !== '')) {
    const path = world.resolve(pattern, from);
    const paths = isGlob(path) ? world.list(path) : [path];
    if (paths.length === 0) report.warning(files.origin, `no file matches ${path}`);
    for (const found of paths.filter((path) => !seen.has(path))) {
      seen.add(found);
      const text = world.read(found);
      if (seen.size > FILE_LIMIT) report.error(files.origin, `more than ${FILE_LIMIT} files are included`);
      else if (text.ok) sources.push({ file: found, text: text.text });
      else report.error(files.origin, `cannot include ${found}: ${text.message}`);
    }
  }
  return sources;
}

/** Within one file the reader has found them; over several files only here. */
function refuseRepeated(sections: readonly Section[], report: Report): void {
  const first = new Map<string, Section>();
  for (const section of sections) {
    const key = `${section.kind}:${section.name}`;
    const known = first.get(key);
    if (!known) first.set(key, section);
    else if (section.kind !== 'supervisor') {
      const label = section.name === '' ? section.kind : key;
      report.error(section.origin, `section [${label}] is already there at ${place(known.origin)}; join the two`);
    }
  }
}

export function place({ file, line }: Origin): string {
  return `${file}:${line}`;
}
