// The incidents: which are open, which do not hold for long enough yet, and what changed of them in a turn.
import type { Moment } from '../ports.ts';
import type { AlertRule, Incident, IncidentEnd, Announcement } from './incident.ts';
import type { IncidentPhase } from './judge.ts';
import type { Telling } from './telling.ts';
import { createTelling } from './telling.ts';

/** What an incident is about: one process or supervisor, one alert, one cause. */
export type Matter = Pick<Incident, 'alert' | 'cause' | 'supervisor' | 'uid'>;

/** `incident` null: it does not hold for long enough yet. `counted`: what it began with was reported. */
type Entry = { readonly startedAt: number; readonly since: number; incident: Incident | null; counted: boolean };

export type Holding = {
  readonly forMs: number;
  readonly why: () => string;
  /** False: what it began with is still to be reported, and is no further time then. */
  readonly counted: boolean;
};

export type Ledger = {
  beginTurn(moment: Moment): void;
  phase(matter: Matter): IncidentPhase;
  /** It holds, since now if it did not before. Returns when it has held for `forMs`: Infinity once it is open. */
  hold(matter: Matter, holding: Holding): number;
  end(matter: Matter, end: IncidentEnd): void;
  endAll(subject: string, end: IncidentEnd): void;
  /** What nobody was told of yet begins anew. */
  dropUntold(subject: string): void;
  /** It happened once more. */
  countUp(subject: string): void;
  /** Of a server before this one. */
  restore(incident: Incident): void;
  endTurn(): { readonly notices: readonly Announcement[]; readonly changed: readonly Incident[] };
  next(): number;
  /** Also those whose end is not told yet. */
  open(): readonly Incident[];
};

export type LedgerOptions = {
  readonly rules: readonly AlertRule[];
  readonly newId: () => string;
  readonly isQuiet: (incident: Incident) => boolean;
  /** Why, as it is known when it is told. */
  readonly whyNow: (incident: Incident) => string;
};

export function createLedger({ rules, newId, isQuiet, whyNow }: LedgerOptions): Ledger {
  let moment: Moment = { now: 0, monotonic: 0 };
  let changed = new Map<string, Incident>();
  /** By process or supervisor, then by alert and cause. */
  const entries = new Map<string, Map<string, Entry>>();
  const open = new Map<string, Incident>();
  /** As they were before their end, which is not told yet: a server after this one must tell it. */
  const ending = new Map<string, Incident>();

  const entryOf = (matter: Matter) => entries.get(subjectOf(matter))?.get(keyOf(matter));
  const addEntry = (matter: Matter, entry: Entry) => {
    const own = entries.get(subjectOf(matter)) ?? new Map<string, Entry>();
    entries.set(subjectOf(matter), own.set(keyOf(matter), entry));
    return entry;
  };
  const remember = (incident: Incident): Incident => {
    open.set(incident.id, incident);
    changed.set(incident.id, incident);
    const entry = entryOf(incident);
    if (entry) entry.incident = incident;
    return incident;
  };
  const telling: Telling = createTelling({
    rules,
    find: (id) => open.get(id),
    isQuiet,
    toldAs: (incident, told) => remember({ ...incident, told, why: whyNow(incident) || incident.why }),
    toldOver: (incident) => {
      ending.delete(incident.id);
      changed.set(incident.id, incident);
    },
  });
  const close = (subject: string, key: string, end: IncidentEnd) => {
    const own = entries.get(subject);
    const entry = own?.get(key);
    if (!own || !entry) return;
    own.delete(key);
    if (own.size === 0) entries.delete(subject);
    const { incident } = entry;
    if (incident === null) return;
    open.delete(incident.id);
    const closed = { ...incident, end, lengthMs: Math.max(0, Math.round(moment.monotonic - entry.startedAt)) };
    const isTold = incident.told !== null && end !== 'dropped';
    if (isTold) ending.set(incident.id, incident);
    else changed.set(incident.id, closed);
    if (isTold) changed.delete(incident.id);
    if (end === 'dropped') telling.dropped(closed);
    else telling.closed(closed, moment.monotonic);
  };

  return {
    beginTurn: (now) => {
      moment = now;
      changed = new Map();
    },
    phase: (matter) => {
      const entry = entryOf(matter);
      return !entry ? 'none' : entry.incident ? 'open' : 'pending';
    },
    hold: (matter, { forMs, why, counted }) => {
      const { monotonic, now } = moment;
      const entry = entryOf(matter) ?? addEntry(matter, { startedAt: monotonic, since: now, incident: null, counted });
      if (entry.incident !== null) return Infinity;
      if (entry.startedAt + forMs > monotonic) return entry.startedAt + forMs;
      const { since } = entry;
      const news = { since, times: 1, why: why(), end: null, lengthMs: null, told: null };
      telling.opened(remember({ id: newId(), ...matter, ...news }), monotonic);
      return Infinity;
    },
    end: (matter, end) => close(subjectOf(matter), keyOf(matter), end),
    endAll: (subject, end) => Array.from(entries.get(subject)?.keys() ?? []).forEach((key) => close(subject, key, end)),
    dropUntold: (subject) => {
      for (const [key, { incident }] of Array.from(entries.get(subject) ?? [])) {
        if ((incident?.told ?? null) === null) close(subject, key, 'dropped');
      }
    },
    countUp: (subject) => {
      for (const entry of entries.get(subject)?.values() ?? []) {
        const { incident, counted } = entry;
        entry.counted = true;
        if (incident && counted) remember({ ...incident, times: incident.times + 1 });
      }
    },
    restore: (incident) => {
      const lived = Math.max(0, moment.now - incident.since);
      addEntry(incident, { startedAt: moment.monotonic - lived, since: incident.since, incident, counted: true });
      open.set(incident.id, incident);
      telling.opened(incident, moment.monotonic);
    },
    endTurn: () => {
      const notices = telling.take(moment.monotonic);
      return { notices, changed: [...changed.values()] };
    },
    next: telling.next,
    open: () => [...open.values(), ...ending.values()],
  };
}

function subjectOf({ uid, supervisor }: Pick<Incident, 'uid' | 'supervisor'>): string {
  return uid ?? supervisor;
}

function keyOf({ alert, cause }: Matter): string {
  return `${alert}\n${cause}`;
}
