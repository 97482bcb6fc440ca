// What can be said to a supervisord at all: XML has no place for some characters, and a serialiser that meets one throws.
import type { LinkCall, LinkResult } from './ports.ts';
import { escapeText } from './view/escape.ts';

/** Whatever is not a Char of XML 1.0: most controls, lone surrogates, two that are no characters. */
const UNSAYABLE = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u;
/** No name or signal of supervisord is as long. */
export const LONGEST_NAME = 4_000;

export function isSayable(text: string): boolean {
  return !UNSAYABLE.test(text);
}

/** Why this call cannot be made, whatever the link; null when it can. */
export function refuseUnsayable(call: LinkCall): Extract<LinkResult, { ok: false }> | null {
  const texts = [
    'target' in call ? call.target : '',
    'group' in call ? call.group : '',
    'signal' in call ? call.signal : '',
  ];
  const wrong = texts.find((text) => text.length > LONGEST_NAME || !isSayable(text));
  if (wrong === undefined) return null;
  const shown = escapeText(wrong.length > 80 ? `${wrong.slice(0, 80)}…` : wrong);
  const why = wrong.length > LONGEST_NAME ? 'is too long' : 'holds a character that cannot be said';
  return { ok: false, code: 'unsayable', message: `"${shown}" ${why} to supervisord` };
}
