// One story out of two memories: what a main log tells, and what somebody saw who watched.
import { parseUid } from '../ids.ts';
import type { Transition } from '../model.ts';
import type { ProcessState } from '../process-state.ts';
import type { HistoryEvent, ProcessEvent } from './history.ts';

/** A line comes at most one turn of supervisord's loop after what it tells, and is read a little later. */
const SAME_MS = 5_000;
const QUARTER_MS = 15 * 60_000;
const MOST_APART_MS = 26 * 3_600_000;

/** Null for a transition of something that has no uid. */
export function toProcessEvent(transition: Transition): ProcessEvent | null {
  const { at, uid, from, to, reason, pid, by, source, lastWords } = transition;
  const parts = parseUid(uid);
  if (!parts) return null;
  const { supervisor, group, name } = parts;
  const who = { supervisor, group, name };
  return { kind: 'process', at, approximate: false, ...who, from, to, reason, pid, by, source, lastWords };
}

export type KnownEvents = {
  /** The event that tells the same as this one, which nothing else was found to be the same as; null: none. */
  take(event: ProcessEvent): ProcessEvent | null;
};

/** `sameMs`: how far apart the two tellings of one moment may be. */
export function createKnownEvents(events: readonly HistoryEvent[], sameMs = SAME_MS): KnownEvents {
  const byKey = new Map<string, ProcessEvent[]>();
  for (const event of events) {
    if (event.kind !== 'process') continue;
    const same = byKey.get(keyOf(event));
    if (same) same.push(event);
    else byKey.set(keyOf(event), [event]);
  }
  return {
    take: (event) => {
      const candidates = byKey.get(keyOf(event)) ?? [];
      let nearest = -1;
      candidates.forEach((known, index) => {
        const best = candidates[nearest];
        if (isSame(known, event, sameMs) && (!best || apart(known, event) < apart(best, event))) nearest = index;
      });
      return nearest < 0 ? null : (candidates.splice(nearest, 1)[0] ?? null);
    },
  };
}

/** Oldest first. What both tell has the time of the log and the words of whoever watched. */
export function mergeHistory(
  logged: readonly HistoryEvent[],
  watched: readonly ProcessEvent[],
): readonly HistoryEvent[] {
  const known = createKnownEvents(logged);
  const told = new Map<HistoryEvent, ProcessEvent>();
  const more: ProcessEvent[] = [];
  for (const event of watched) {
    const same = known.take(event);
    if (same)
      told.set(same, { ...event, at: same.at, approximate: same.approximate, reason: event.reason ?? same.reason });
    else more.push(event);
  }
  return [...logged.map((event) => told.get(event) ?? event), ...more].toSorted(byTime);
}

export function byTime(a: HistoryEvent, b: HistoryEvent): number {
  return a.at - b.at;
}

function keyOf({ supervisor, name, to }: ProcessEvent): string {
  return `${supervisor}:${fallOf(to)}:${name}`;
}

/** A line cannot tell a start that failed from a run that ended. */
function fallOf(to: ProcessState): ProcessState {
  return to === 'BACKOFF' ? 'EXITED' : to;
}

function apart(one: HistoryEvent, other: HistoryEvent): number {
  return Math.abs(one.at - other.at);
}

function isSame(known: ProcessEvent, event: ProcessEvent, sameMs: number): boolean {
  if (known.group !== null && event.group !== null && known.group !== event.group) return false;
  if (known.pid !== null && event.pid !== null && known.pid !== event.pid) return false;
  const ms = apart(known, event);
  if (!known.approximate) return ms <= sameMs;
  // Off by a difference of zones, which are a quarter of an hour apart at the least.
  const rest = ms % QUARTER_MS;
  return ms <= MOST_APART_MS && Math.min(rest, QUARTER_MS - rest) <= sameMs;
}
