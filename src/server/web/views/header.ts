// The top of the page: whose it is, whether it is connected, what it counts, and how the list is made.
import type { Snapshot } from '../../../core/model.ts';
import type { Connection } from '../../../core/ports.ts';
import type { Grouping, Rows } from '../../../core/view/row-model.ts';
import { GROUPINGS } from '../../../core/view/row-model.ts';
import { SORT_CHOICES } from '../../../core/view/sort-choices.ts';
import { isSortKey } from '../../../core/view/sort.ts';
import type { SortKey } from '../../../core/view/sort.ts';
import { formatAge, stateGlyph } from '../../../core/view/text.ts';
import { button, h, setText, toShown } from '../dom.ts';
import { STATE_ORDER } from '../state-order.ts';
import type { PageState, View } from '../page-state.ts';
import { VIEWS } from '../page-state.ts';

export type HeaderHandlers = {
  readonly onFilter: (text: string) => void;
  readonly onView: (view: View) => void;
  readonly onGroup: (grouping: Grouping) => void;
  readonly onSort: (sort: SortKey) => void;
  readonly onProblems: () => void;
  readonly onHelp: () => void;
  readonly onHistory: () => void;
  readonly onTheme: () => void;
  readonly onLogout: () => void;
};

export type Header = {
  readonly element: HTMLElement;
  readonly filter: HTMLInputElement;
  update(
    state: PageState,
    facts: { readonly snapshot: Snapshot; readonly rows: Rows; readonly connection: Connection },
  ): void;
};

export function createHeader(handlers: HeaderHandlers, { canLogOut }: { readonly canLogOut: boolean }): Header {
  const name = h('h1', {});
  const connectionText = h('span', { class: 'connection', attrs: { role: 'status' } });
  const counts = h('span', { class: 'counts' });
  const matching = h('span', { class: 'dim matching' });
  const errors = h('span', { class: 'warning' });
  const filter = h('input', {
    class: 'filter',
    attrs: {
      type: 'search',
      placeholder: 'filter: web !cron state:fatal sup:lid* ~regex',
      'aria-label': 'Filter',
      autocomplete: 'off',
      spellcheck: 'false',
    },
    on: { input: () => handlers.onFilter(filter.value) },
  });
  const grouping = select(
    'Group by',
    GROUPINGS.map((each) => [each, each === 'none' ? 'no groups' : `by ${each}`]),
    (value) => {
      const chosen = GROUPINGS.find((each) => each === value);
      if (chosen) handlers.onGroup(chosen);
    },
  );
  const sort = select(
    'Sort by',
    SORT_CHOICES.map(({ order, words }) => [order, `sort: ${words}`]),
    (value) => {
      if (isSortKey(value)) handlers.onSort(value);
    },
  );
  const problems = button('Problems', handlers.onProblems, { attrs: { 'aria-pressed': 'false' } });
  const tabs = VIEWS.map((view) =>
    button(view, () => handlers.onView(view), { class: 'tab', attrs: { 'aria-current': null } }),
  );
  const element = h('header', { class: 'top' }, [
    h('div', { class: 'line' }, [
      name,
      connectionText,
      counts,
      h('span', { class: 'grow' }),
      button('☰', handlers.onHistory, {
        class: 'quiet',
        attrs: { title: 'What was notified', 'aria-label': 'Notifications' },
      }),
      button('◐', handlers.onTheme, {
        class: 'quiet',
        attrs: { title: 'Dark or light', 'aria-label': 'Dark or light' },
      }),
      button('?', handlers.onHelp, { class: 'quiet', attrs: { title: 'Keys', 'aria-label': 'Keys' } }),
      canLogOut ? button('Log out', handlers.onLogout, { class: 'quiet' }) : null,
    ]),
    h('div', { class: 'line' }, [
      h('nav', { attrs: { 'aria-label': 'Views' } }, tabs),
      filter,
      matching,
      errors,
      h('div', { class: 'choices' }, [grouping, sort, problems]),
    ]),
  ]);

  return {
    element,
    filter,
    update: (state, { snapshot, rows, connection }) => {
      const title = snapshot.name;
      setText(name, title);
      const bad = (rows.counts.FATAL ?? 0) + (rows.counts.BACKOFF ?? 0);
      document.title = toShown(`${bad > 0 ? `(${bad}) ` : ''}${title}`);
      setText(connectionText, toConnectionText(connection));
      connectionText.dataset['state'] = connection.state;
      const parts = STATE_ORDER.flatMap((each) => {
        const count = rows.counts[each] ?? 0;
        if (count === 0) return [];
        const label = `${stateGlyph(each, 'unicode')} ${count} ${each.toLowerCase()}`;
        return [
          button(label, () => handlers.onFilter(`state:${each.toLowerCase()}`), {
            class: 'count',
            attrs: { 'data-state': each },
          }),
        ];
      });
      const supervisors = `${rows.supervisorsUp}/${rows.supervisors} supervisors`;
      const told = `${parts.map((part) => part.textContent).join(' ')} ${supervisors}`;
      if (counts.dataset['told'] !== told) {
        counts.dataset['told'] = told;
        counts.replaceChildren(
          ...parts,
          h('span', { class: rows.supervisorsUp < rows.supervisors ? 'warning' : 'dim' }, supervisors),
        );
      }
      setText(
        matching,
        state.query.filter.text === '' && !state.query.onlyProblems ? '' : `${rows.matching.length}/${rows.total}`,
      );
      setText(errors, state.query.filter.errors.join(' · '));
      if (document.activeElement !== filter && filter.value !== state.query.filter.text)
        filter.value = state.query.filter.text;
      grouping.value = state.query.groupBy;
      sort.value = state.query.sort;
      problems.setAttribute('aria-pressed', String(state.query.onlyProblems));
      for (const [index, tab] of tabs.entries()) {
        if (VIEWS[index] === state.view) tab.setAttribute('aria-current', 'page');
        else tab.removeAttribute('aria-current');
      }
      element.dataset['view'] = state.view;
    },
  };
}

function toConnectionText(connection: Connection): string {
  if (connection.state === 'live') return '● live';
  const cause = connection.error === null ? '' : `: ${connection.error.message}`;
  if (connection.state === 'connecting') return `◌ connecting${cause}`;
  return `✖ lost ${formatAge(Date.now() - connection.since)} ago${cause}`;
}

function select(
  label: string,
  options: readonly (readonly [value: string, text: string])[],
  onChange: (value: string) => void,
): HTMLSelectElement {
  const element = h(
    'select',
    { attrs: { 'aria-label': label } },
    options.map(([value, text]) => h('option', { attrs: { value } }, text)),
  );
  element.addEventListener('change', () => onChange(element.value));
  return element;
}
