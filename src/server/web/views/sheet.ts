// Panels over the page: a sheet at its side (the whole of a phone), and dialogs that ask.
import type { Child } from '../dom.ts';
import { button, h } from '../dom.ts';

export type Sheet = { readonly element: HTMLElement; readonly close: () => void };

export type Sheets = {
  readonly element: HTMLElement;
  /** Takes the place of the one that is open. `onClose` is called however it ends. */
  open(title: string, content: readonly Child[], onClose?: () => void): Sheet;
  /** False: none was open. */
  close(): boolean;
};

export function createSheets(): Sheets {
  const element = h('aside', { class: 'sheet-place' });
  let current: Sheet | null = null;
  return {
    element,
    open: (title, content, onClose = () => {}) => {
      current?.close();
      const before = document.activeElement;
      const sheet = h('section', { class: 'sheet', attrs: { role: 'dialog', 'aria-label': title } }, [
        h('header', {}, [
          h('h2', {}, title),
          button('✕', () => close(), { class: 'quiet', attrs: { 'aria-label': 'Close' } }),
        ]),
        h('div', { class: 'sheet-body' }, content),
      ]);
      const close = () => {
        if (current?.element !== sheet) return;
        current = null;
        sheet.remove();
        onClose();
        if (before instanceof HTMLElement) before.focus({ preventScroll: true });
      };
      element.replaceChildren(sheet);
      current = { element: sheet, close };
      return current;
    },
    close: () => {
      if (!current) return false;
      current.close();
      return true;
    },
  };
}

export type DialogQuestion = {
  readonly title: string;
  readonly body: readonly Child[];
  readonly action: string;
  /** Must be typed before the action can be taken. */
  readonly typed?: string;
  readonly dangerous?: boolean;
};

/** True when the action was chosen; the browser's own dialog element keeps the focus inside. */
export function ask({ title, body, action, typed, dangerous = false }: DialogQuestion): Promise<boolean> {
  return new Promise((resolve) => {
    const input =
      typed === undefined ? null : h('input', { attrs: { 'aria-label': `Type ${typed}`, autocomplete: 'off' } });
    const yes = h('button', { class: dangerous ? 'danger' : 'primary', attrs: { value: 'yes' } }, action);
    const no = h('button', { attrs: { value: 'no' } }, 'Cancel');
    const form = h('form', { attrs: { method: 'dialog' } }, [
      h('h2', {}, title),
      ...body,
      input && h('label', {}, [`Type ${typed ?? ''} to go on `, input]),
      h('div', { class: 'buttons' }, [no, yes]),
    ]);
    const dialog = h('dialog', {}, [form]);
    const check = () => (yes.disabled = input !== null && input.value !== typed);
    input?.addEventListener('input', check);
    check();
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(dialog.returnValue === 'yes' && !yes.disabled);
    });
    document.body.append(dialog);
    dialog.showModal();
    // No is the default, as in the terminal.
    (input ?? no).focus();
  });
}
