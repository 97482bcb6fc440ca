// What each action of the key table does.
import type { Handlers } from './handlers.ts';
import { quit } from './quit.ts';
import type { Orders } from '../../core/orders.ts';
import { rightOf, refuseAction } from './rights.ts';
import type { ActionId } from '../keys/key-table.ts';
import { THEME_NAMES } from '../theme.ts';
import { isMainScreen, nextMainScreen } from '../ui-state/navigation.ts';
import type { Place } from '../ui-state/navigation.ts';
import { notify } from '../control/control.ts';
import { copyRow } from '../control/copy.ts';
import { dispatchLogAction } from '../control/log-actions.ts';
import { foldAll, markRows } from '../control/marking.ts';
import { isMove, move, nextProblem } from '../control/moves.ts';
import { processRow, rowKey, targetProcesses, targetSupervisors } from './targets.ts';

export function dispatchKeyAction(handlers: Handlers, action: ActionId): void {
  const { control, desk } = handlers;
  const { store, outside } = control;
  if (isMove(action)) {
    move(store, action);
    return;
  }
  switch (action) {
    case 'next-problem':
      if (!nextProblem(control)) notify(control, 'good', 'nothing is in trouble');
      return;
    case 'start':
    case 'stop':
    case 'restart':
      orderProcesses(handlers, { action });
      return;
    case 'signal':
      pickSignal(handlers);
      return;
    case 'log-clear':
      orderProcesses(handlers, { action: 'clear' });
      return;
    case 'reread':
    case 'update':
    case 'reload':
    case 'shutdown':
      desk.order({ action, targets: targetSupervisors(store) }, 0);
      return;
    case 'cancel':
      desk.cancel();
      return;
    case 'mark':
    case 'mark-all':
    case 'unmark-all':
      markRows(control, action);
      return;
    case 'open':
      open(handlers);
      return;
    case 'logs':
      openLogs(handlers);
      return;
    case 'filter':
      store.dispatch('filter', { type: 'edit' });
      return;
    case 'clear':
      clear(handlers);
      return;
    case 'palette':
      store.dispatch('palette', { type: 'open' });
      return;
    case 'problems':
      store.dispatch('arrangement', { type: 'toggle-problems' });
      return;
    case 'sort':
      store.dispatch('dialog', { type: 'sort' });
      return;
    case 'group':
      store.dispatch('arrangement', { type: 'next-grouping' });
      return;
    case 'fold-all':
      foldAll(control);
      return;
    case 'theme': {
      const { theme } = store.model().ui.arrangement;
      const next = THEME_NAMES[(THEME_NAMES.indexOf(theme) + 1) % THEME_NAMES.length] ?? 'dark';
      store.dispatch('arrangement', { type: 'theme', theme: next });
      return;
    }
    case 'processes':
    case 'supervisors':
    case 'timeline':
    case 'messages':
    case 'help':
      goTo(handlers, { screen: action });
      return;
    case 'next-screen':
    case 'previous-screen': {
      const { screen } = store.model().ui.navigation.place;
      goTo(handlers, { screen: nextMainScreen(screen, action === 'next-screen' ? 1 : -1) });
      return;
    }
    case 'refresh':
      control.session.reread([]);
      notify(control, 'info', 'asked for a reread of every supervisor');
      return;
    case 'copy':
      copyRow(control);
      return;
    case 'log-follow':
    case 'log-wrap':
    case 'log-times':
    case 'log-stream':
    case 'log-filter':
    case 'log-search':
    case 'log-save':
    case 'log-next':
    case 'log-previous':
    case 'left':
    case 'right':
      dispatchLogAction(control, action);
      return;
    case 'previous':
      back(handlers);
      return;
    case 'back':
      if (isMainScreen(store.model().ui.navigation.place.screen)) quit(handlers);
      else back(handlers);
      return;
    case 'quit':
      quit(handlers);
      return;
    case 'suspend':
      outside.suspend();
      return;
    case 'redraw':
      outside.redraw();
  }
}

export function orderProcesses({ control, desk }: Handlers, orders: Omit<Orders, 'targets'>): void {
  const { keys, hidden } = targetProcesses(control.store);
  desk.order({ ...orders, targets: keys }, hidden);
}

function pickSignal({ control }: Handlers): void {
  const { store } = control;
  const { connection, setting } = store.model();
  const refusal = refuseAction({ readOnly: setting.readOnly, connection }, 'signal');
  const { keys, hidden } = targetProcesses(store);
  if (refusal !== null) notify(control, 'warn', refusal);
  else if (keys.length === 0) notify(control, 'warn', 'nothing to act on: mark processes, or put the cursor on one');
  else store.dispatch('dialog', { type: 'signal', targets: keys, hidden });
}

function open(handlers: Handlers): void {
  const { store } = handlers.control;
  const { screen } = store.model().ui.navigation.place;
  const key = rowKey(store);
  if (key === null) return;
  if (screen === 'supervisors') {
    goTo(handlers, { screen: 'details', subject: { kind: 'supervisor', id: key } });
    return;
  }
  if (screen === 'processes' && processRow(store)?.kind === 'group') {
    store.dispatch('arrangement', { type: 'toggle-fold', key });
    return;
  }
  const uid = screen === 'timeline' ? store.model().timeline.find(({ id }) => String(id) === key)?.uid : key;
  if (uid !== undefined) goTo(handlers, { screen: 'details', subject: { kind: 'process', id: uid } });
}

function openLogs({ control, tails }: Handlers): void {
  const { store } = control;
  const { connection, setting } = store.model();
  const act = rightOf('logs');
  const refusal = act === null ? null : refuseAction({ readOnly: setting.readOnly, connection }, act);
  const { keys } = targetProcesses(store);
  if (refusal !== null) notify(control, 'warn', refusal);
  else if (keys.length === 0) notify(control, 'info', 'no process to read the logs of');
  else {
    store.batch(() => {
      store.dispatch('navigation', { type: 'go', place: { screen: 'logs' } });
      tails.open(keys);
    });
  }
}

/** Tails live as long as the screen that shows them. */
function goTo({ control, tails }: Handlers, place: Place): void {
  const { store } = control;
  store.batch(() => {
    store.dispatch('navigation', { type: 'go', place });
    store.dispatch('cursors', { type: 'set', list: 'pages', cursor: { key: null, index: 0, top: 0 } });
    enter({ control, tails }, place);
  });
}

function enter({ control, tails }: Pick<Handlers, 'control' | 'tails'>, place: Place): void {
  if (place.screen === 'details' && place.subject.kind === 'process') tails.preview(place.subject.id);
  else if (place.screen === 'logs') tails.open(control.store.model().ui.logs.uids);
  else tails.close();
}

function back({ control, tails }: Handlers): void {
  const { store } = control;
  store.batch(() => {
    store.dispatch('navigation', { type: 'back' });
    enter({ control, tails }, store.model().ui.navigation.place);
  });
}

/** The nearest thing that can be undone: the filter, then the marks of a search, then the screen. */
function clear(handlers: Handlers): void {
  const { store } = handlers.control;
  const { navigation, filter, logs } = store.model().ui;
  const { screen } = navigation.place;
  if (screen === 'logs' && (logs.search !== '' || logs.filter !== '')) {
    store.batch(() => {
      for (const what of ['search', 'filter'] as const) {
        store.dispatch('logs', { type: 'edit', what });
        store.dispatch('logs', { type: 'cancel' });
      }
    });
    return;
  }
  if (isMainScreen(screen)) {
    if (filter.filter.text !== '') store.dispatch('filter', { type: 'clear' });
    return;
  }
  back(handlers);
}
