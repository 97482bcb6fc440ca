// Marks and folds of the rows that are shown.
import { AGENTS_KEY } from '../../core/view/grouping.ts';
import type { Control } from './control.ts';
import { move } from './moves.ts';
import { isGroup, membersOf, processRow, rowKey } from '../actions/targets.ts';

export function markRows({ store }: Control, action: 'mark' | 'mark-all' | 'unmark-all'): void {
  const { screen } = store.model().ui.navigation.place;
  const list = screen === 'supervisors' ? 'supervisors' : 'processes';
  if (action === 'unmark-all') {
    store.dispatch('marks', { type: 'clear', list, keys: [] });
    return;
  }
  const rows = store.frame().body.rows ?? [];
  const row = screen === 'processes' ? processRow(store) : null;
  const key = rowKey(store);
  // Nobody means the agents by "all" while they are folded away; shown, each has a row of its own.
  const all = rows.filter((shown) => shown.key !== AGENTS_KEY).flatMap(membersOf);
  const one = row ? membersOf(row) : key === null ? [] : [key];
  store.batch(() => {
    store.dispatch('marks', { type: action === 'mark' ? 'toggle' : 'add', list, keys: action === 'mark' ? one : all });
    if (action === 'mark') move(store, 'down');
  });
}

/** Folds all groups, or unfolds them when all are folded. */
export function foldAll({ store }: Control): void {
  const { rows } = store.frame().body;
  const groups = (rows ?? []).filter(isGroup).map((row) => row.key);
  const { folded } = store.model().ui.arrangement;
  const allFolded = groups.every((key) => folded.has(key));
  store.dispatch('arrangement', { type: 'fold', keys: allFolded ? [AGENTS_KEY] : groups });
}
