// What each key of the page does.
import { findProcess } from '../../core/engine/reduce.ts';
import type { ProcessAction } from '../../core/model.ts';
import { SORT_CHOICES } from '../../core/view/sort-choices.ts';
import { giveOrders } from './give-orders.ts';
import type { PageAction } from './keys.ts';
import { findPageAction } from './keys.ts';
import type { PageState } from './page-state.ts';
import { nextGrouping, withFilter, withQuery, withToggled } from './page-state.ts';
import type { PageStore } from './page-store.ts';
import { targetsOf } from './page-store.ts';
import type { Panels } from './panels.ts';
import type { Header } from './views/header.ts';
import type { ListView } from './views/list-view.ts';
import type { Notices } from './views/notices.ts';

export type KeyTools = {
  readonly store: PageStore;
  readonly panels: Panels;
  readonly notices: Notices;
  readonly header: Header;
  readonly list: ListView;
  /** Brings the row into sight with the next paint: only then is the list as long as it will be. */
  readonly reveal: (index: number) => void;
};

export function listenToKeys(tools: KeyTools): void {
  const { header, list } = tools;
  document.addEventListener('keydown', (event) => {
    const { target } = event;
    const typing = target instanceof HTMLElement && target.matches('input:not([type=checkbox]), select, textarea');
    const action = findPageAction(event);
    // A dialog has keys of its own, and Enter on a button presses it.
    if (action === null || document.querySelector('dialog[open]')) return;
    if (typing && action !== 'clear') {
      if (event.key === 'Enter' && target === header.filter) list.element.focus();
      return;
    }
    if ((action === 'open' || action === 'mark') && target instanceof HTMLButtonElement) return;
    event.preventDefault();
    dispatchKeyAction(tools, action);
  });
}

function dispatchKeyAction(tools: KeyTools, action: PageAction): void {
  const { store, panels, header, list } = tools;
  const state = store.state();
  switch (action) {
    case 'down':
      return moveCursor(tools, (index) => index + 1);
    case 'up':
      return moveCursor(tools, (index) => index - 1);
    case 'top':
      return moveCursor(tools, () => 0);
    case 'bottom':
      return moveCursor(tools, () => Infinity);
    case 'page-down':
      return moveCursor(tools, (index) => index + list.pageSize());
    case 'page-up':
      return moveCursor(tools, (index) => index - list.pageSize());
    case 'open':
      return openCursor(tools);
    case 'filter':
      store.change({ ...state, view: 'processes' });
      return header.filter.focus();
    case 'start':
    case 'stop':
    case 'restart':
    case 'signal':
      return orderTargets(tools, action);
    case 'log-clear':
      return orderTargets(tools, 'clear');
    case 'logs':
      return panels.openLogs();
    case 'help':
      return panels.openHelp();
    case 'clear':
      return clear(tools);
    case 'mark':
      markCursor(store);
      return moveCursor(tools, (index) => index + 1);
    case 'mark-all':
    case 'unmark-all':
    case 'group':
    case 'sort':
    case 'problems':
    case 'processes':
    case 'supervisors':
    case 'timeline':
      return store.change(rearrange(store, action));
  }
}

type Rearrangement = Extract<
  PageAction,
  'mark-all' | 'unmark-all' | 'group' | 'sort' | 'problems' | 'processes' | 'supervisors' | 'timeline'
>;

/** What only changes what is shown. */
function rearrange(store: PageStore, action: Rearrangement): PageState {
  const state = store.state();
  const { query } = state;
  switch (action) {
    case 'mark-all':
      return { ...state, marked: new Set(store.rows().matching.map(({ key }) => key)) };
    case 'unmark-all':
      return { ...state, marked: new Set() };
    case 'group':
      return withQuery(state, { groupBy: nextGrouping(query.groupBy) });
    case 'sort': {
      const at = SORT_CHOICES.findIndex(({ order }) => order === query.sort);
      return withQuery(state, { sort: SORT_CHOICES[(at + 1) % SORT_CHOICES.length]?.order ?? 'order' });
    }
    case 'problems':
      return withQuery(state, { onlyProblems: !query.onlyProblems });
    case 'processes':
    case 'supervisors':
    case 'timeline':
      return { ...state, view: action };
  }
}

export function orderTargets({ store, notices }: Pick<KeyTools, 'store' | 'notices'>, action: ProcessAction): void {
  const { uids, hidden } = targetsOf(store);
  giveOrders({ session: store.session, notices }, { action, targets: uids }, hidden);
}

function moveCursor({ store, reveal }: KeyTools, to: (index: number) => number): void {
  const { rows } = store.rows();
  const at = rows.findIndex(({ key }) => key === store.state().cursor);
  const index = Math.max(0, Math.min(rows.length - 1, to(at)));
  const row = rows[index];
  if (!row) return;
  reveal(index);
  store.change({ ...store.state(), cursor: row.key });
}

function markCursor(store: PageStore): void {
  const state = store.state();
  const { cursor, marked } = state;
  if (cursor === null || !findProcess(store.seen(), cursor)) return;
  store.change({ ...state, marked: withToggled(marked, cursor) });
}

function openCursor({ store, panels }: KeyTools): void {
  const state = store.state();
  const row = store.rows().rows.find(({ key }) => key === state.cursor);
  if (row?.kind === 'process') panels.openDetails(row.key);
  else if (row) store.change(withQuery(state, { folded: withToggled(state.query.folded, row.key) }));
}

function clear({ store, panels }: KeyTools): void {
  if (panels.close()) return;
  if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
  if (store.state().query.filter.text !== '') store.change(withFilter(store.state(), ''));
}
