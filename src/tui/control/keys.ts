// A key means what is open now: a dialog, the palette, a line of text, else the key table.
import { inLeaveDialog } from '../actions/quit.ts';
import { toPaletteItems } from '../actions/palette-items.ts';
import type { PaletteCommand } from '../actions/palette-items.ts';
import { toCommandLine } from '../actions/command-line.ts';
import { raise, toFaultText } from '../../core/own-faults.ts';
import { SIGNALS } from '../../core/view/signals.ts';
import { SORT_CHOICES } from '../../core/view/sort-choices.ts';
import { createShownLines } from '../frame/log-view.ts';
import { readChunk } from '../keys/bare-paste.ts';
import { findBinding } from '../keys/keymap.ts';
import type { ConfirmDialog, DialogState, SignalDialog } from '../ui-state/dialog.ts';
import type { UiState } from '../ui-state/ui-state.ts';
import { formatClock } from '../frame/chrome.ts';
import type { Handlers } from '../actions/handlers.ts';
import { dispatchKeyAction, orderProcesses } from '../actions/dispatch-key-action.ts';
import { notify } from './control.ts';
import { landOnMatch } from './moves.ts';

/** How long the first key of `gg` waits for the second before it means itself. */
const SEQUENCE_MS = 350;

/**
 * Nobody reads a question and answers it sooner: such a key was meant for what was there before, or is the second letter of
 * a text that was pasted onto a row.
 */
const ARMING_MS = 300;
/** What follows a paste as quickly was a part of it: its own end can be written into a text. */
const QUIET_MS = 150;
/** More than any line that people type holds; each character of it is a key. */
const LONGEST_PASTE = 80;

export type KeyHandler = {
  keys(keys: readonly string[]): void;
  /** Text in one piece, as the terminal says: only a line that is being typed takes it, and never an answer. */
  paste(text: string): void;
};

export function createKeyHandler(handlers: Handlers): KeyHandler {
  const { control } = handlers;
  const { store, clock } = control;
  let begun: { readonly key: string; readonly cancel: () => void } | null = null;

  const inTable = (key: string): void => {
    const first = begun;
    first?.cancel();
    begun = null;
    const { setting, ui } = store.model();
    const { screen } = ui.navigation.place;
    const sequence = first ? findBinding(setting.keymap, screen, first.key + key).binding : null;
    if (sequence) {
      dispatchKeyAction(handlers, sequence.action);
      return;
    }
    if (first) dispatchKey(handlers, first.key);
    const { prefix } = findBinding(setting.keymap, screen, key);
    if (!prefix) {
      dispatchKey(handlers, key);
      return;
    }
    const cancel = clock.after(SEQUENCE_MS, () => {
      begun = null;
      dispatchKey(handlers, key);
    });
    begun = { key, cancel };
  };

  let armedAt = -Infinity;
  let quietUntil = -Infinity;

  const handle = (key: string): void => {
    const { dialog } = store.model().ui;
    if (asks(dialog) && clock.monotonic() < armedAt && key !== 'esc' && !key.startsWith('ctrl-')) return;
    handleNow(key);
    const opened = store.model().ui.dialog;
    if (asks(opened) && opened?.kind !== dialog?.kind) armedAt = clock.monotonic() + ARMING_MS;
  };

  const handleNow = (key: string): void => {
    const { dialog, palette, filter, logs } = store.model().ui;
    // Out of the program, to the shell and a fresh screen: from wherever one is.
    if (key === 'ctrl-c' || key === 'ctrl-z' || key === 'ctrl-l') dispatchKey(handlers, key);
    else if (dialog) inDialog(handlers, key);
    else if (palette) inPalette(handlers, key);
    else if (filter.editing) inFilter(handlers, key);
    else if (logs.editing) inLogPrompt(handlers, key);
    else inTable(key);
  };

  const handleAll = (keys: readonly string[]): void =>
    store.batch(() => {
      const now = clock.now();
      store.update({ now, touchedAt: now });
      // Each key sees what the one before it did.
      keys.forEach(handle);
    });

  const paste = (text: string): void => {
    if (isTyping(store.model().ui)) handleAll(toTyped(text));
    else {
      quietUntil = clock.monotonic() + QUIET_MS;
      notify(control, 'info', 'pasted text is taken only where a line is typed');
    }
  };

  return {
    keys: (keys) => {
      const typed = readChunk(keys);
      if ('pasted' in typed) paste(typed.pasted);
      else if (clock.monotonic() >= quietUntil || isTyping(store.model().ui)) handleAll(typed.keys);
    },
    paste,
  };
}

