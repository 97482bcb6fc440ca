// Short lines about what happened: transitions that matter and outcomes. The last ones can be read again.
import { toFaultText } from '../../../core/own-faults.ts';
import { button, h } from '../dom.ts';

export type Level = 'info' | 'warning' | 'error';

export type Notices = {
  readonly element: HTMLElement;
  add(level: Level, text: string): void;
  history(): HTMLElement;
  /** Notifications of the browser, when they were allowed. */
  allowOutside(): Promise<void>;
};

const SHOWN_MS = 6_000;
const SHOWN_AT_MOST = 4;
const KEPT = 200;

export function createNotices(): Notices {
  const element = h('div', { class: 'notices', attrs: { role: 'status', 'aria-live': 'polite' } });
  const kept: { readonly at: Date; readonly level: Level; readonly text: string }[] = [];
  return {
    element,
    add: (level, text) => {
      kept.push({ at: new Date(), level, text });
      if (kept.length > KEPT) kept.shift();
      const notice = h('div', { class: `notice ${level}` }, text);
      element.append(notice);
      while (element.childElementCount > SHOWN_AT_MOST) element.firstElementChild?.remove();
      setTimeout(() => notice.remove(), SHOWN_MS);
      // Who looks at the page has seen it.
      if (level !== 'info' && document.hidden) tellOutside(text);
    },
    history: () => {
      const lines = kept
        .toReversed()
        .map(({ at, level, text }) => h('li', { class: level }, [h('time', {}, at.toLocaleTimeString()), ` ${text}`]));
      return h('ol', { class: 'history' }, lines.length > 0 ? lines : [h('li', {}, 'Nothing yet.')]);
    },
    allowOutside: async () => {
      if ('Notification' in window) await Notification.requestPermission();
    },
  };
}

function tellOutside(body: string): Notification | null {
  if (!('Notification' in window) || Notification.permission !== 'granted') return null;
  return new Notification('multivisor', { body, tag: body });
}

export function notificationButton(notices: Notices): HTMLElement | null {
  if (!('Notification' in window) || Notification.permission !== 'default') return null;
  const allow = button('Also notify me outside of this page', () => {
    notices
      .allowOutside()
      .then(() => allow.remove())
      .catch((error: unknown) => notices.add('error', toFaultText(error)));
  });
  return allow;
}
