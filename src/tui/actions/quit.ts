// Out of the program. What would stay down half-way is told first: it is waited for, or left on purpose.
import { tellHalfDone } from '../../core/commands/half-done.ts';
import { toFaultText } from '../../core/own-faults.ts';
import { notify } from '../control/control.ts';
import type { Handlers } from './handlers.ts';

export function quit({ control, desk }: Handlers): void {
  const uids = desk.halfDone();
  if (uids.length === 0) control.outside.quit(0);
  else control.store.dispatch('dialog', { type: 'leave', uids });
}

export function inLeaveDialog(handlers: Handlers, key: string): void {
  const { control, desk } = handlers;
  const { store, outside } = control;
  store.dispatch('dialog', { type: 'close' });
  const uids = desk.halfDone();
  if (key === 'Q') {
    desk.leave();
    if (uids.length > 0) outside.farewell(`${tellHalfDone(uids)}: left down`);
    outside.quit(0);
  } else if (key === 'enter') {
    notify(control, 'info', 'this ends as soon as what is under way is done');
    desk
      .finish()
      .then(() => outside.quit(0))
      .catch((error: unknown) => notify(control, 'bad', toFaultText(error)));
  }
}
