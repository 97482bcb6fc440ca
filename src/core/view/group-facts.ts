// What a group row tells of its members.
import type { Supervisor } from '../model.ts';
import type { GroupRow, ProcessRow } from './row-model.ts';
import type { StateCounts } from './tally.ts';
import { countStates, stateNow, sumCounts } from './tally.ts';

export type GroupFacts = {
  readonly counts: StateCounts;
  /** The supervisor of all members when they have the same one. */
  readonly supervisor: Supervisor | null;
  /** The first supervisor of a member that cannot be reached. */
  readonly stale: Supervisor | null;
};

/** Asked for the rows on the screen only; a part of a group in which nothing changed is not looked at again. */
export function createGroupFacts(): (row: GroupRow) => GroupFacts {
  const known = new WeakMap<readonly ProcessRow[], GroupFacts>();
  const merged = new WeakMap<GroupRow['parts'], GroupFacts>();
  const ofPart = (rows: readonly ProcessRow[]): GroupFacts => {
    const facts = known.get(rows) ?? toFacts(rows);
    known.set(rows, facts);
    return facts;
  };
  return ({ parts }) => {
    const [first] = parts;
    if (parts.length === 1 && first) return ofPart(first);
    const facts = merged.get(parts) ?? mergeFacts(parts.map(ofPart));
    merged.set(parts, facts);
    return facts;
  };
}

function toFacts(rows: readonly ProcessRow[]): GroupFacts {
  const supervisor = rows[0]?.supervisor ?? null;
  return {
    counts: countStates(rows.map(({ process, supervisor }) => ({ state: stateNow(process, supervisor) }))),
    supervisor: rows.every((row) => row.supervisor === supervisor) ? supervisor : null,
    stale: rows.find((row) => row.supervisor.staleSince !== null)?.supervisor ?? null,
  };
}

function mergeFacts(all: readonly GroupFacts[]): GroupFacts {
  const supervisor = all[0]?.supervisor ?? null;
  return {
    counts: sumCounts(all.map(({ counts }) => counts)),
    supervisor: all.every((facts) => facts.supervisor === supervisor) ? supervisor : null,
    stale: all.find((facts) => facts.stale !== null)?.stale ?? null,
  };
}