function asks(dialog: DialogState): boolean {
  return dialog?.kind === 'confirm';
}

/** Whether a line of text is open that does nothing by itself. What has to be typed to agree is none. */
function isTyping({ dialog, palette, filter, logs }: UiState): boolean {
  if (dialog) return dialog.kind === 'save';
  return palette !== null || filter.editing !== null || logs.editing !== null;
}

/** The first line of it, without what a terminal would act on: neither enter nor esc can be in it. */
function toTyped(text: string): readonly string[] {
  const [line = ''] = text
    .slice(0, LONGEST_PASTE)
    .trimStart()
    .split(/[\r\n]/u);
  return Array.from(line.replaceAll('\t', ' ').replace(/[\p{Cc}\p{Cs}]/gu, ''), (character) =>
    character === ' ' ? 'space' : character,
  );
}

function dispatchKey(handlers: Handlers, key: string): void {
  const { setting, ui } = handlers.control.store.model();
  const { binding } = findBinding(setting.keymap, ui.navigation.place.screen, key);
  if (binding) dispatchKeyAction(handlers, binding.action);
}

function inFilter({ control }: Handlers, key: string): void {
  const { store } = control;
  if (key === 'enter' || key === 'down' || key === 'up' || key === 'tab') store.dispatch('filter', { type: 'accept' });
  else if (key === 'esc') store.dispatch('filter', { type: 'cancel' });
  else if (key === 'backspace' && store.model().ui.filter.filter.text === '')
    store.dispatch('filter', { type: 'cancel' });
  else {
    store.dispatch('filter', { type: 'key', key });
    landOnMatch(store);
  }
}

function inLogPrompt({ control }: Handlers, key: string): void {
  const { store } = control;
  const { editing } = store.model().ui.logs;
  if (key === 'esc') store.dispatch('logs', { type: 'cancel' });
  else if (key === 'enter') {
    store.dispatch('logs', { type: 'accept' });
  } else if (key === 'backspace' && editing?.line.text === '') store.dispatch('logs', { type: 'cancel' });
  else store.dispatch('logs', { type: 'key', key });
}

function inPalette(handlers: Handlers, key: string): void {
  const { store } = handlers.control;
  const { palette, navigation } = store.model().ui;
  if (!palette) return;
  const items = toPaletteItems(store.model().setting.keymap, navigation.place.screen, palette.line.text);
  switch (key) {
    case 'esc':
      store.dispatch('palette', { type: 'close' });
      return;
    case 'up':
    case 'ctrl-p':
      store.dispatch('palette', { type: 'move', to: palette.index - 1 });
      return;
    case 'down':
    case 'ctrl-n':
    case 'tab':
      store.dispatch('palette', { type: 'move', to: Math.min(items.length - 1, palette.index + 1) });
      return;
    case 'enter': {
      const item = items[palette.index];
      store.dispatch('palette', { type: 'close' });
      if (item) dispatchPaletteCommand(handlers, item.command);
      return;
    }
  }
  if (key === 'backspace' && palette.line.text === '') store.dispatch('palette', { type: 'close' });
  else store.dispatch('palette', { type: 'key', key });
}

function dispatchPaletteCommand(handlers: Handlers, command: PaletteCommand): void {
  const { store } = handlers.control;
  switch (command.kind) {
    case 'action':
      dispatchKeyAction(handlers, command.action);
      return;
    case 'sort':
      store.dispatch('arrangement', { type: 'sort', key: command.key });
      return;
    case 'group':
      store.dispatch('arrangement', { type: 'group', by: command.by });
      return;
    case 'theme':
      store.dispatch('arrangement', { type: 'theme', theme: command.theme });
      return;
    case 'filter':
      store.dispatch('filter', { type: 'set', text: command.text });
      landOnMatch(store);
      return;
    case 'roll':
      orderProcesses(handlers, { action: 'restart', batch: command.batch });
  }
}

