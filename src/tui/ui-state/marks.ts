// Marked rows, by uid (by name for supervisors): a mark stays with its process whatever the list shows.

export type MarksState = { readonly processes: ReadonlySet<string>; readonly supervisors: ReadonlySet<string> };

export type MarksAction = {
  readonly type: 'add' | 'toggle' | 'clear';
  readonly list: keyof MarksState;
  readonly keys: readonly string[];
};

export const NO_MARKS: MarksState = { processes: new Set(), supervisors: new Set() };

export function mark(state: MarksState, { type, list, keys }: MarksAction): MarksState {
  switch (type) {
    case 'add':
      return { ...state, [list]: new Set([...state[list], ...keys]) };
    case 'clear':
      return state[list].size === 0 ? state : { ...state, [list]: new Set<string>() };
    case 'toggle': {
      const marked = new Set(state[list]);
      const all = keys.every((key) => marked.has(key));
      for (const key of keys) {
        if (all) marked.delete(key);
        else marked.add(key);
      }
      return { ...state, [list]: marked };
    }
  }
}
