// The recent past, so that a viewer that was away or slow goes on from where it was.
import type { Change, Transition } from '../model.ts';
import type { SessionEvent } from '../ports.ts';

export type Missed = { readonly changes: readonly Change[]; readonly transitions: readonly Transition[] };

export type Replay = {
  add(event: SessionEvent): void;
  /** Everything after that revision, the same object for all who ask meanwhile; null when it is too long ago: send a fresh snapshot. */
  since(revision: number): Missed | null;
};

type Entry = { readonly revision: number; readonly weight: number } & Missed;

/** `revision`: of the snapshot at the beginning. `limit`: changes and transitions kept. */
export function createReplay({ revision, limit }: { readonly revision: number; readonly limit: number }): Replay {
  let entries: Entry[] = [];
  let weight = 0;
  let oldest = revision;
  let newest = revision;
  /** Many ask for the same. */
  let told: { readonly since: number; readonly missed: Missed } | null = null;

  const push = (entry: Entry) => {
    told = null;
    entries.push(entry);
    weight += entry.weight;
    if (weight <= limit) return;
    // A quarter at a time, not one by one: the array is copied.
    let dropped = 0;
    while (dropped < entries.length - 1 && weight > limit * 0.75) weight -= entries[dropped++]?.weight ?? 0;
    const lastDropped = entries[dropped - 1]?.revision ?? -1;
    entries = entries.slice(dropped);
    // What happened at the same revision as something that was dropped is not complete any more.
    oldest = Math.max(entries[0]?.revision ?? newest, lastDropped + 1);
  };

  return {
    add: (event) => {
      if (event.type === 'delta') {
        const { from, to, changes } = event.delta;
        newest = to;
        push({ revision: from, weight: changes.length, changes, transitions: [] });
      } else if (event.type === 'transitions') {
        const { transitions } = event;
        push({ revision: newest, weight: transitions.length, changes: [], transitions });
      }
    },
    since: (revision) => {
      if (revision < oldest || revision > newest) return null;
      if (told?.since === revision) return told.missed;
      const since = entries.filter((entry) => entry.revision >= revision);
      const missed = {
        changes: since.flatMap((entry) => entry.changes),
        transitions: since.flatMap((entry) => entry.transitions),
      };
      told = { since: revision, missed };
      return missed;
    },
  };
}
