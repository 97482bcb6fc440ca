// A row as one line of plain text: what one would paste into a ticket.
import { findProcess } from '../../core/engine/reduce.ts';
import { formatReason } from '../../core/view/text.ts';
import { formatClock } from '../frame/chrome.ts';
import type { Control } from './control.ts';
import { notify } from './control.ts';
import type { Store } from '../store.ts';
import { rowKey } from '../actions/targets.ts';

export function copyRow(control: Control): void {
  const text = toText(control.store).trim();
  if (text === '') return;
  control.outside.copy(text);
  notify(control, 'info', `copied: ${text}`);
}

function toText(store: Store): string {
  const { timeline, ui } = store.model();
  const { place } = ui.navigation;
  if (place.screen === 'details') return processText(store, place.subject.id);
  if (place.screen === 'logs') return ui.logs.uids.join(' ');
  const key = rowKey(store) ?? '';
  if (place.screen === 'timeline') {
    const transition = timeline.find(({ id }) => String(id) === key);
    if (!transition) return '';
    const { at, uid, from, to, reason } = transition;
    return `${formatClock(at)} ${uid} ${from ?? ''} → ${to} ${reason === null ? '' : formatReason(reason)}`;
  }
  if (place.screen === 'messages') {
    const notice = ui.notices.items.find(({ id }) => String(id) === key);
    return notice ? `${formatClock(notice.at)} ${notice.text}` : '';
  }
  return processText(store, key);
}

function processText(store: Store, key: string): string {
  const process = findProcess(store.model().snapshot, key);
  if (!process) return key.replace(/^\w+\n/u, '');
  const { uid, state, fall } = process;
  return fall ? `${uid} ${state} ${formatReason(fall.reason)} ${fall.lastLine}` : `${uid} ${state}`;
}
