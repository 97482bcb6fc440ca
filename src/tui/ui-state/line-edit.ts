// One line of text under edit: the filter, the palette, a typed confirmation. Keys as readline has them.
import { toCharacter } from '../keys/decode.ts';

export type LineEdit = { readonly text: string; readonly cursor: number };

/** More than anybody types: each key looks through the whole line. */
const LONGEST_LINE = 1_000;

export function toLineEdit(text: string): LineEdit {
  return { text, cursor: text.length };
}

/** Null when the key means nothing to a line of text. */
export function editLine({ text, cursor }: LineEdit, key: string): LineEdit | null {
  const before = text.slice(0, cursor);
  const after = text.slice(cursor);
  switch (key) {
    case 'backspace':
      return join(withoutLast(before), after);
    case 'ctrl-w':
      return join(before.replace(/\S*\s*$/u, ''), after);
    case 'ctrl-u':
      return join('', after);
    case 'ctrl-k':
      return join(before, '');
    case 'left':
    case 'ctrl-b':
      return { text, cursor: withoutLast(before).length };
    case 'right':
    case 'ctrl-f':
      return { text, cursor: cursor + (Array.from(after)[0]?.length ?? 0) };
    case 'home':
    case 'ctrl-a':
      return { text, cursor: 0 };
    case 'end':
    case 'ctrl-e':
      return { text, cursor: text.length };
  }
  const character = toCharacter(key);
  if (character === null) return null;
  return text.length < LONGEST_LINE ? join(before + character, after) : { text, cursor };
}

function withoutLast(text: string): string {
  return Array.from(text).slice(0, -1).join('');
}

function join(left: string, right: string): LineEdit {
  return { text: left + right, cursor: left.length };
}
