import type { ProcessAction } from '../../core/model.ts';

/** The buttons for processes, in their order. */
export const PAGE_ACTIONS: readonly (readonly [action: ProcessAction, label: string])[] = [
  ['start', 'Start'],
  ['restart', 'Restart'],
  ['stop', 'Stop'],
  ['signal', 'Signal'],
  ['clear', 'Clear logs'],
];
