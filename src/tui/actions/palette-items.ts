// What the palette offers: the key table, and choices that have no key of their own.
import { single } from 'fuzzysort';
import { GROUPINGS } from '../../core/view/row-model.ts';
import { SORT_KEYS } from '../../core/view/sort.ts';
import type { SortKey } from '../../core/view/sort.ts';
import type { Grouping } from '../../core/view/row-model.ts';
import type { ActionId } from '../keys/key-table.ts';
import type { Keymap } from '../keys/keymap.ts';
import { keyLabel, worksOn } from '../keys/keymap.ts';
import type { Screen } from '../keys/rule.ts';
import type { ThemeName } from '../theme.ts';
import { THEME_NAMES } from '../theme.ts';

export type PaletteCommand =
  | { readonly kind: 'action'; readonly action: ActionId }
  | { readonly kind: 'sort'; readonly key: SortKey }
  | { readonly kind: 'group'; readonly by: Grouping }
  | { readonly kind: 'theme'; readonly theme: ThemeName }
  | { readonly kind: 'roll'; readonly batch: number }
  | { readonly kind: 'filter'; readonly text: string };

export type PaletteItem = {
  readonly name: string;
  readonly help: string;
  readonly keys: string;
  readonly command: PaletteCommand;
  /** UTF-16 units of the name that the typed text matches. */
  readonly matched: readonly number[];
};

/** What the typed text may mean on this screen, the best first. */
export function toPaletteItems(keymap: Keymap, screen: Screen, typed: string): readonly PaletteItem[] {
  const direct = /^filter\s(.*)$/u.exec(typed);
  if (direct) {
    const text = direct[1] ?? '';
    return [
      { name: `filter ${text}`, help: 'filter the lists', keys: '', command: { kind: 'filter', text }, matched: [] },
    ];
  }
  const items = allItems(keymap, screen);
  const wanted = typed.trim();
  if (wanted === '') return items;
  return items
    .map((item) => ({ item, found: single(wanted, item.name) }))
    .flatMap(({ item, found }) => (found ? [{ item: { ...item, matched: found.indexes }, score: found.score }] : []))
    .toSorted((a, b) => b.score - a.score)
    .map(({ item }) => item);
}

function allItems(keymap: Keymap, screen: Screen): readonly PaletteItem[] {
  const actions = keymap.bindings
    .filter((binding) => worksOn(binding, screen) && binding.action !== 'palette' && binding.topic !== 'Move')
    .map((binding): PaletteItem => ({
      name: binding.title,
      help: binding.help,
      keys: keyLabel(binding),
      command: { kind: 'action', action: binding.action },
      matched: [],
    }));
  return [
    ...actions,
    ...[1, 2, 5, 10].map((batch) =>
      toItem(`rolling restart ${batch}`, `restart the marked, ${batch} at a time`, { kind: 'roll', batch }),
    ),
    ...SORT_KEYS.map((key) => toItem(`sort ${key}`, `sort by ${key}; again reverses`, { kind: 'sort', key })),
    ...GROUPINGS.map((by) =>
      toItem(`group ${by}`, by === 'none' ? 'no groups' : `group by ${by}`, { kind: 'group', by }),
    ),
    ...THEME_NAMES.map((theme) => toItem(`theme ${theme}`, `the ${theme} theme`, { kind: 'theme', theme })),
    toItem('filter ', 'filter …: type it behind', { kind: 'filter', text: '' }),
  ];
}

function toItem(name: string, help: string, command: PaletteCommand): PaletteItem {
  return { name, help, keys: '', command, matched: [] };
}
