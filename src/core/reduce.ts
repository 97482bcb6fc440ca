// Snapshot + changes -> Snapshot. Every viewer, local or remote, runs this same function over the same changes.
import { parseUid } from './ids.ts';
import type { Change, Delta, Process, Snapshot, Supervisor } from './model.ts';

/** Null when the delta does not follow on from this snapshot: ask for a fresh one, never guess. */
export function reduce(snapshot: Snapshot, delta: Delta): Snapshot | null {
  if (delta.from !== snapshot.revision) return null;
  return { ...snapshot, revision: delta.to, supervisors: applyChanges(snapshot.supervisors, delta.changes) };
}

type Supervisors = ReadonlyMap<string, Supervisor>;

/** Copies only the maps that a change touches, each once. */
export function applyChanges(supervisors: Supervisors, changes: readonly Change[]): Supervisors {
  const next = new Map(supervisors);
  const copied = new Map<string, Map<string, Process>>();

  const writable = (name: string): Map<string, Process> | null => {
    const known = copied.get(name);
    if (known) return known;
    const supervisor = next.get(name);
    if (!supervisor) return null;
    const processes = new Map(supervisor.processes);
    copied.set(name, processes);
    next.set(name, { ...supervisor, processes });
    return processes;
  };

  for (const change of changes) {
    switch (change.type) {
      case 'supervisor': {
        const { name } = change.supervisor;
        const processes = copied.get(name) ?? next.get(name)?.processes ?? new Map<string, Process>();
        next.set(name, { ...change.supervisor, processes });
        break;
      }
      case 'supervisor-removed':
        next.delete(change.name);
        copied.delete(change.name);
        break;
      case 'order':
        for (const name of change.supervisors) {
          const supervisor = next.get(name);
          // What is set anew stands last.
          if (supervisor && next.delete(name)) next.set(name, supervisor);
        }
        break;
      case 'process':
        writable(change.process.supervisor)?.set(change.process.uid, change.process);
        break;
      case 'process-removed':
        writable(parseUid(change.uid)?.supervisor ?? '')?.delete(change.uid);
        break;
    }
  }
  return next;
}

/** Undefined when this snapshot has no such process. */
export function findProcess(snapshot: Snapshot, uid: string): Process | undefined {
  const parts = parseUid(uid);
  return parts ? snapshot.supervisors.get(parts.supervisor)?.processes.get(uid) : undefined;
}

export function allProcesses(snapshot: Snapshot): Process[] {
  return [...snapshot.supervisors.values()].flatMap((supervisor) => [...supervisor.processes.values()]);
}
