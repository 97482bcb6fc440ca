// The foot of the page: what is chosen, and what can be done with it.
import { parseUid } from '../../../core/ids.ts';
import type { ProcessAction } from '../../../core/model.ts';
import { button, h, setText } from '../dom.ts';
import { refusalOf } from '../give-orders.ts';
import { PAGE_ACTIONS } from '../page-actions.ts';
import type { PageStore } from '../page-store.ts';
import { targetsOf } from '../page-store.ts';

export type ActionBarHandlers = {
  readonly onAction: (action: ProcessAction) => void;
  readonly onLogs: () => void;
  readonly onUnmark: () => void;
};

export type ActionBar = { readonly element: HTMLElement; readonly update: () => void };

export function createActionBar(store: PageStore, { onAction, onLogs, onUnmark }: ActionBarHandlers): ActionBar {
  const chosen = h('span', {});
  const buttons = PAGE_ACTIONS.map(([action, label]) => ({
    action,
    element: button(label, () => onAction(action)),
  }));
  const element = h('footer', { class: 'bar' }, [
    chosen,
    ...buttons.map((each) => each.element),
    button('Logs', onLogs),
    button('Unmark', onUnmark),
  ]);
  return {
    element,
    update: () => {
      const { marked, cursor, view } = store.state();
      const { uids } = targetsOf(store);
      const { supervisors } = store.seen();
      const readOnly =
        uids.length > 0 && uids.every((uid) => supervisors.get(parseUid(uid)?.supervisor ?? '')?.readOnly);
      element.hidden = uids.length === 0 || view !== 'processes';
      setText(chosen, marked.size > 0 ? `${marked.size} marked` : (cursor ?? ''));
      for (const { action, element: each } of buttons) {
        const refusal = refusalOf(store.session, action) ?? (readOnly ? 'read_only in the configuration' : null);
        each.disabled = refusal !== null;
        each.title = refusal ?? '';
      }
    },
  };
}
