// The keys of the page: those of the terminal, as a browser names them. The help is made from this table.
import { SHARED_KEYS } from '../../core/view/shared-keys.ts';

type SharedAction = (typeof SHARED_KEYS)[keyof typeof SHARED_KEYS]['action'];

export type PageAction = SharedAction | 'log-clear';

export type PageKey = { readonly action: PageAction; readonly keys: readonly string[]; readonly help: string };

/** What is on the page otherwise than in the terminal. */
const HELP_HERE: Readonly<Partial<Record<PageAction, string>>> = {
  mark: 'mark or unmark the row',
  'mark-all': 'mark all that match',
  logs: 'log of this one',
  sort: 'sort by another column',
  clear: 'close, or clear the filter',
};

const NAMES: Readonly<Record<string, string>> = {
  down: 'ArrowDown',
  up: 'ArrowUp',
  home: 'Home',
  end: 'End',
  pagedown: 'PageDown',
  pageup: 'PageUp',
  enter: 'Enter',
  esc: 'Escape',
  space: ' ',
};

export const KEYS: readonly PageKey[] = [
  ...Object.values(SHARED_KEYS).map(({ action, keys, help }): PageKey => ({
    action,
    keys: keys.flatMap(toBrowserKey),
    help: HELP_HERE[action] ?? help,
  })),
  { action: 'log-clear', keys: ['c'], help: 'empty their log files on the host (asks)' },
];

/** None: keys with ctrl and F keys are the browser's own, and a sequence would make its first key wait. */
function toBrowserKey(key: string): readonly string[] {
  if (/^(?:ctrl-.+|f\d+|gg)$/u.test(key)) return [];
  return [NAMES[key] ?? key];
}

export function findPageAction(event: KeyboardEvent): PageAction | null {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  return KEYS.find(({ keys }) => keys.includes(event.key))?.action ?? null;
}
