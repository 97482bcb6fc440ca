// The page over a session: state in the middle, views around it, one paint per frame at most.
import { parseUid } from '../../core/ids.ts';
import type { Session } from '../../core/ports.ts';
import { isProblem } from '../../core/process-state.ts';
import { findProcess } from '../../core/engine/reduce.ts';
import { createLastKnown } from '../../core/view/last-known.ts';
import { createRowsView } from '../../core/view/rows.ts';
import type { Rows } from '../../core/view/rows.ts';
import { SORT_KEYS } from '../../core/view/sort.ts';
import type { Action } from './acting.ts';
import { act, refusalOf } from './acting.ts';
import { createDetails } from './views/details-view.ts';
import { button, h } from './dom.ts';
import { createHeader } from './views/header.ts';
import type { KeyAction } from './keys.ts';
import { KEYS, toKeyAction } from './keys.ts';
import { createListView } from './views/list-view.ts';
import { createLogView } from './views/log-view.ts';
import { createNotices, notificationButton } from './views/notices.ts';
import type { PageState } from './page-state.ts';
import { nextGrouping, readAddress, sortedBy, toAddress, withFilter, withQuery, withToggled } from './page-state.ts';
import { createSheets } from './views/sheet.ts';
import { toSupervisorCard } from './views/supervisors-view.ts';
import { toggleTheme } from './theme.ts';
import { createTimelineView } from './views/timeline-view.ts';

const ACTIONS: readonly (readonly [Action, string])[] = [
  ['start', 'Start'],
  ['restart', 'Restart'],
  ['stop', 'Stop'],
  ['signal', 'Signal'],
  ['clear', 'Clear logs'],
];

