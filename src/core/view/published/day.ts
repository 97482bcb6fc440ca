// What is known of the last day of a process, for whoever looks once: as far as the end of a main log reaches.
import type { Past } from '../../history/collect.ts';
import { uidOf } from '../../history/select-past.ts';
import { isFailure, isRestart } from '../../history/summarize.ts';
import type { Process } from '../../model.ts';

export const DAY_MS = 86_400_000;

/** All null: not known. */
export type Day = {
  readonly restarts24h: number | null;
  readonly crashes24h: number | null;
  /** Milliseconds since the epoch; null also when there was none. */
  readonly lastCrashAt: number | null;
};

export const UNKNOWN_DAY: Day = { restarts24h: null, crashes24h: null, lastCrashAt: null };

/** `past`: what of the last 24 hours was found; what is older in it is left out. */
export function toDays({ events, extents }: Past, now: number): (process: Process) => Day {
  const days = new Map<string, { restarts: number; crashes: number; lastCrashAt: number | null }>();
  for (const event of events) {
    if (event.kind !== 'process' || event.at < now - DAY_MS) continue;
    const uid = uidOf(event);
    const day = days.get(uid) ?? { restarts: 0, crashes: 0, lastCrashAt: null };
    if (isRestart(event)) day.restarts += 1;
    if (isFailure(event)) {
      day.crashes += 1;
      day.lastCrashAt = event.at;
    }
    days.set(uid, day);
  }
  const known = new Set(extents.filter(({ knownSince }) => knownSince !== null).map(({ supervisor }) => supervisor));
  return ({ uid, supervisor }) => {
    if (!known.has(supervisor)) return UNKNOWN_DAY;
    const { restarts, crashes, lastCrashAt } = days.get(uid) ?? { restarts: 0, crashes: 0, lastCrashAt: null };
    return { restarts24h: restarts, crashes24h: crashes, lastCrashAt };
  };
}

/** '' when it crashed at most once: that alone the rest of the line tells. */
export function dayText({ crashes24h }: Day): string {
  return crashes24h === null || crashes24h < 2 ? '' : `×${crashes24h} in 24 h`;
}
