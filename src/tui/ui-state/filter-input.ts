// The filter of the lists while it is typed and after.
import type { Filter } from '../../core/view/filter.ts';
import { EMPTY_FILTER, parseFilter } from '../../core/view/filter.ts';
import type { LineEdit } from './line-edit.ts';
import { editLine, toLineEdit } from './line-edit.ts';

export type FilterState = {
  /** The one that holds; it keeps its identity as long as its text. */
  readonly filter: Filter;
  readonly editing: { readonly line: LineEdit; readonly before: string } | null;
};

export type FilterAction =
  | { readonly type: 'edit' }
  | { readonly type: 'key'; readonly key: string }
  | { readonly type: 'accept' | 'cancel' | 'clear' }
  | { readonly type: 'set'; readonly text: string };

export function toFilterState(text: string): FilterState {
  return { filter: text === '' ? EMPTY_FILTER : parseFilter(text), editing: null };
}

function withText(filter: Filter, text: string): Filter {
  return filter.text === text ? filter : parseFilter(text);
}

export function filterInput(state: FilterState, action: FilterAction): FilterState {
  switch (action.type) {
    case 'edit':
      return { ...state, editing: { line: toLineEdit(state.filter.text), before: state.filter.text } };
    case 'key': {
      const line = state.editing ? editLine(state.editing.line, action.key) : null;
      if (line === null || state.editing === null) return state;
      return { filter: withText(state.filter, line.text), editing: { ...state.editing, line } };
    }
    case 'accept':
      return { ...state, editing: null };
    case 'cancel':
    case 'clear':
      return { filter: withText(state.filter, ''), editing: null };
    case 'set':
      return { filter: withText(state.filter, action.text), editing: null };
  }
}
