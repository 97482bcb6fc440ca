// The middle of the page: the list, the supervisors or the timeline, and why there is nothing where there is nothing.
import { h } from './dom.ts';
import { giveOrders, refusalOf } from './give-orders.ts';
import { withFilter, withQuery, withToggled } from './page-state.ts';
import type { PageStore } from './page-store.ts';
import type { Panels } from './panels.ts';
import type { ListView } from './views/list-view.ts';
import { createListView } from './views/list-view.ts';
import type { Notices } from './views/notices.ts';
import { toSupervisorCard } from './views/supervisors-view.ts';
import { createTimelineView } from './views/timeline-view.ts';

export type MainViews = { readonly element: HTMLElement; readonly list: ListView; readonly update: () => void };

export function createMainViews(store: PageStore, panels: Panels, notices: Notices): MainViews {
  const list = createList(store, panels);
  const supervisors = h('div', { class: 'cards' });
  const timeline = createTimelineView((uid) => panels.openDetails(uid));
  const empty = h('p', { class: 'empty dim' });
  return {
    element: h('main', {}, [list.element, empty, supervisors, timeline.element]),
    list,
    update: () => {
      const { view, cursor, marked, query } = store.state();
      const rows = store.rows();
      empty.textContent = emptyText(store);
      empty.hidden = empty.textContent === '' || view !== 'processes';
      if (view === 'processes') list.render(rows, { cursor, marked, now: Date.now() });
      else if (view === 'supervisors') updateSupervisors(supervisors, store, notices);
      else timeline.render(store.session.timeline(), rows, query);
    },
  };
}

function createList(store: PageStore, panels: Panels): ListView {
  const { state, change } = store;
  return createListView({
    onOpen: (row) => panels.openDetails(row.key),
    onCursor: (cursor) => change({ ...state(), cursor }),
    onMark: (key) => change({ ...state(), marked: withToggled(state().marked, key) }),
    onFold: ({ key }) =>
      change({ ...withQuery(state(), { folded: withToggled(state().query.folded, key) }), cursor: key }),
  });
}

function updateSupervisors(element: HTMLElement, store: PageStore, notices: Notices): void {
  const { session, state, change } = store;
  // A button that is being pressed must not be replaced under the finger.
  if (element.matches(':active')) return;
  const handlers = {
    order: (action: Parameters<typeof refusalOf>[1], name: string) =>
      giveOrders({ session, notices }, { action, targets: [name] }),
    refusal: (action: Parameters<typeof refusalOf>[1]) => refusalOf(session, action),
    onShow: (name: string) => change({ ...withFilter(state(), `sup:${name}`), view: 'processes' }),
  };
  element.replaceChildren(...Array.from(store.seen().supervisors.values(), (each) => toSupervisorCard(each, handlers)));
}

/** Why there is nothing to see. */
function emptyText(store: PageStore): string {
  const { rows, total } = store.rows();
  const { filter, onlyProblems } = store.state().query;
  if (rows.length > 0) return '';
  if (store.seen().epoch === '') return 'Waiting for the server …';
  if (total === 0) return 'No supervisor has told its processes yet; see Supervisors.';
  return onlyProblems && filter.text === '' ? 'No problems.' : 'Nothing matches; Esc clears the filter.';
}
