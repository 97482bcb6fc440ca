// Snapshot + changes -> Snapshot. Every viewer, local or remote, runs this same function over the same changes.
import { parseUid } from '../ids.ts';
import { LayeredMap } from './layered-map.ts';
import type { Change, Delta, Process, Snapshot, Supervisor } from '../model.ts';

/** Null when the delta does not follow on from this snapshot: ask for a fresh one, never guess. */
export function reduce(snapshot: Snapshot, delta: Delta): Snapshot | null {
  if (delta.from !== snapshot.revision) return null;
  return { ...snapshot, revision: delta.to, supervisors: applyChanges(snapshot.supervisors, delta.changes) };
}

type Supervisors = ReadonlyMap<string, Supervisor>;

export function applyChanges(supervisors: Supervisors, changes: readonly Change[]): Supervisors {
  const draft = createDraft(supervisors);
  draft.apply(changes);
  return draft.supervisors();
}

/** Supervisors that are being changed, step by step; what they were stays as it is. */
export type Draft = {
  get(name: string): Supervisor | undefined;
  supervisors(): Supervisors;
  apply(changes: readonly Change[]): void;
};

/** Copies only what a change touches, each once. */
export function createDraft(before: Supervisors): Draft {
  /** What the changed ones are changed from, and those. */
  let base = before;
  let changed = new Map<string, Supervisor>();
  const copied = new Map<string, Map<string, Process>>();

  const get = (name: string): Supervisor | undefined => changed.get(name) ?? base.get(name);
  const supervisors = (): Supervisors => {
    base = LayeredMap.over(base, changed);
    changed = new Map();
    return base;
  };

  const writable = (name: string): Map<string, Process> | null => {
    const known = copied.get(name);
    if (known) return known;
    const supervisor = get(name);
    if (!supervisor) return null;
    const processes = new Map(supervisor.processes);
    copied.set(name, processes);
    changed.set(name, { ...supervisor, processes });
    return processes;
  };

  const applyOne = (change: Change): void => {
    switch (change.type) {
      case 'supervisor': {
        const { name } = change.supervisor;
        const processes = copied.get(name) ?? get(name)?.processes ?? new Map<string, Process>();
        changed.set(name, { processes, ...change.supervisor });
        break;
      }
      case 'supervisor-removed': {
        const rest = new Map(supervisors());
        rest.delete(change.name);
        copied.delete(change.name);
        base = rest;
        break;
      }
      case 'order': {
        const rest = new Map(supervisors());
        for (const name of change.supervisors) {
          const supervisor = rest.get(name);
          // What is set anew stands last.
          if (supervisor && rest.delete(name)) rest.set(name, supervisor);
        }
        base = rest;
        break;
      }
      case 'process':
        writable(change.process.supervisor)?.set(change.process.uid, change.process);
        break;
      case 'process-removed':
        writable(parseUid(change.uid)?.supervisor ?? '')?.delete(change.uid);
        break;
    }
  };

  return { get, supervisors, apply: (changes) => changes.forEach(applyOne) };
}

/** Undefined when this snapshot has no such process. */
export function findProcess(snapshot: Snapshot, uid: string): Process | undefined {
  const parts = parseUid(uid);
  return parts ? snapshot.supervisors.get(parts.supervisor)?.processes.get(uid) : undefined;
}

export function allProcesses(snapshot: Snapshot): Process[] {
  return [...snapshot.supervisors.values()].flatMap((supervisor) => [...supervisor.processes.values()]);
}
