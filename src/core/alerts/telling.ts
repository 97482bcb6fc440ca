// When and with which others an incident is told: at once when it is alone, as one message with all that came with it in a
// storm, and not while it is quiet. What was told as one is told to be over as one.
import type { AlertRule, Incident, Announcement } from './incident.ts';

/** So many are awaited for so long before anything is told: last words come a moment after a crash. */
const GATHER_MS = 150;
/** More than these at once look like a storm, and are told once no more have come for a while, or at the latest then. */
const FEW = 5;
const LULL_MS = 3_000;
const STORM_MS = 10_000;
/** More than this within STORM_MS are one message. */
const STORM = 20;
/** What comes so long after a storm still belongs to it. */
const AFTERMATH_MS = 60_000;

/** Waits to be told, since when, and since when no more has come. */
type Gathered = { readonly ids: Set<string>; from: number; last: number };

/** All that one alert tells. */
type Lane = {
  readonly opened: Gathered;
  /** Of bundles whose incidents are all closed. */
  readonly closed: Gathered;
  /** Told within STORM_MS. */
  recent: { readonly at: number; readonly count: number }[];
  storm: { readonly id: string; readonly at: number } | null;
};

/** Told as one. */
type Bundle = { readonly alert: string; readonly open: Set<string>; closed: Incident[]; toldAt: number };

export type Telling = {
  opened(incident: Incident, at: number): void;
  closed(incident: Incident, at: number): void;
  /** Nobody is told of its end. */
  dropped(incident: Incident): void;
  /** What is to be told by now. */
  take(at: number): readonly Announcement[];
  /** When to take next, monotonic; Infinity: not before something happens. */
  next(): number;
};

export type TellingOptions = {
  readonly rules: readonly AlertRule[];
  readonly find: (id: string) => Incident | undefined;
  /** Muted, or of a host that is away: whoever is told of the host knows. */
  readonly isQuiet: (incident: Incident) => boolean;
  readonly toldAs: (incident: Incident, bundle: string) => Incident;
  /** Its end is told. */
  readonly toldOver: (incident: Incident) => void;
};

