// The keys of the page, as in the terminal. The help is made from this table.

export type KeyAction =
  | 'down'
  | 'up'
  | 'top'
  | 'bottom'
  | 'page-down'
  | 'page-up'
  | 'open'
  | 'filter'
  | 'start'
  | 'stop'
  | 'restart'
  | 'signal'
  | 'clear'
  | 'logs'
  | 'mark'
  | 'mark-all'
  | 'unmark'
  | 'group'
  | 'sort'
  | 'problems'
  | 'processes'
  | 'supervisors'
  | 'timeline'
  | 'help'
  | 'back';

export const KEYS: readonly (readonly [keys: readonly string[], action: KeyAction, says: string])[] = [
  [['j', 'ArrowDown'], 'down', 'down'],
  [['k', 'ArrowUp'], 'up', 'up'],
  [['Home'], 'top', 'first'],
  [['G', 'End'], 'bottom', 'last'],
  [['PageDown'], 'page-down', 'a page down'],
  [['PageUp'], 'page-up', 'a page up'],
  [['Enter'], 'open', 'details; folds a group'],
  [['/'], 'filter', 'filter'],
  [['r'], 'restart', 'restart the marked, or this one'],
  [['s'], 'start', 'start them'],
  [['x'], 'stop', 'stop them'],
  [['K'], 'signal', 'send them a signal (asks which)'],
  [['c'], 'clear', 'empty their log files on the host (asks)'],
  [['l'], 'logs', 'log of this one'],
  [[' '], 'mark', 'mark'],
  [['*'], 'mark-all', 'mark all that match'],
  [['u'], 'unmark', 'unmark all'],
  [['g'], 'group', 'group by group, supervisor, nothing'],
  [['o'], 'sort', 'sort by another column'],
  [['p'], 'problems', 'only problems'],
  [['1'], 'processes', 'processes'],
  [['2'], 'supervisors', 'supervisors'],
  [['3'], 'timeline', 'timeline'],
  [['?'], 'help', 'this help'],
  [['Escape'], 'back', 'close, or clear the filter'],
];

export function toKeyAction(event: KeyboardEvent): KeyAction | null {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  return KEYS.find(([keys]) => keys.includes(event.key))?.[1] ?? null;
}
