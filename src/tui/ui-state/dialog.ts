// The question that stands between a key and its consequence, and small choices.
import type { Intent } from '../actions/orders.ts';
import type { LineEdit } from './line-edit.ts';
import { editLine, toLineEdit } from './line-edit.ts';

export type ConfirmDialog = {
  readonly kind: 'confirm';
  readonly intent: Intent;
  /** What has to be typed before enter; null: `y` is enough. */
  readonly expected: string | null;
  readonly typed: LineEdit;
  /** Targets that the list does not show. */
  readonly hidden: number;
};

export type DialogState =
  | ConfirmDialog
  | { readonly kind: 'signal'; readonly targets: readonly string[]; readonly index: number }
  | { readonly kind: 'sort' }
  | { readonly kind: 'save'; readonly line: LineEdit }
  | null;

export type DialogAction =
  | { readonly type: 'confirm'; readonly intent: Intent; readonly expected: string | null; readonly hidden: number }
  | { readonly type: 'signal'; readonly targets: readonly string[] }
  | { readonly type: 'sort' | 'close' }
  | { readonly type: 'save'; readonly path: string }
  | { readonly type: 'key'; readonly key: string }
  | { readonly type: 'choose'; readonly index: number }
  | { readonly type: 'batch'; readonly batch: number };

export function converse(state: DialogState, action: DialogAction): DialogState {
  switch (action.type) {
    case 'confirm': {
      const { intent, expected, hidden } = action;
      return { kind: 'confirm', intent, expected, hidden, typed: toLineEdit('') };
    }
    case 'signal':
      return { kind: 'signal', targets: action.targets, index: 0 };
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
      return state?.kind === 'confirm' ? { ...state, intent: { ...state.intent, batch: action.batch } } : state;
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
