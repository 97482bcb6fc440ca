// Supervisors that are being changed, step by step; what they were stays as it is. Only what a change touches is copied,
// each once.
import { parseUid } from '../ids.ts';
import type { Change, Process, Supervisor } from '../model.ts';
import { LayeredMap } from './layered-map.ts';

export type Supervisors = ReadonlyMap<string, Supervisor>;

export type Draft = {
  /** What the changed ones are changed from, and those. */
  base: Supervisors;
  changed: Map<string, Supervisor>;
  readonly copied: Map<string, Map<string, Process>>;
};

export function createDraft(before: Supervisors): Draft {
  return { base: before, changed: new Map(), copied: new Map() };
}

export function draftSupervisor({ base, changed }: Draft, name: string): Supervisor | undefined {
  return changed.get(name) ?? base.get(name);
}

export function draftSupervisors(draft: Draft): Supervisors {
  draft.base = LayeredMap.over(draft.base, draft.changed);
  draft.changed = new Map();
  return draft.base;
}

export function applyChange(draft: Draft, change: Change): void {
  const { changed, copied } = draft;
  switch (change.type) {
    case 'supervisor': {
      const { name } = change.supervisor;
      const processes = copied.get(name) ?? draftSupervisor(draft, name)?.processes ?? new Map<string, Process>();
      changed.set(name, { processes, ...change.supervisor });
      break;
    }
    case 'supervisor-removed': {
      const rest = new Map(draftSupervisors(draft));
      rest.delete(change.name);
      copied.delete(change.name);
      draft.base = rest;
      break;
    }
    case 'order': {
      const rest = new Map(draftSupervisors(draft));
      for (const name of change.supervisors) {
        const supervisor = rest.get(name);
        // What is set anew stands last.
        if (supervisor && rest.delete(name)) rest.set(name, supervisor);
      }
      draft.base = rest;
      break;
    }
    case 'process':
      writable(draft, change.process.supervisor)?.set(change.process.uid, change.process);
      break;
    case 'process-removed':
      writable(draft, parseUid(change.uid)?.supervisor ?? '')?.delete(change.uid);
      break;
  }
}

function writable(draft: Draft, name: string): Map<string, Process> | null {
  const known = draft.copied.get(name);
  if (known) return known;
  const supervisor = draftSupervisor(draft, name);
  if (!supervisor) return null;
  const processes = new Map(supervisor.processes);
  draft.copied.set(name, processes);
  draft.changed.set(name, { ...supervisor, processes });
  return processes;
}