export function runPage(root: HTMLElement, session: Session, { canLogOut }: { readonly canLogOut: boolean }): void {
  const toRows = createRowsView();
  const lastKnown = createLastKnown();
  /** What is to be shown: old rows as old ones. */
  const seen = () => lastKnown(session.snapshot(), session.connection());
  const notices = createNotices();
  const sheets = createSheets();
  let state: PageState = readAddress(location.hash);
  let rows: Rows = toRows(seen(), state.query);
  /** Called with every paint: what is open keeps itself up to date. */
  let updateSheet: (() => void) | null = null;
  let painting = false;
  /** Index of the row to bring into sight with the next paint: only then is the list as long as it will be. */
  let revealing: number | null = null;

  const header = createHeader(
    {
      onFilter: (text) => change(withFilter(state, text)),
      onView: (view) => change({ ...state, view }),
      onGroup: (groupBy) => change(withQuery(state, { groupBy })),
      onSort: (sort) => change(sortedBy(state, sort)),
      onProblems: () => change(withQuery(state, { onlyProblems: !state.query.onlyProblems })),
      onHelp: () => showHelp(),
      onHistory: () => openSheet('Notifications', [notificationButton(notices), notices.history()]),
      onTheme: toggleTheme,
      onLogout: () => void fetch('api/logout', { method: 'POST' }).then(() => location.reload()),
    },
    { canLogOut },
  );
  const list = createListView({
    onOpen: (row) => openDetails(row.key),
    onCursor: (cursor) => change({ ...state, cursor }),
    onMark: (key) => change({ ...state, marked: withToggled(state.marked, key) }),
    onFold: (row) =>
      change({ ...withQuery(state, { folded: withToggled(state.query.folded, row.key) }), cursor: row.key }),
  });
  const supervisors = h('div', { class: 'cards' });
  const timeline = createTimelineView((uid) => openDetails(uid));
  const marked = h('span', {});
  const logsButton = button('Logs', () => openLogs());
  const actionButtons = ACTIONS.map(([action, label]) => button(label, () => actOnTargets(action)));
  const bar = h('footer', { class: 'bar' }, [
    marked,
    ...actionButtons,
    logsButton,
    button('Unmark', () => change({ ...state, marked: new Set() })),
  ]);
  const empty = h('p', { class: 'empty dim' });
  const main = h('main', {}, [list.element, empty, supervisors, timeline.element]);
  root.replaceChildren(header.element, main, bar, sheets.element, notices.element);

  const change = (next: PageState) => {
    const address = toAddress(next);
    if (address !== toAddress(state)) history.replaceState(null, '', address);
    state = next;
    paint();
  };

  const paint = () => {
    if (painting) return;
    painting = true;
    requestAnimationFrame(() => {
      painting = false;
      const snapshot = seen();
      rows = toRows(snapshot, state.query);
      const connection = session.connection();
      header.update(state, { snapshot, rows, connection });
      root.dataset['view'] = state.view;
      root.dataset['connection'] = connection.state;
      empty.textContent = emptyText();
      empty.hidden = empty.textContent === '' || state.view !== 'processes';
      if (state.view === 'processes')
        list.render(rows, { cursor: state.cursor, marked: state.marked, now: Date.now() });
      else if (state.view === 'supervisors') paintSupervisors();
      else timeline.render(session.timeline(), rows, state.query);
      if (revealing !== null) list.reveal(revealing);
      revealing = null;
      paintBar();
      updateSheet?.();
    });
  };

  /** Why there is nothing to see. */
  const emptyText = (): string => {
    if (rows.rows.length > 0) return '';
    if (seen().epoch === '') return 'Waiting for the server …';
    if (rows.total === 0) return 'No supervisor has told its processes yet; see Supervisors.';
    return state.query.onlyProblems && state.query.filter.text === ''
      ? 'No problems.'
      : 'Nothing matches; Esc clears the filter.';
  };

  const paintSupervisors = () => {
    const handlers = {
      act: (action: Action, name: string) => void act(session, { action, targets: [name] }, notices),
      refusal: (action: Action) => refusalOf(session, action),
      onShow: (name: string) => change({ ...withFilter(state, `sup:${name}`), view: 'processes' }),
    };
    // A button that is being pressed must not be replaced under the finger.
    if (supervisors.matches(':active')) return;
    supervisors.replaceChildren(...Array.from(seen().supervisors.values(), (each) => toSupervisorCard(each, handlers)));
  };

  const targets = (): readonly string[] => {
    if (state.marked.size > 0) return [...state.marked];
    return state.cursor !== null && findProcess(seen(), state.cursor) ? [state.cursor] : [];
  };

  const paintBar = () => {
    const chosen = targets();
    const readOnly = chosen.some((uid) => seen().supervisors.get(parseUid(uid)?.supervisor ?? '')?.readOnly);
    bar.hidden = chosen.length === 0 || state.view !== 'processes';
    marked.textContent = state.marked.size > 0 ? `${state.marked.size} marked` : (state.cursor ?? '');
    for (const [index, each] of actionButtons.entries()) {
      const action = ACTIONS[index]?.[0] ?? 'start';
      const refusal = refusalOf(session, action) ?? (readOnly ? 'read_only in the configuration' : null);
      each.disabled = refusal !== null;
      each.title = refusal ?? '';
    }
  };

  const actOnTargets = (action: Action) => void act(session, { action, targets: targets() }, notices);

  const openSheet = (title: string, content: Parameters<typeof sheets.open>[1], onClose = () => {}) => {
    updateSheet = null;
    sheets.open(title, content, () => {
      updateSheet = null;
      onClose();
    });
  };

  const openDetails = (uid: string) => {
    const details = createDetails();
    const buttons = [
      ...ACTIONS.map(([action, label]) =>
        button(label, () => void act(session, { action, targets: [uid] }, notices), {
          attrs: { title: refusalOf(session, action) },
        }),
      ),
      button('Logs', () => openLogs(uid)),
    ];
    openSheet(uid, [h('div', { class: 'buttons' }, buttons), details.element]);
    updateSheet = () => {
      const snapshot = seen();
      const process = findProcess(snapshot, uid);
      const supervisor = snapshot.supervisors.get(process?.supervisor ?? '');
      if (process && supervisor) details.update(process, supervisor, session.timeline());
      else details.element.replaceChildren(h('p', {}, 'It is not there any more.'));
    };
    paint();
  };

  const openLogs = (uid: string | undefined = targets()[0]) => {
    if (uid === undefined) return;
    const view = createLogView(session, uid);
    openSheet(`Log of ${uid}`, [view.element], view.stop);
  };

  const showHelp = () => {
    const lines = KEYS.flatMap(([keys, , says]) => [
      h('dt', {}, keys.map((key) => (key === ' ' ? 'space' : key)).join(' ')),
      h('dd', {}, says),
    ]);
    openSheet('Keys', [h('dl', { class: 'keys' }, lines)]);
  };

  const move = (to: (index: number) => number) => {
    const at = rows.rows.findIndex(({ key }) => key === state.cursor);
    const index = Math.max(0, Math.min(rows.rows.length - 1, to(at)));
    const row = rows.rows[index];
    if (!row) return;
    revealing = index;
    change({ ...state, cursor: row.key });
  };

  const openCursor = () => {
    const row = rows.rows.find(({ key }) => key === state.cursor);
    if (row?.kind === 'process') openDetails(row.key);
    else if (row) change(withQuery(state, { folded: withToggled(state.query.folded, row.key) }));
  };

  const back = () => {
    if (sheets.close()) return;
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
    if (state.query.filter.text !== '') change(withFilter(state, ''));
  };

  const onKey = (action: KeyAction): void => {
    // What was typed before may not have been painted yet; keys mean the list as it will be.
    rows = toRows(seen(), state.query);
    switch (action) {
      case 'down':
        return move((index) => index + 1);
      case 'up':
        return move((index) => index - 1);
      case 'top':
        return move(() => 0);
      case 'bottom':
        return move(() => Infinity);
      case 'page-down':
        return move((index) => index + list.pageSize());
      case 'page-up':
        return move((index) => index - list.pageSize());
      case 'open':
        return openCursor();
      case 'filter':
        change({ ...state, view: 'processes' });
        return header.filter.focus();
      case 'start':
      case 'stop':
      case 'restart':
      case 'signal':
      case 'clear':
        return actOnTargets(action);
      case 'logs':
        return openLogs();
      case 'mark':
        if (state.cursor !== null && findProcess(seen(), state.cursor)) {
          change({ ...state, marked: withToggled(state.marked, state.cursor) });
        }
        return move((index) => index + 1);
      case 'mark-all':
        return change({ ...state, marked: new Set(rows.matching.map(({ key }) => key)) });
      case 'unmark':
        return change({ ...state, marked: new Set() });
      case 'group':
        return change(withQuery(state, { groupBy: nextGrouping(state.query.groupBy) }));
      case 'sort':
        return change(
          withQuery(state, {
            sort: SORT_KEYS[(SORT_KEYS.indexOf(state.query.sort) + 1) % SORT_KEYS.length] ?? 'order',
          }),
        );
      case 'problems':
        return change(withQuery(state, { onlyProblems: !state.query.onlyProblems }));
      case 'processes':
      case 'supervisors':
      case 'timeline':
        return change({ ...state, view: action });
      case 'help':
        return showHelp();
      case 'back':
        return back();
    }
  };

  document.addEventListener('keydown', (event) => {
    const { target } = event;
    const typing = target instanceof HTMLElement && target.matches('input:not([type=checkbox]), select, textarea');
    const action = toKeyAction(event);
    // A dialog has keys of its own, and Enter on a button presses it.
    if (action === null || document.querySelector('dialog[open]')) return;
    if (typing && action !== 'back') {
      if (event.key === 'Enter' && target === header.filter) list.element.focus();
      return;
    }
    if ((action === 'open' || action === 'mark') && target instanceof HTMLButtonElement) return;
    event.preventDefault();
    onKey(action);
  });
  addEventListener('hashchange', () => change({ ...state, ...readAddress(location.hash), marked: state.marked }));

  session.subscribe((event) => {
    if (event.type === 'transitions') {
      for (const { id, uid, to, lastWords } of event.transitions) {
        // An amended transition was told already; the whole past is no news.
        if (lastWords !== null || id <= lastTold || session.connection().state !== 'live') continue;
        lastTold = id;
        if (isProblem(to)) notices.add(to === 'FATAL' ? 'error' : 'warning', `${uid} is ${to}`);
      }
    } else if (event.type === 'gap') notices.add('warning', `${event.supervisor}: ${event.message}`);
    else if (event.type === 'connection' && event.connection.state === 'live')
      lastTold = session.timeline().at(-1)?.id ?? lastTold;
    paint();
  });
  let lastTold = 0;
  // Ages and uptimes move on by themselves.
  setInterval(() => document.hidden || paint(), 1_000);
  paint();
}
