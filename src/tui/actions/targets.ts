// What an action is about: the marked, else what the cursor is on.
import { parseUid } from '../../core/ids.ts';
import { findProcess } from '../../core/engine/reduce.ts';
import type { Row } from '../../core/view/row-model.ts';
import type { Store } from '../store.ts';

export type Targets = {
  readonly keys: readonly string[];
  /** Marked ones that the list does not show now: nobody may act on them without being told. */
  readonly hidden: number;
};

const NONE: Targets = { keys: [], hidden: 0 };

/** The row under the cursor of the screen's list. */
export function rowKey(store: Store): string | null {
  const { ui } = store.model();
  const { screen } = ui.navigation.place;
  if (screen !== 'processes' && screen !== 'supervisors' && screen !== 'timeline' && screen !== 'messages') return null;
  const { rows } = store.frame().body;
  return rows?.[ui.cursors[screen].index]?.key ?? null;
}

/** The row itself on the processes screen: it may be a group. */
export function processRow(store: Store): Row | null {
  const { rows } = store.frame().body;
  const row = rows?.[store.model().ui.cursors.processes.index];
  return isProcessListRow(row) ? row : null;
}

function isProcessListRow(row: { readonly key: string } | undefined): row is Row {
  return row !== undefined && 'kind' in row;
}

export function targetProcesses(store: Store): Targets {
  const { ui, snapshot, timeline } = store.model();
  const { place } = ui.navigation;
  switch (place.screen) {
    case 'processes': {
      const marked = [...ui.marks.processes].filter((uid) => findProcess(snapshot, uid));
      if (marked.length > 0) return { keys: marked, hidden: countHidden(store, marked) };
      const row = processRow(store);
      if (!row) return NONE;
      return { keys: row.kind === 'process' ? [row.key] : row.members.map((member) => member.key), hidden: 0 };
    }
    case 'supervisors': {
      const names = targetSupervisors(store);
      const keys = names.flatMap((name) => [...(snapshot.supervisors.get(name)?.processes.keys() ?? [])]);
      return { keys, hidden: 0 };
    }
    case 'timeline': {
      const id = rowKey(store);
      const transition = timeline.find((candidate) => String(candidate.id) === id);
      return transition && findProcess(snapshot, transition.uid) ? { keys: [transition.uid], hidden: 0 } : NONE;
    }
    case 'details': {
      const { kind, id } = place.subject;
      if (kind === 'process') return { keys: [id], hidden: 0 };
      return { keys: [...(snapshot.supervisors.get(id)?.processes.keys() ?? [])], hidden: 0 };
    }
    case 'logs':
      return { keys: ui.logs.uids, hidden: 0 };
    case 'help':
    case 'messages':
      return NONE;
  }
}

export function isGroup(row: { readonly key: string }): boolean {
  return isProcessListRow(row) && row.kind === 'group';
}

/** The keys of what a row stands for: itself, or the members of a group. */
export function membersOf(row: { readonly key: string }): readonly string[] {
  return isProcessListRow(row) && row.kind === 'group' ? row.members.map((member) => member.key) : [row.key];
}

function countHidden(store: Store, marked: readonly string[]): number {
  const shown = new Set((store.frame().body.rows ?? []).flatMap(membersOf));
  return marked.filter((uid) => !shown.has(uid)).length;
}

export function targetSupervisors(store: Store): readonly string[] {
  const { ui, snapshot } = store.model();
  const { place } = ui.navigation;
  if (place.screen === 'supervisors') {
    const marked = [...ui.marks.supervisors].filter((name) => snapshot.supervisors.has(name));
    const name = rowKey(store);
    return marked.length > 0 ? marked : name === null ? [] : [name];
  }
  if (place.screen === 'details' && place.subject.kind === 'supervisor') return [place.subject.id];
  const names = targetProcesses(store).keys.map((uid) => parseUid(uid)?.supervisor ?? '');
  return [...new Set(names)].filter((name) => name !== '');
}
