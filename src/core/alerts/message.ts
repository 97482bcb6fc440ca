// What a receiver is told, whatever the way: one object, and the same in words.
import type { LastWords, Process, Snapshot } from '../model.ts';
import { escapeText } from '../view/escape.ts';
import { formatAge } from '../view/text.ts';
import type { Incident, IncidentEnd, Announcement } from './incident.ts';
import type { TemplateField } from './template.ts';

export type ToldIncident = {
  readonly id: string;
  readonly cause: string;
  readonly supervisor: string;
  readonly host: string;
  /** Null: the supervisor itself. */
  readonly process: string | null;
  readonly state: string | null;
  readonly since: string;
  readonly why: string;
  readonly lastWords: readonly string[];
  /** How often it happened while this was open. */
  readonly times: number;
  /** Since we watch. */
  readonly restarts: number;
  readonly end: IncidentEnd | null;
  readonly lengthSeconds: number | null;
};

export type AlertMessage = {
  readonly schema: 'multivisor.alert/v1';
  readonly kind: Announcement['kind'] | 'test';
  /** Of the installation. */
  readonly name: string;
  readonly alert: string;
  /** The same for all that is told of one incident or storm. */
  readonly id: string;
  readonly at: string;
  readonly title: string;
  readonly text: string;
  readonly link: string;
  readonly count: number;
  readonly incidents: readonly ToldIncident[];
};

/** A storm is told as a list, and a list ends. */
const LISTED = 50;
const LAST_WORDS = 10;

export type MessageWorld = {
  readonly snapshot: Snapshot;
  readonly now: number;
  readonly pageUrl: string;
  readonly lastWords: (uid: string) => LastWords | null;
};

export function toMessage({ kind, alert, id, incidents }: Announcement, world: MessageWorld): AlertMessage {
  const told = incidents.map((incident) => toToldIncident(incident, world));
  const { name } = world.snapshot;
  const [first] = told;
  const link = first && incidents.length === 1 ? linkOf(first, world) : `${world.pageUrl}/#problems=1`;
  const title = `[${escapeText(name)}] ${titleOf(kind, incidents)}`;
  return {
    schema: 'multivisor.alert/v1',
    kind,
    name,
    alert,
    id,
    at: new Date(world.now).toISOString(),
    title,
    text: textOf(told, incidents.length, link),
    link,
    count: incidents.length,
    incidents: told,
  };
}

/** What `alert test` sends. */
export function toTestMessage(
  alert: string,
  { snapshot, now, pageUrl }: Omit<MessageWorld, 'lastWords'>,
): AlertMessage {
  const { name } = snapshot;
  return {
    schema: 'multivisor.alert/v1',
    kind: 'test',
    name,
    alert,
    id: 'test',
    at: new Date(now).toISOString(),
    title: `[${escapeText(name)}] test of the alert ${alert}`,
    text: `This is how the alert "${alert}" reaches you. Nothing is wrong.\n${pageUrl}/`,
    link: `${pageUrl}/`,
    count: 0,
    incidents: [],
  };
}

export function toTemplateFields(message: AlertMessage): Readonly<Record<TemplateField, string>> {
  const { kind, alert, title, text, count, link, incidents } = message;
  const [first] = incidents;
  const length = first?.lengthSeconds ?? null;
  return {
    kind,
    alert,
    title,
    text,
    cause: first?.cause ?? '',
    supervisor: first?.supervisor ?? '',
    process: first?.process ?? '',
    since: first?.since ?? '',
    why: first?.why ?? '',
    length: length === null ? '' : formatAge(length * 1_000),
    count: String(count),
    link,
  };
}

function toToldIncident(incident: Incident, { snapshot, lastWords }: MessageWorld): ToldIncident {
  const { id, cause, supervisor, uid, since, why, times, end, lengthMs } = incident;
  const host = snapshot.supervisors.get(supervisor);
  const process: Process | undefined = uid === null ? undefined : host?.processes.get(uid);
  const words = uid === null || end !== null ? [] : (lastWords(uid)?.lines ?? []);
  return {
    id,
    cause,
    supervisor,
    host: host?.host ?? '',
    process: uid,
    state: process?.state ?? host?.link ?? null,
    since: new Date(since).toISOString(),
    why,
    lastWords: words.slice(-LAST_WORDS),
    times,
    restarts: process?.restarts ?? 0,
    end,
    lengthSeconds: lengthMs === null ? null : Math.round(lengthMs / 1_000),
  };
}

const KIND_WORDS: Readonly<Record<Announcement['kind'], string>> = {
  opened: '',
  more: 'more: ',
  'still-open': 'still: ',
  closed: 'over: ',
};

function titleOf(kind: Announcement['kind'], incidents: readonly Incident[]): string {
  const [first] = incidents;
  const causes = Array.from(new Set(incidents.map(({ cause }) => cause)));
  if (!first || incidents.length > 1) {
    const hosts = new Set(incidents.map(({ supervisor }) => supervisor));
    const where = hosts.size === 1 ? `on ${escapeText(first?.supervisor ?? '')}` : `on ${hosts.size} supervisors`;
    return `${KIND_WORDS[kind]}${incidents.length} incidents ${where}: ${causes.join(', ')}`;
  }
  const { cause, uid, supervisor, lengthMs } = first;
  const lasted = lengthMs === null ? '' : `, after ${formatAge(lengthMs)}`;
  return `${KIND_WORDS[kind]}${escapeText(uid ?? supervisor)} ${cause}${lasted}`;
}

function textOf(told: readonly ToldIncident[], count: number, link: string): string {
  const [only] = told;
  if (only && count === 1) return [...linesOf(only), link].join('\n');
  const lines = told.slice(0, LISTED).map((each) => {
    const why = each.why === '' ? '' : `: ${escapeText(each.why)}`;
    return `${escapeText(each.process ?? each.supervisor)} ${each.cause}${why}`;
  });
  const more = count > LISTED ? [`and ${count - LISTED} more`] : [];
  return [...lines, ...more, link].join('\n');
}

const END_WORDS: Readonly<Record<IncidentEnd, string>> = {
  recovered: 'it is well again',
  stopped: 'somebody stopped it',
  gone: 'it is not there any more',
  dropped: 'nobody asks for it any more',
};

function linesOf(told: ToldIncident): readonly string[] {
  const { why, host, since, times, restarts, end, lengthSeconds, lastWords, state } = told;
  const often = [
    ...(times > 1 ? [`${times} times`] : []),
    ...(restarts > 0 ? [`${restarts} restart${restarts === 1 ? '' : 's'} since we watch`] : []),
  ];
  return [
    ...(end === null ? [] : [`${END_WORDS[end]}, after ${formatAge((lengthSeconds ?? 0) * 1_000)}`]),
    ...(why === '' ? [] : [escapeText(why)]),
    `since ${since.replace('T', ' ').replace(/\.\d+Z$/u, ' UTC')}${state === null ? '' : `, now ${state}`}`,
    ...(host === '' ? [] : [`host ${escapeText(host)}`]),
    ...(often.length > 0 ? [often.join(', ')] : []),
    ...(lastWords.length > 0 ? ['last words:', ...lastWords.map((line) => `  ${escapeText(line)}`)] : []),
  ];
}

function linkOf({ process, supervisor }: ToldIncident, { pageUrl }: MessageWorld): string {
  const fields = new URLSearchParams({ filter: process ?? `sup:${supervisor}` });
  return `${pageUrl}/#${fields.toString()}`;
}
