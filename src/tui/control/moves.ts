// Moving over lists, pages and logs: the same keys, three kinds of ground.
import { createShownLines, findTop, toLinePattern, toLogFit } from '../frame/log-view.ts';
import type { ActionId } from '../keys/key-table.ts';
import { isTroubled } from '../../core/crashes.ts';
import { findProcess } from '../../core/engine/reduce.ts';
import { moveCursor } from '../ui-state/cursor.ts';
import type { Store } from '../store.ts';
import type { Control } from './control.ts';
import { isGroup } from '../actions/targets.ts';

const MOVES = {
  down: (height) => ({ by: 1, height }),
  up: (height) => ({ by: -1, height }),
  'half-down': (height) => ({ by: Math.max(1, Math.floor(height / 2)), height }),
  'half-up': (height) => ({ by: -Math.max(1, Math.floor(height / 2)), height }),
  'page-down': (height) => ({ by: Math.max(1, height - 1), height }),
  'page-up': (height) => ({ by: -Math.max(1, height - 1), height }),
  top: (height) => ({ by: -Infinity, height }),
  bottom: (height) => ({ by: Infinity, height }),
} as const satisfies Partial<Record<ActionId, (height: number) => { readonly by: number; readonly height: number }>>;

export type Move = keyof typeof MOVES;

export function isMove(action: ActionId): action is Move {
  return Object.hasOwn(MOVES, action);
}

export function move(store: Store, action: Move): void {
  const { body } = store.frame();
  const { by } = MOVES[action](body.height);
  const { ui } = store.model();
  const { screen } = ui.navigation.place;
  switch (screen) {
    case 'processes':
    case 'supervisors':
    case 'timeline':
    case 'messages': {
      const rows = body.rows ?? [];
      const index = by === Infinity ? rows.length - 1 : ui.cursors[screen].index + by;
      const cursor = moveCursor(ui.cursors[screen], rows, { index, height: body.height });
      // Newest first: on the first row one wants to stay on top of what comes.
      const follows = (screen === 'timeline' || screen === 'messages') && cursor.index === 0;
      store.dispatch('cursors', { type: 'set', list: screen, cursor: follows ? { ...cursor, key: null } : cursor });
      return;
    }
    case 'details':
    case 'help': {
      const last = Math.max(0, body.count - body.height);
      const top = Math.max(0, Math.min(last, by === Infinity ? last : ui.cursors.pages.top + by));
      store.dispatch('cursors', { type: 'set', list: 'pages', cursor: { key: null, index: 0, top } });
      return;
    }
    case 'logs':
      moveLog(store, by);
  }
}

function moveLog(store: Store, by: number): void {
  const model = store.model();
  const { logs } = model.ui;
  const shown = createShownLines()(logs);
  const fit = toLogFit(model, store.frame().body.height);
  const end = findTop({ ...logs, follow: true }, shown, fit);
  const top = Math.max(0, findTop(logs, shown, fit) + by);
  if (top >= end && by > 0) {
    store.dispatch('logs', { type: 'follow' });
    return;
  }
  const line = shown[Math.min(top, end)];
  if (line) store.dispatch('logs', { type: 'stand', topId: line.id });
}

/** To the next line that the search matches; around the end when there is none before it. */
export function searchLog({ store }: Control, step: 1 | -1): void {
  const model = store.model();
  const { logs } = model.ui;
  const pattern = toLinePattern(logs.search);
  if (!pattern) return;
  const shown = createShownLines()(logs);
  const from = findTop(logs, shown, toLogFit(model, store.frame().body.height));
  for (let i = 1; i <= shown.length; i++) {
    const line = shown[(from + step * i + shown.length * 2) % shown.length];
    if (line && pattern.test(line.text)) {
      store.dispatch('logs', { type: 'stand', topId: line.id });
      return;
    }
  }
}

/** Whoever filters looks for a process: the cursor stays on its own if that matches, else goes to the first that does. */
export function landOnMatch(store: Store): void {
  const { ui } = store.model();
  if (ui.navigation.place.screen !== 'processes' || ui.filter.filter.text === '') return;
  const { body } = store.frame();
  const rows = body.rows ?? [];
  const cursor = ui.cursors.processes;
  if (rows.some((row) => row.key === cursor.key && !isGroup(row))) return;
  const index = rows.findIndex((row) => !isGroup(row));
  if (index < 0) return;
  store.dispatch('cursors', {
    type: 'set',
    list: 'processes',
    cursor: moveCursor(cursor, rows, { index, height: body.height }),
  });
}

/** To the next process in trouble, folded groups left out. */
export function nextProblem({ store }: Control): boolean {
  const { body } = store.frame();
  const { ui, snapshot } = store.model();
  const rows = body.rows ?? [];
  const from = ui.cursors.processes.index;
  for (let i = 1; i <= rows.length; i++) {
    const index = (from + i) % rows.length;
    const process = findProcess(snapshot, rows[index]?.key ?? '');
    if (process && isTroubled(process)) {
      const cursor = moveCursor(ui.cursors.processes, rows, { index, height: body.height });
      store.dispatch('cursors', { type: 'set', list: 'processes', cursor });
      return true;
    }
  }
  return false;
}