export function createTelling({ rules, find, isQuiet, toldAs, toldOver }: TellingOptions): Telling {
  const lanes = new Map<string, Lane>();
  const bundles = new Map<string, Bundle>();
  /** Open, and not told because they are quiet. */
  const held = new Set<string>();
  const repeats = new Map(rules.map(({ name, repeatMs }) => [name, repeatMs ?? Infinity]));

  const laneOf = (alert: string): Lane => {
    const known = lanes.get(alert) ?? { opened: nothing(), closed: nothing(), recent: [], storm: null };
    lanes.set(alert, known);
    return known;
  };
  const alive = (ids: Iterable<string>) => Array.from(ids, find).filter((incident) => incident !== undefined);
  const bundle = (id: string, alert: string, at: number): Bundle => {
    const known = bundles.get(id) ?? { alert, open: new Set(), closed: [], toldAt: at };
    bundles.set(id, known);
    return known;
  };
  const tell = (notice: Announcement, at: number): Announcement => {
    const { open } = bundle(notice.id, notice.alert, at);
    const incidents = notice.incidents.map((incident) => toldAs(incident, notice.id));
    incidents.forEach(({ id }) => open.add(id));
    return { ...notice, incidents };
  };

  const takeOpened = (alert: string, lane: Lane, at: number): readonly Announcement[] => {
    const incidents = alive(drain(lane.opened));
    const [quiet, told] = [incidents.filter(isQuiet), incidents.filter((incident) => !isQuiet(incident))];
    quiet.forEach(({ id }) => held.add(id));
    const [first] = told;
    if (!first) return [];
    const recent = countRecent(lane, at);
    lane.recent.push({ at, count: told.length });
    const { storm } = lane;
    const goesOn = storm !== null && at - storm.at < AFTERMATH_MS && bundles.has(storm.id);
    if (recent + told.length <= STORM || (told.length === 1 && !goesOn)) {
      return told.map((incident) => tell({ kind: 'opened', alert, id: incident.id, incidents: [incident] }, at));
    }
    const id = goesOn ? storm.id : first.id;
    lane.storm = { id, at };
    return [tell({ kind: goesOn ? 'more' : 'opened', alert, id, incidents: told }, at)];
  };

  const takeClosed = (alert: string, lane: Lane): readonly Announcement[] => {
    const over = Array.from(drain(lane.closed), (id) => ({ id, bundle: bundles.get(id) }));
    over.forEach(({ id }) => bundles.delete(id));
    const notices = over.flatMap(({ id, bundle }): Announcement[] =>
      bundle ? [{ kind: 'closed', alert, id, incidents: bundle.closed }] : [],
    );
    notices.forEach(({ incidents }) => incidents.forEach(toldOver));
    const [first] = notices;
    if (!first || notices.length <= STORM) return notices;
    return [{ ...first, incidents: notices.flatMap(({ incidents }) => incidents) }];
  };

  const takeRepeats = (at: number): readonly Announcement[] =>
    Array.from(bundles).flatMap(([id, each]): Announcement[] => {
      const { alert, open, toldAt } = each;
      if (open.size === 0 || toldAt + (repeats.get(alert) ?? Infinity) > at) return [];
      each.toldAt = at;
      const incidents = alive(open).filter((incident) => !isQuiet(incident));
      return incidents.length === 0 ? [] : [{ kind: 'still-open', alert, id, incidents }];
    });

  return {
    opened: (incident, at) => {
      // One that was told before us, by a server that has ended since.
      if (incident.told !== null) bundle(incident.told, incident.alert, at).open.add(incident.id);
      else gather(laneOf(incident.alert).opened, incident.id, at);
    },
    closed: (incident, at) => {
      const lane = laneOf(incident.alert);
      const known = incident.told === null ? undefined : bundles.get(incident.told);
      held.delete(incident.id);
      lane.opened.ids.delete(incident.id);
      if (!known || incident.told === null) return;
      known.open.delete(incident.id);
      known.closed.push(incident);
      if (known.open.size === 0) gather(lane.closed, incident.told, at);
    },
    dropped: ({ id, alert, told }) => {
      held.delete(id);
      lanes.get(alert)?.opened.ids.delete(id);
      const known = told === null ? undefined : bundles.get(told);
      known?.open.delete(id);
      if (told !== null && known?.open.size === 0) bundles.delete(told);
    },
    take: (at) => {
      for (const incident of alive(held)) {
        if (isQuiet(incident)) continue;
        held.delete(incident.id);
        gather(laneOf(incident.alert).opened, incident.id, at);
      }
      const news = Array.from(lanes).flatMap(([alert, lane]) => [
        ...(dueOf(lane.opened, countRecent(lane, at)) <= at ? takeOpened(alert, lane, at) : []),
        // What goes on with others that are just being told is not over.
        ...(dueOf(lane.closed, 0) <= at ? takeClosed(alert, lane) : []),
      ]);
      return [...news, ...takeRepeats(at)];
    },
    next: () => {
      let next = Infinity;
      for (const lane of lanes.values()) {
        const { opened, closed } = lane;
        next = Math.min(next, dueOf(opened, countRecent(lane, opened.last)), dueOf(closed, 0));
      }
      for (const { alert, open, toldAt } of bundles.values()) {
        if (open.size > 0) next = Math.min(next, toldAt + (repeats.get(alert) ?? Infinity));
      }
      return next;
    },
  };
}

function nothing(): Gathered {
  return { ids: new Set(), from: Infinity, last: -Infinity };
}

function gather(gathered: Gathered, id: string, at: number): void {
  if (gathered.ids.size === 0) gathered.from = at;
  gathered.ids.add(id);
  gathered.last = at;
}

function drain(gathered: Gathered): readonly string[] {
  const ids = Array.from(gathered.ids);
  gathered.ids.clear();
  return ids;
}

/** `recent`: told shortly before, of which these may be the rest. */
function dueOf({ ids, from, last }: Gathered, recent: number): number {
  if (ids.size === 0) return Infinity;
  const isCrowd = ids.size > FEW || recent + ids.size > STORM;
  return isCrowd ? Math.min(last + LULL_MS, from + STORM_MS) : from + GATHER_MS;
}

function countRecent(lane: Lane, at: number): number {
  lane.recent = lane.recent.filter((each) => each.at > at - STORM_MS);
  return lane.recent.reduce((sum, { count }) => sum + count, 0);
}
