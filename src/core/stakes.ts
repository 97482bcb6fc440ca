// What orders are about, supervisor by supervisor.
import { parseUid } from './ids.ts';
import type { Process, Snapshot, Supervisor } from './model.ts';
import { findProcess } from './engine/reduce.ts';
import type { Orders } from './orders.ts';
import { isSupervisorAction } from './orders.ts';
import type { StateCounts } from './view/tally.ts';
import { countStates } from './view/tally.ts';

export type Stake = {
  readonly supervisor: Supervisor;
  readonly processes: readonly Process[];
  readonly counts: StateCounts;
  /** Why this supervisor would refuse; null when it would not. The core enforces it, this explains it beforehand. */
  readonly obstacle: string | null;
};

/** What the snapshot does not know any more is left out. */
export function findStakes(snapshot: Snapshot, { action, targets }: Orders): readonly Stake[] {
  if (isSupervisorAction(action)) {
    return targets.flatMap((name) => {
      const supervisor = snapshot.supervisors.get(name);
      return supervisor ? [toStake(supervisor, [...supervisor.processes.values()])] : [];
    });
  }
  const bySupervisor = new Map<string, Process[]>();
  for (const uid of targets) {
    const process = findProcess(snapshot, uid);
    const name = parseUid(uid)?.supervisor;
    if (!process || name === undefined) continue;
    const known = bySupervisor.get(name);
    if (known) known.push(process);
    else bySupervisor.set(name, [process]);
  }
  return [...bySupervisor].flatMap(([name, processes]) => {
    const supervisor = snapshot.supervisors.get(name);
    return supervisor ? [toStake(supervisor, processes)] : [];
  });
}

function toStake(supervisor: Supervisor, processes: readonly Process[]): Stake {
  return { supervisor, processes, counts: countStates(processes), obstacle: toObstacle(supervisor) };
}

function toObstacle(supervisor: Supervisor): string | null {
  if (supervisor.readOnly) return `${supervisor.name} is read_only in the configuration`;
  if (supervisor.link === 'up') return null;
  return `${supervisor.name} cannot be reached: ${supervisor.error?.message ?? 'it has not answered yet'}`;
}
