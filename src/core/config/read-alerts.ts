// Who is told of what: [alert:NAME] and [heartbeat].
import { parseCondition } from '../alerts/condition.ts';
import type { Condition } from '../alerts/condition.ts';
import type { Target } from '../alerts/target.ts';
import { parseTarget, splitTargets } from '../alerts/target.ts';
import type { Template } from '../alerts/template.ts';
import { parseTemplate } from '../alerts/template.ts';
import { parseDuration } from '../duration.ts';
import type { Selector } from '../select.ts';
import { parseSelectors } from '../select.ts';
import { readSmtp } from './read-smtp.ts';
import type { AlertConfig, AlertsConfig, Heartbeat, SmtpConfig } from './alerts-config.ts';
import type { Section, Setting } from './load-sections.ts';
import { findSecret, readSecret } from './read-secret.ts';
import type { Report } from './report.ts';
import type { ConfigWorld } from './types.ts';

const HEARTBEAT_MS = 60_000;
const LEAST_HEARTBEAT_MS = 1_000;
/** Timers end at 2^31 ms, and what is told less often than each week is forgotten in between. */
const LONGEST_MS = 7 * 86_400_000;

export function readAlerts(sections: readonly Section[], world: ConfigWorld, report: Report): AlertsConfig {
  const ofKind = (kind: Section['kind']) => sections.filter((section) => section.kind === kind);
  const [smtp = null] = ofKind('smtp').map((section) => readSmtp(section, world, report));
  const rules = ofKind('alert').flatMap((section) => readAlert(section, { world, report, smtp }));
  const [heartbeat] = ofKind('heartbeat').map((section) => readHeartbeat(section, world, report));
  const [pageUrl] = ofKind('global').map((section) => readPageUrl(section, report));
  return { rules, heartbeat: heartbeat ?? null, pageUrl: pageUrl ?? null };
}

type Reading = { readonly world: ConfigWorld; readonly report: Report; readonly smtp: SmtpConfig | null };

function readAlert(section: Section, { world, report, smtp }: Reading): AlertConfig[] {
  const { name, origin, settings } = section;
  if (!/^[^\s:]+$/u.test(name)) {
    report.error(origin, 'an alert needs a name without spaces and ":"; write [alert:NAME]');
    return [];
  }
  const when = readConditions(section, report);
  const to = readTargets(section, world, report);
  const sendsMail = to.some(({ kind }) => kind === 'mail');
  if (sendsMail && smtp === null) {
    report.error((settings.get('to') ?? settings.get('to_file'))?.origin ?? origin, 'mail needs a section [smtp]');
  }
  return [
    {
      name,
      when,
      selectors: readSelectors(settings.get('selector'), report),
      forMs: readTime(settings.get('for'), report) ?? 0,
      repeatMs: readTime(settings.get('repeat'), report) || null,
      to,
      template: readTemplate(settings.get('template'), world, report),
      smtp: sendsMail ? smtp : null,
    },
  ];
}

function readConditions({ name, origin, settings }: Section, report: Report): readonly Condition[] {
  const setting = settings.get('when');
  const texts = wordsOf(setting);
  if (texts.length === 0) {
    report.error(setting?.origin ?? origin, `the alert "${name}" needs "when", such as: when = fatal, unreachable`);
  }
  const seen = new Set<string>();
  return texts.flatMap((text) => {
    const parsed = parseCondition(text);
    if (parsed.ok && !seen.has(text)) {
      seen.add(text);
      return [parsed.condition];
    }
    const message = parsed.ok ? `"${text}" is there twice` : parsed.message;
    report.error(setting?.origin ?? origin, message);
    return [];
  });
}

function readSelectors(setting: Setting | undefined, report: Report): readonly Selector[] {
  if (!setting) return [];
  const { selectors, errors } = parseSelectors(setting.value.split(/\s+/u).filter((text) => text !== ''));
  for (const { text, message } of errors) report.error(setting.origin, `"${text}": ${message}`);
  for (const selector of selectors) {
    const changes = selector.kind === 'field' && (selector.field === 'state' || selector.field === 'flapping');
    if (changes) report.error(setting.origin, `"${selector.text}": in which state it must be is what "when" says`);
  }
  return selectors;
}

function readTargets(section: Section, world: ConfigWorld, report: Report): readonly Target[] {
  const setting = findSecret(section, 'to', report);
  const text = setting && readSecret(setting, world, report);
  if (!setting || text === null) {
    const missing = !section.settings.has('to') && !section.settings.has('to_file');
    if (missing) report.error(section.origin, `the alert "${section.name}" needs "to", such as: to = https://…`);
    return [];
  }
  const words = splitTargets(text);
  if (words.length === 0) report.error(setting.origin, `"${setting.key}" names nobody to tell`);
  return words.flatMap((word, index) => {
    const parsed = parseTarget(word);
    if (parsed.ok) return [parsed.target];
    const which = words.length === 1 ? '' : `, of target ${index + 1}`;
    report.error(setting.origin, `"${setting.key}"${which}: ${parsed.message}`);
    return [];
  });
}

function readTemplate(setting: Setting | undefined, world: ConfigWorld, report: Report): Template | null {
  if (!setting) return null;
  const path = world.resolve(setting.value, setting.origin.file);
  const text = world.read(path, 'public');
  if (!text.ok) {
    report.error(setting.origin, `cannot read the template ${path}: ${text.message}`);
    return null;
  }
  const parsed = parseTemplate(text.text);
  if (parsed.ok) return parsed.template;
  report.error(setting.origin, `${path}: ${parsed.message}`);
  return null;
}

function readHeartbeat(section: Section, world: ConfigWorld, report: Report): Heartbeat | null {
  const { origin, settings } = section;
  const setting = findSecret(section, 'url', report);
  const text = setting && readSecret(setting, world, report);
  const every = readTime(settings.get('every'), report) ?? HEARTBEAT_MS;
  if (every < LEAST_HEARTBEAT_MS) report.error(settings.get('every')?.origin ?? origin, '"every" is 1s at least');
  if (text === null) {
    if (!settings.has('url') && !settings.has('url_file')) report.error(origin, '[heartbeat] needs a "url"');
    return null;
  }
  const parsed = parseTarget(text.trim());
  if (parsed.ok && parsed.target.kind === 'webhook') return { target: parsed.target, everyMs: every };
  report.error(setting?.origin ?? origin, 'the "url" of [heartbeat] is one of http:// or https://');
  return null;
}

function readPageUrl({ settings }: Section, report: Report): string | null {
  const setting = settings.get('page_url');
  if (!setting) return null;
  if (/^https?:\/\//u.test(setting.value) && URL.canParse(setting.value)) return setting.value.replace(/\/+$/u, '');
  report.error(setting.origin, '"page_url" is where people find the page, https://HOST/');
  return null;
}

/** Null when it is not there, or none (reported). */
function readTime(setting: Setting | undefined, report: Report): number | null {
  if (!setting) return null;
  const ms = parseDuration(setting.value);
  if (ms !== null && ms <= LONGEST_MS) return ms;
  report.error(setting.origin, `"${setting.key}" is a time up to 7d, such as 30s, 5m or 4h, not "${setting.value}"`);
  return null;
}

function wordsOf(setting: Setting | undefined): readonly string[] {
  return (setting?.value ?? '').split(/[\s,]+/u).filter((word) => word !== '');
}
