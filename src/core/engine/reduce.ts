// Snapshot + changes -> Snapshot. Every viewer, local or remote, runs this same function over the same changes.
import { parseUid } from '../ids.ts';
import type { Change, Delta, Process, Snapshot } from '../model.ts';
import type { Supervisors } from './draft.ts';
import { applyChange, createDraft, draftSupervisors } from './draft.ts';

/** Null when the delta does not follow on from this snapshot: ask for a fresh one, never guess. */
export function reduce(snapshot: Snapshot, delta: Delta): Snapshot | null {
  if (delta.from !== snapshot.revision) return null;
  return { ...snapshot, revision: delta.to, supervisors: applyChanges(snapshot.supervisors, delta.changes) };
}

export function applyChanges(supervisors: Supervisors, changes: readonly Change[]): Supervisors {
  const draft = createDraft(supervisors);
  for (const change of changes) applyChange(draft, change);
  return draftSupervisors(draft);
}

/** Undefined when this snapshot has no such process. */
export function findProcess(snapshot: Snapshot, uid: string): Process | undefined {
  const parts = parseUid(uid);
  return parts ? snapshot.supervisors.get(parts.supervisor)?.processes.get(uid) : undefined;
}

export function allProcesses(snapshot: Snapshot): Process[] {
  return [...snapshot.supervisors.values()].flatMap((supervisor) => [...supervisor.processes.values()]);
}
