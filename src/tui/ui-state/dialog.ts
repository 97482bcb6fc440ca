// The question that stands between a key and its consequence, and small choices.
import type { Orders } from '../../core/orders.ts';
import type { LineEdit } from './line-edit.ts';
import { editLine, toLineEdit } from './line-edit.ts';

export type ConfirmDialog = {
  readonly kind: 'confirm';
  readonly orders: Orders;
  /** What has to be typed before enter; null: `y` is enough. */
  readonly expected: string | null;
  readonly typed: LineEdit;
  /** Targets that the list does not show. */
  readonly hidden: number;
};

/** Which signal; the orders are whole with the answer. */
export type SignalDialog = {
  readonly kind: 'signal';
  readonly targets: readonly string[];
  readonly hidden: number;
  readonly index: number;
};

/** Something is under way on these that would leave them down. */
export type LeaveDialog = { readonly kind: 'leave'; readonly uids: readonly string[] };

export type DialogState =
  | LeaveDialog
  | ConfirmDialog
  | SignalDialog
  | { readonly kind: 'sort' }
  | { readonly kind: 'save'; readonly line: LineEdit }
  | null;

export type DialogAction =
  | { readonly type: 'confirm'; readonly orders: Orders; readonly expected: string | null; readonly hidden: number }
  | { readonly type: 'signal'; readonly targets: readonly string[]; readonly hidden: number }
  | { readonly type: 'leave'; readonly uids: readonly string[] }
  | { readonly type: 'sort' | 'close' }
  | { readonly type: 'save'; readonly path: string }
  | { readonly type: 'key'; readonly key: string }
  | { readonly type: 'choose'; readonly index: number }
  | { readonly type: 'batch'; readonly batch: number };

export function converse(state: DialogState, action: DialogAction): DialogState {
  switch (action.type) {
    case 'confirm': {
      const { orders, expected, hidden } = action;
      return { kind: 'confirm', orders, expected, hidden, typed: toLineEdit('') };
    }
    case 'signal':
      return { kind: 'signal', targets: action.targets, hidden: action.hidden, index: 0 };
    case 'leave':
      return { kind: 'leave', uids: action.uids };
    case 'sort':
      return { kind: 'sort' };
    case 'save':
      return { kind: 'save', line: toLineEdit(action.path) };
    case 'close':
      return null;
    case 'key':
      return typeInto(state, action.key);
    case 'choose':
      return state?.kind === 'signal' ? { ...state, index: action.index } : state;
    case 'batch':
      return state?.kind === 'confirm' ? { ...state, orders: { ...state.orders, batch: action.batch } } : state;
  }
}

function typeInto(state: DialogState, key: string): DialogState {
  if (state?.kind === 'confirm') {
    const typed = editLine(state.typed, key);
    return typed ? { ...state, typed } : state;
  }
  if (state?.kind === 'save') {
    const line = editLine(state.line, key);
    return line ? { ...state, line } : state;
  }
  return state;
}
