// How the user wants the lists: what is kept from one run to the next.
import type { Grouping } from '../../core/view/row-model.ts';
import { AGENTS_KEY } from '../../core/view/grouping.ts';
import { GROUPINGS } from '../../core/view/row-model.ts';
import type { SortKey } from '../../core/view/sort.ts';
import type { ThemeName } from '../theme.ts';

export type Arrangement = {
  readonly sort: SortKey;
  readonly reversed: boolean;
  readonly groupBy: Grouping;
  readonly onlyProblems: boolean;
  readonly theme: ThemeName;
  /** Keys of folded group rows. */
  readonly folded: ReadonlySet<string>;
};

export type ArrangementAction =
  | { readonly type: 'sort'; readonly key: SortKey }
  | { readonly type: 'reverse' | 'next-grouping' | 'toggle-problems' }
  | { readonly type: 'group'; readonly by: Grouping }
  | { readonly type: 'theme'; readonly theme: ThemeName }
  | { readonly type: 'toggle-fold'; readonly key: string }
  | { readonly type: 'fold'; readonly keys: readonly string[] };

export const FIRST_ARRANGEMENT: Arrangement = {
  sort: 'order',
  reversed: false,
  groupBy: 'group',
  onlyProblems: false,
  theme: 'dark',
  folded: new Set([AGENTS_KEY]),
};

export function arrange(state: Arrangement, action: ArrangementAction): Arrangement {
  switch (action.type) {
    case 'sort':
      return action.key === state.sort
        ? { ...state, reversed: !state.reversed }
        : { ...state, sort: action.key, reversed: false };
    case 'reverse':
      return { ...state, reversed: !state.reversed };
    case 'next-grouping': {
      const next = (GROUPINGS.indexOf(state.groupBy) + 1) % GROUPINGS.length;
      return { ...state, groupBy: GROUPINGS[next] ?? 'group' };
    }
    case 'toggle-problems':
      return { ...state, onlyProblems: !state.onlyProblems };
    case 'group':
      return { ...state, groupBy: action.by };
    case 'theme':
      return { ...state, theme: action.theme };
    case 'toggle-fold': {
      const folded = new Set(state.folded);
      if (!folded.delete(action.key)) folded.add(action.key);
      return { ...state, folded };
    }
    case 'fold':
      return { ...state, folded: new Set(action.keys) };
  }
}
