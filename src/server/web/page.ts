// The page over a session: state in the middle, views around it, one paint per frame at most.
import type { Session } from '../../core/ports.ts';
import { listenToKeys, orderTargets } from './dispatch-key-action.ts';
import { createMainViews } from './main-views.ts';
import { readAddress, sortedBy, withFilter, withQuery } from './page-state.ts';
import type { PageStore } from './page-store.ts';
import { createPageStore } from './page-store.ts';
import type { Panels } from './panels.ts';
import { createPanels } from './panels.ts';
import { createNewsTeller } from './tell-news.ts';
import { toggleTheme } from './theme.ts';
import { createActionBar } from './views/action-bar.ts';
import type { Header } from './views/header.ts';
import { createHeader } from './views/header.ts';
import { createNotices } from './views/notices.ts';

/** Ages and uptimes move on by themselves. */
const TICK_MS = 1_000;

export type PageOptions = { readonly canLogOut: boolean };

export function runPage(root: HTMLElement, session: Session, options: PageOptions): void {
  const paint = createPainter(() => update());
  const store = createPageStore(session, paint);
  const notices = createNotices();
  const panels = createPanels(store, notices);
  const header = createPageHeader(store, panels, options);
  const main = createMainViews(store, panels, notices);
  const bar = createActionBar(store, {
    onAction: (action) => orderTargets({ store, notices }, action),
    onLogs: () => panels.openLogs(),
    onUnmark: () => store.change({ ...store.state(), marked: new Set() }),
  });
  let revealing: number | null = null;
  root.replaceChildren(header.element, main.element, bar.element, panels.element, notices.element);

  const update = () => {
    const connection = session.connection();
    header.update(store.state(), { snapshot: store.seen(), rows: store.rows(), connection });
    root.dataset['view'] = store.state().view;
    root.dataset['connection'] = connection.state;
    main.update();
    if (revealing !== null) main.list.reveal(revealing);
    revealing = null;
    bar.update();
    panels.update();
  };

  const reveal = (index: number) => (revealing = index);
  listenToKeys({ store, panels, notices, header, list: main.list, reveal });
  addEventListener('hashchange', () => {
    const { marked } = store.state();
    store.change({ ...store.state(), ...readAddress(location.hash), marked });
  });
  const tellNews = createNewsTeller(session, notices);
  session.subscribe((event) => {
    tellNews(event);
    paint();
  });
  setInterval(() => document.hidden || paint(), TICK_MS);
  paint();
}

/** However often it is called, once per frame. */
function createPainter(update: () => void): () => void {
  let painting = false;
  return () => {
    if (painting) return;
    painting = true;
    requestAnimationFrame(() => {
      painting = false;
      update();
    });
  };
}

function createPageHeader({ state, change }: PageStore, panels: Panels, { canLogOut }: PageOptions): Header {
  return createHeader(
    {
      onFilter: (text) => change(withFilter(state(), text)),
      onView: (view) => change({ ...state(), view }),
      onGroup: (groupBy) => change(withQuery(state(), { groupBy })),
      onSort: (sort) => change(sortedBy(state(), sort)),
      onProblems: () => change(withQuery(state(), { onlyProblems: !state().query.onlyProblems })),
      onHelp: panels.openHelp,
      onHistory: panels.openHistory,
      onTheme: toggleTheme,
      onLogout: () => void fetch('api/logout', { method: 'POST' }).then(() => location.reload()),
    },
    { canLogOut },
  );
}
