// What opens over the list: details, logs, the keys, the history of notices.
import { findProcess } from '../../core/engine/reduce.ts';
import { button, h } from './dom.ts';
import { giveOrders, refusalOf } from './give-orders.ts';
import { KEYS } from './keys.ts';
import { PAGE_ACTIONS } from './page-actions.ts';
import type { PageStore } from './page-store.ts';
import { targetsOf } from './page-store.ts';
import { createDetails } from './views/details-view.ts';
import { createLogView } from './views/log-view.ts';
import type { Notices } from './views/notices.ts';
import { notificationButton } from './views/notices.ts';
import { createSheets } from './views/sheet.ts';

export type Panels = {
  readonly element: HTMLElement;
  readonly openDetails: (uid: string) => void;
  /** Of the first target, when no process is named. */
  readonly openLogs: (uid?: string) => void;
  readonly openHelp: () => void;
  readonly openHistory: () => void;
  /** False: nothing was open. */
  readonly close: () => boolean;
  /** With every paint: what is open keeps itself up to date. */
  readonly update: () => void;
};

export function createPanels(store: PageStore, notices: Notices): Panels {
  const sheets = createUpdatedSheets();
  const { open } = sheets;
  const openLogs = (uid: string | undefined = targetsOf(store).uids[0]) => {
    if (uid === undefined) return;
    const view = createLogView(store.session, uid);
    open(`Log of ${uid}`, [view.element], { onClose: view.stop });
  };
  return {
    element: sheets.element,
    openLogs,
    openDetails: (uid) => {
      const details = createDetails();
      const buttons = [...toActionButtons(store, notices, uid), button('Logs', () => openLogs(uid))];
      open(uid, [h('div', { class: 'buttons' }, buttons), details.element], {
        update: () => updateDetails(store, details, uid),
      });
    },
    openHelp: () => open('Keys', [toKeyList()]),
    openHistory: () => open('Notifications', [notificationButton(notices), notices.history()]),
    close: sheets.close,
    update: sheets.update,
  };
}

type Upkeep = { readonly update?: () => void; readonly onClose?: () => void };

/** Sheets of which the open one is kept up to date. */
function createUpdatedSheets() {
  const sheets = createSheets();
  let upkeep: Upkeep = {};
  return {
    element: sheets.element,
    close: sheets.close,
    update: () => upkeep.update?.(),
    open: (title: string, content: Parameters<typeof sheets.open>[1], next: Upkeep = {}) => {
      sheets.open(title, content, () => {
        if (upkeep === next) upkeep = {};
        next.onClose?.();
      });
      upkeep = next;
      next.update?.();
    },
  };
}

function toActionButtons({ session }: PageStore, notices: Notices, uid: string): readonly HTMLButtonElement[] {
  return PAGE_ACTIONS.map(([action, label]) =>
    button(label, () => giveOrders({ session, notices }, { action, targets: [uid] }), {
      attrs: { title: refusalOf(session, action) },
    }),
  );
}

function updateDetails(store: PageStore, details: ReturnType<typeof createDetails>, uid: string): void {
  const snapshot = store.seen();
  const process = findProcess(snapshot, uid);
  const supervisor = snapshot.supervisors.get(process?.supervisor ?? '');
  if (process && supervisor) details.update(process, supervisor, store.session.timeline());
  else details.element.replaceChildren(h('p', {}, 'It is not there any more.'));
}

function toKeyList(): HTMLElement {
  const lines = KEYS.flatMap(({ keys, help }) => [
    h('dt', {}, keys.map((key) => (key === ' ' ? 'space' : key)).join(' ')),
    h('dd', {}, help),
  ]);
  return h('dl', { class: 'keys' }, lines);
}
