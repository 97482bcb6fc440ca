import { loadSections, place } from './load-sections.ts';
import type { Section } from './load-sections.ts';
import { readAccounts } from './read-accounts.ts';
import { readBoolean, readSupervisors } from './read-supervisors.ts';
import type { Report } from './report.ts';
import { createReport } from './report.ts';
import type { ConfigResult, ConfigSource, ConfigWorld, SupervisorConfig } from './types.ts';

const DEFAULT_NAME = 'multivisor';

/** Text → configuration, or everything that is wrong with it. No message and no `url` holds a secret. */
export function parseConfig(source: ConfigSource, world: ConfigWorld): ConfigResult {
  const report = createReport();
  const sections = loadSections(source, world, report);
  const global = sections.find((section) => section.kind === 'global');
  const accounts = readAccounts(sections, world, report);
  const named = sections.filter((section) => section.kind === 'supervisor');
  const supervisors = named.flatMap((section) => readSupervisors(section, world, report));
  refuseRepeated(supervisors, report);
  const keys = sections.filter((section) => section.kind === 'keys').flatMap((section) => readKeys(section, report));

  const broken = () => report.all().some(({ severity }) => severity === 'error');
  if (named.length === 0 && !broken()) {
    report.error({ file: source.file, line: 1 }, 'no supervisor is configured; add a section [supervisor:NAME]');
  }
  const name = global?.settings.get('name')?.value ?? '';
  const config = {
    name: name === '' ? DEFAULT_NAME : name,
    accounts,
    auditRequired: readBoolean(global?.settings.get('audit_required'), report),
    supervisors,
    keys: Object.fromEntries(keys),
  };
  return { config: broken() ? null : config, diagnostics: report.all() };
}

function readKeys({ settings }: Section, report: Report): [string, string][] {
  return Array.from(settings.values()).flatMap(({ key, value, origin }): [string, string][] => {
    if (value !== '') return [[key, value]];
    report.error(origin, `the action "${key}" has no key; ; and # after white space begin a comment`);
    return [];
  });
}

function refuseRepeated(supervisors: readonly SupervisorConfig[], report: Report): void {
  const first = new Map<string, SupervisorConfig>();
  for (const supervisor of supervisors) {
    const { name, origin } = supervisor;
    const known = first.get(name);
    if (known) report.error(origin, `supervisor "${name}" is already there at ${place(known.origin)}; rename one`);
    else first.set(name, supervisor);
  }
}