function inDialog(handlers: Handlers, key: string): void {
  const { store } = handlers.control;
  const { dialog } = store.model().ui;
  if (!dialog) return;
  if (key === 'esc') {
    store.dispatch('dialog', { type: 'close' });
    return;
  }
  switch (dialog.kind) {
    case 'confirm':
      inConfirm(handlers, dialog, key);
      return;
    case 'leave':
      inLeaveDialog(handlers, key);
      return;
    case 'signal':
      inSignals(handlers, dialog, key);
      return;
    case 'sort': {
      const choice = SORT_CHOICES.find((each) => each.letter === key);
      store.dispatch('dialog', { type: 'close' });
      if (key === 'o') store.dispatch('arrangement', { type: 'reverse' });
      else if (choice) store.dispatch('arrangement', { type: 'sort', key: choice.order });
      return;
    }
    case 'save':
      if (key === 'enter') save(handlers, dialog.line.text);
      else store.dispatch('dialog', { type: 'key', key });
  }
}

/** Sizes of a batch that ctrl-b goes through; 0: all at once. */
const BATCHES = [0, 1, 2, 5, 10] as const;

function inConfirm({ control, desk }: Handlers, dialog: ConfirmDialog, key: string): void {
  const { store, outside } = control;
  const { orders, expected, typed } = dialog;
  if (key === 'ctrl-y') {
    const { snapshot, setting } = store.model();
    outside.copy(toCommandLine(snapshot, orders, setting.commandOptions));
    notify(control, 'info', 'copied the command line');
    return;
  }
  if (key === 'ctrl-b') {
    if (orders.action !== 'restart' || orders.targets.length < 2) return;
    const next = BATCHES[(BATCHES.findIndex((batch) => batch === (orders.batch ?? 0)) + 1) % BATCHES.length] ?? 0;
    store.dispatch('dialog', { type: 'batch', batch: next });
    return;
  }
  if (expected !== null && key !== 'enter') {
    store.dispatch('dialog', { type: 'key', key });
    return;
  }
  const agreed = expected === null ? key === 'y' || key === 'Y' : typed.text === expected;
  store.dispatch('dialog', { type: 'close' });
  if (agreed) desk.carryOut(orders);
  else notify(control, 'info', `${orders.action}: left as it was`);
}

function inSignals({ control, desk }: Handlers, { targets, hidden, index }: SignalDialog, key: string): void {
  const { store } = control;
  if (key === 'down' || key === 'j' || key === 'tab') {
    store.dispatch('dialog', { type: 'choose', index: Math.min(SIGNALS.length - 1, index + 1) });
  } else if (key === 'up' || key === 'k') {
    store.dispatch('dialog', { type: 'choose', index: Math.max(0, index - 1) });
  } else if (key === 'enter') {
    const signal = SIGNALS[index]?.[0];
    store.dispatch('dialog', { type: 'close' });
    if (signal !== undefined) desk.order({ action: 'signal', targets, signal }, hidden);
  } else if (key === 'q') {
    store.dispatch('dialog', { type: 'close' });
  }
}

function save({ control }: Handlers, path: string): void {
  const { store, outside } = control;
  store.dispatch('dialog', { type: 'close' });
  if (path.trim() === '') return;
  const { logs } = store.model().ui;
  const lines = createShownLines()(logs).map((line) => {
    const time = logs.times ? `${formatClock(line.at)} ` : '';
    return `${time}${logs.uids.length > 1 ? `${line.uid} ` : ''}${line.text}\n`;
  });
  const tell = (why: string | null): void => {
    if (why === null) notify(control, 'good', `wrote ${lines.length} lines to ${path}`);
    else notify(control, 'bad', `${path}: ${why}`);
  };
  outside.save(path, lines.join('')).catch(toFaultText).then(tell).catch(raise);
}
