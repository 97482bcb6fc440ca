// What Ink's useInput says -> names of keys. One chunk may hold many keys: a held key over ssh, a paste.
import type { Key } from 'ink';

const NAMED: Readonly<Record<string, string>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  ' ': 'space',
  '\u001b': 'esc',
  '\u007f': 'backspace',
  '\b': 'backspace',
};

/** Mouse reports and the brackets of a paste, without the escape character that Ink has already taken off. */
const REPORT = /^(?:\[<\d+;\d+;\d+[Mm]|\[20[01]~|\[[IO]|\[\d+;\d+R)/u;

/** `j`, `G`, `ctrl-d`, `enter`, `esc`, `space`, `up`, `pagedown`, `shift-tab`, `f1`, … */
export function toKeys(input: string, key: Key): string[] {
  if (key.escape) return ['esc'];
  if (key.return) return ['enter'];
  if (key.tab) return [key.shift ? 'shift-tab' : 'tab'];
  // 0x7f, which every terminal sends for backspace, arrives as `delete`.
  if (key.backspace || key.delete) return ['backspace'];
  const named = (['upArrow', 'downArrow', 'leftArrow', 'rightArrow'] as const).find((name) => key[name]);
  if (named) return [named.replace('Arrow', '')];
  if (key.pageUp) return ['pageup'];
  if (key.pageDown) return ['pagedown'];
  if (key.home) return ['home'];
  if (key.end) return ['end'];
  if (/^\[?O?P$|^\[11~$/u.test(input) && input !== 'P') return ['f1'];
  if (REPORT.test(input)) return [];
  if (key.ctrl && input.length === 1) return [`ctrl-${input}`];
  return Array.from(input, toKey).filter((name) => name !== '');
}

function toKey(character: string): string {
  const named = NAMED[character];
  if (named !== undefined) return named;
  const code = character.charCodeAt(0);
  return code < 27 ? `ctrl-${String.fromCharCode(code + 96)}` : code < 32 ? '' : character;
}

/** The character that a key writes into a line of text; null when it writes none. */
export function toCharacter(key: string): string | null {
  if (key === 'space') return ' ';
  return Array.from(key).length === 1 ? key : null;
}
