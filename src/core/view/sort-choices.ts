import type { SortKey } from './sort.ts';

/** The orders of the process list as they are offered: a key of their own, the first letter that is free, and words. */
export const SORT_CHOICES: readonly {
  readonly letter: string;
  readonly order: SortKey;
  readonly words: string;
}[] = [
  { letter: 'c', order: 'order', words: 'as configured' },
  { letter: 's', order: 'state', words: 'state' },
  { letter: 'n', order: 'name', words: 'name' },
  { letter: 'v', order: 'supervisor', words: 'supervisor' },
  { letter: 'u', order: 'uptime', words: 'uptime' },
  { letter: 'r', order: 'restarts', words: 'restarts' },
  { letter: 'm', order: 'score', words: 'match' },
];
