// The command line behind `:`. Which commands it offers is made from the key table (act/palette-items.ts).
import type { LineEdit } from './line-edit.ts';
import { editLine, toLineEdit } from './line-edit.ts';

export type PaletteState = { readonly line: LineEdit; readonly index: number } | null;

export type PaletteAction =
  | { readonly type: 'open' | 'close' }
  | { readonly type: 'key'; readonly key: string }
  | { readonly type: 'move'; readonly to: number };

export function editPalette(state: PaletteState, action: PaletteAction): PaletteState {
  switch (action.type) {
    case 'open':
      return { line: toLineEdit(''), index: 0 };
    case 'close':
      return null;
    case 'key': {
      const line = state ? editLine(state.line, action.key) : null;
      return line ? { line, index: 0 } : state;
    }
    case 'move':
      return state ? { ...state, index: Math.max(0, action.to) } : state;
  }
}
