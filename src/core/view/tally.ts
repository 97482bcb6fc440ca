// Sums over all supervisors, kept up to date by what changed: of hundreds, a batch of changes touches a few.
import type { Process, Supervisor } from '../model.ts';
import { PROCESS_STATES } from '../process-state.ts';
import type { ProcessState } from '../process-state.ts';

export type StateCounts = Readonly<Partial<Record<ProcessState, number>>>;

/** How many processes each group has, whatever the filter. */
export type GroupSizes = ReadonlyMap<string, number>;

/** What one supervisor adds. */
export type Addend = {
  readonly counts: StateCounts;
  readonly groups: GroupSizes;
  readonly total: number;
  readonly isUp: boolean;
};

export type Sums = {
  readonly counts: StateCounts;
  readonly groups: GroupSizes;
  readonly total: number;
  readonly up: number;
};

/** One that is the same object at the same place as last time is not looked at again. */
export function createTally(): (addends: readonly Addend[]) => Sums {
  let last: readonly Addend[] = [];
  const states = new Map<ProcessState, number>();
  const groups = new Map<string, number>();
  let total = 0;
  let up = 0;

  const add = (addend: Addend, sign: 1 | -1): void => {
    total += sign * addend.total;
    if (addend.isUp) up += sign;
    for (const [group, size] of addend.groups) increase(groups, group, sign * size);
    for (const state of PROCESS_STATES) {
      const count = addend.counts[state];
      if (count !== undefined) increase(states, state, sign * count);
    }
  };

  return (addends) => {
    for (const [index, addend] of addends.entries()) {
      const before = last[index];
      if (before === addend) continue;
      if (before) add(before, -1);
      add(addend, 1);
    }
    for (const before of last.slice(addends.length)) add(before, -1);
    last = addends;
    return { counts: Object.fromEntries(states), groups, total, up };
  };
}

function increase<Key>(sums: Map<Key, number>, key: Key, by: number): void {
  const sum = (sums.get(key) ?? 0) + by;
  if (sum === 0) sums.delete(key);
  else sums.set(key, sum);
}

/** What is known of its state now: nothing while its supervisor does not answer, whatever it was when it last did. */
export function stateNow(
  { state }: Pick<Process, 'state'>,
  { staleSince }: Pick<Supervisor, 'staleSince'>,
): ProcessState {
  return staleSince === null ? state : 'UNKNOWN';
}

export function countStatesOf({ processes, staleSince }: Supervisor): StateCounts {
  if (staleSince === null) return countStates(processes.values());
  return processes.size === 0 ? {} : { UNKNOWN: processes.size };
}

/** Of all of them together. */
export function sumCounts(all: readonly StateCounts[]): StateCounts {
  const sum: Partial<Record<ProcessState, number>> = {};
  for (const counts of all) {
    for (const state of PROCESS_STATES) {
      const count = counts[state];
      if (count !== undefined) sum[state] = (sum[state] ?? 0) + count;
    }
  }
  return sum;
}

export function countStates(processes: Iterable<{ readonly state: ProcessState }>): StateCounts {
  const counts: Partial<Record<ProcessState, number>> = {};
  for (const { state } of processes) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}
