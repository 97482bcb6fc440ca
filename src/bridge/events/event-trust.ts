// Do events come at all? The original's agent may be left over from a supervisord that was killed: it keeps its port and
// answers calls, but the new supervisord sends its events to somebody else. Changed pids without any event tell.
import type { ProcessReading } from '../../core/model.ts';

/** An event may come this long after the reading that shows what it tells: its agent delivers at leisure. */
const EVENT_DELAY_MS = 5_000;

export type EventTrust = {
  /** `all`: these are all processes. */
  read(readings: readonly ProcessReading[], now: number, all: boolean): void;
  heard(group: string, name: string, now: number): void;
  /** Events are known to be missing: nothing is held against them. */
  forgive(): void;
  /** Whether something happened of which no event told; says it once. */
  isDeaf(now: number): boolean;
};

export function createEventTrust(): EventTrust {
  let pids = new Map<string, number | null>();
  /** When a pid was seen to have changed. */
  const unheard = new Map<string, number>();
  const heardAt = new Map<string, number>();
  return {
    read: (readings, now, all) => {
      const next = all ? new Map<string, number | null>() : pids;
      for (const { group, name, pid } of readings) {
        const key = `${group}:${name}`;
        const before = pids.get(key);
        const lately = now - (heardAt.get(key) ?? Number.NEGATIVE_INFINITY) < EVENT_DELAY_MS;
        if (before !== undefined && before !== pid && !lately && !unheard.has(key)) unheard.set(key, now);
        next.set(key, pid);
      }
      pids = next;
      if (all) for (const key of heardAt.keys()) if (!pids.has(key)) heardAt.delete(key);
    },
    heard: (group, name, now) => {
      heardAt.set(`${group}:${name}`, now);
      unheard.delete(`${group}:${name}`);
    },
    forgive: () => unheard.clear(),
    isDeaf: (now) => {
      const deaf = Array.from(unheard.values()).some((since) => now - since >= EVENT_DELAY_MS);
      if (deaf) unheard.clear();
      return deaf;
    },
  };
}
