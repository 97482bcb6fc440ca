import { loadSections, place } from './load-sections.ts';
import type { Section, Setting } from './load-sections.ts';
import { FLAPPING_RULE } from '../flapping.ts';
import { readAlerts } from './read-alerts.ts';
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
    flapping: {
      count: readCount(global?.settings.get('flapping_count'), FLAPPING_RULE.count, report),
      minutes: readCount(global?.settings.get('flapping_minutes'), FLAPPING_RULE.minutes, report),
    },
    alerts: readAlerts(sections, world, report),
    supervisors,
    keys: Object.fromEntries(keys),
  };
  return { config: broken() ? null : config, diagnostics: report.all() };
}

/** Large enough for anybody, and a whole number of anything. */
const MOST = 10_000;

function readCount(setting: Setting | undefined, otherwise: number, report: Report): number {
  if (!setting) return otherwise;
  const count = Number(setting.value);
  if (/^\d+$/u.test(setting.value) && count >= 1 && count <= MOST) return count;
  report.error(setting.origin, `"${setting.key}" is a whole number from 1 to ${MOST}, not "${setting.value}"`);
  return otherwise;
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
