// What the page shows of what is known: one value, changed in one place, and the part of it that an address keeps.
import type { Filter } from '../../core/view/filter.ts';
import { parseFilter } from '../../core/view/filter.ts';
import type { Grouping, RowsQuery } from '../../core/view/row-model.ts';
import { GROUPINGS } from '../../core/view/row-model.ts';
import type { SortKey } from '../../core/view/sort.ts';
import { isSortKey } from '../../core/view/sort.ts';

export const VIEWS = ['processes', 'supervisors', 'timeline'] as const;
export type View = (typeof VIEWS)[number];

export type PageState = {
  readonly view: View;
  readonly query: RowsQuery;
  /** Key of the row under the cursor. */
  readonly cursor: string | null;
  readonly marked: ReadonlySet<string>;
};

export function readAddress(hash: string): PageState {
  const fields = new URLSearchParams(hash.replace(/^#/u, ''));
  const sort = fields.get('sort') ?? 'order';
  const view = VIEWS.find((each) => each === fields.get('view')) ?? 'processes';
  const groupBy = GROUPINGS.find((each) => each === fields.get('by')) ?? 'group';
  return {
    view,
    query: {
      filter: parseFilter(fields.get('filter') ?? ''),
      sort: isSortKey(sort) ? sort : 'order',
      reversed: fields.get('reversed') === '1',
      groupBy,
      onlyProblems: fields.get('problems') === '1',
      folded: new Set(),
    },
    cursor: null,
    marked: new Set(),
  };
}

/** Only what is not as it always is. */
export function toAddress({ view, query }: PageState): string {
  const fields = new URLSearchParams();
  if (view !== 'processes') fields.set('view', view);
  if (query.filter.text !== '') fields.set('filter', query.filter.text);
  if (query.groupBy !== 'group') fields.set('by', query.groupBy);
  if (query.sort !== 'order') fields.set('sort', query.sort);
  if (query.reversed) fields.set('reversed', '1');
  if (query.onlyProblems) fields.set('problems', '1');
  const text = fields.toString();
  return text === '' ? '#' : `#${text}`;
}

export function withQuery(state: PageState, change: Partial<RowsQuery>): PageState {
  return { ...state, query: { ...state.query, ...change } };
}

export function withFilter(state: PageState, text: string): PageState {
  const filter: Filter = parseFilter(text);
  return withQuery(state, { filter });
}

export function nextGrouping(grouping: Grouping): Grouping {
  return GROUPINGS[(GROUPINGS.indexOf(grouping) + 1) % GROUPINGS.length] ?? 'group';
}

/** The same key again turns the order around. */
export function sortedBy(state: PageState, sort: SortKey): PageState {
  const same = state.query.sort === sort;
  return withQuery(state, { sort, reversed: same && !state.query.reversed });
}

export function withToggled(set: ReadonlySet<string>, key: string): ReadonlySet<string> {
  const next = new Set(set);
  if (!next.delete(key)) next.add(key);
  return next;
}
