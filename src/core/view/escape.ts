// The door through which outside text reaches a terminal: names, log lines, messages of supervisord.

const ESC = '\u001b';
/**
 * What can move, hide or reorder text: controls (C0, DEL, C1), bidi overrides, zero-width and tag characters and whatever
 * else is not seen, line separators, lone surrogates. Only what makes one emoji out of
 * several, and what chooses between the two faces of a sign (FE0E, FE0F), stays.
 */
const DANGEROUS =
  /(?![\ufe0e\ufe0f]|(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f])\u200d(?=\p{Extended_Pictographic}))[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}\p{Cs}]/u;
/** Nearly all texts; sooner told than by the classes of Unicode. */
const PLAIN = /^[\u0020-\u007e]*$/;
const DANGEROUS_ALL = new RegExp(DANGEROUS.source, 'gu');

/**
 * Sequences that programs write to look nice: CSI (colours, cursor), OSC (titles, links), charset choices. Built from a
 * string because a control character in a literal pattern cannot be told from a slip of the keyboard.
 */
const SEQUENCE = new RegExp(
  [
    String.raw`(?:${ESC}\[|\u009b)[0-?]*[ -/]*[@-~]`,
    String.raw`(?:${ESC}\]|\u009d)[^\u0007\u009c\u009d${ESC}]*(?:\u0007|\u009c|${ESC}\\)`,
    String.raw`${ESC}[()*+][0-~]`,
  ].join('|'),
  'g',
);

const NAMED: Readonly<Record<string, string>> = { '\n': String.raw`\n`, '\r': String.raw`\r`, '\t': String.raw`\t` };

function toVisible(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const named = NAMED[character];
  if (named !== undefined) return named;
  const hex = code.toString(16);
  if (code > 0xffff) return String.raw`\u{${hex}}`;
  return code < 0x100 ? String.raw`\x${hex.padStart(2, '0')}` : String.raw`\u${hex.padStart(4, '0')}`;
}

/** Every character that a terminal could act on becomes visible text (`\x1b`, `\n`, `\u202e`): always one line. */
export function escapeText(text: string): string {
  if (PLAIN.test(text) || !DANGEROUS.test(text)) return text;
  // Once for each character that there is, however often: a line of a log may hold nothing else.
  const known = new Map<string, string>();
  return text.replace(DANGEROUS_ALL, (character) => {
    const visible = known.get(character) ?? toVisible(character);
    known.set(character, visible);
    return visible;
  });
}

/**
 * One line of a log: whole colour and cursor sequences go without a trace, tabs become spaces up to the next stop of
 * eight, what a progress bar wrote over itself is dropped, and whatever is left is escaped.
 */
export function escapeLogLine(line: string): string {
  if (PLAIN.test(line) || !DANGEROUS.test(line)) return line;
  const plain = line.replace(SEQUENCE, '');
  let end = plain.length;
  // Not by a pattern: it would try again at each of many carriage returns.
  while (end > 0 && plain[end - 1] === '\r') end -= 1;
  const begin = end === 0 ? 0 : plain.lastIndexOf('\r', end - 1) + 1;
  return escapeText(expandTabs(plain.slice(begin, end)));
}

function expandTabs(text: string): string {
  let out = '';
  let from = 0;
  for (let tab = text.indexOf('\t'); tab >= 0; tab = text.indexOf('\t', from)) {
    out += text.slice(from, tab);
    out += TAB.slice(out.length % TAB.length);
    from = tab + 1;
  }
  return out + text.slice(from);
}

const TAB = ' '.repeat(8);
