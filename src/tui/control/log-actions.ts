// The actions that only logs have.
import { createShownLines } from '../frame/log-view.ts';
import type { ActionId } from '../keys/key-table.ts';
import type { Control } from './control.ts';
import { searchLog } from './moves.ts';

type LogAction = Extract<ActionId, `log-${string}` | 'left' | 'right'>;

export function dispatchLogAction(control: Control, action: Exclude<LogAction, 'log-clear'>): void {
  const { store } = control;
  const { logs } = store.model().ui;
  switch (action) {
    case 'log-follow': {
      const top = createShownLines()(logs).at(-1)?.id ?? 0;
      if (logs.follow) store.dispatch('logs', { type: 'stand', topId: top });
      else store.dispatch('logs', { type: 'follow' });
      return;
    }
    case 'log-wrap':
      store.dispatch('logs', { type: 'toggle-wrap' });
      return;
    case 'log-times':
      store.dispatch('logs', { type: 'toggle-times' });
      return;
    case 'log-stream':
      store.dispatch('logs', { type: 'next-stream' });
      return;
    case 'log-filter':
      store.dispatch('logs', { type: 'edit', what: 'filter' });
      return;
    case 'log-search':
      store.dispatch('logs', { type: 'edit', what: 'search' });
      return;
    case 'log-save':
      store.dispatch('dialog', { type: 'save', path: toFileName(control) });
      return;
    case 'log-next':
      searchLog(control, 1);
      return;
    case 'log-previous':
      searchLog(control, -1);
      return;
    case 'left':
      store.dispatch('logs', { type: 'shift', by: -16 });
      return;
    case 'right':
      store.dispatch('logs', { type: 'shift', by: 16 });
  }
}

function toFileName({ store, clock }: Control): string {
  const { uids } = store.model().ui.logs;
  const [first = 'logs'] = uids;
  const time = new Date(clock.now()).toISOString().slice(0, 19).replaceAll(/[-:]/gu, '');
  return `${(uids.length === 1 ? first : 'logs').replaceAll(/[^\w.-]+/gu, '_')}-${time}.log`;
}
