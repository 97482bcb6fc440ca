// JSON is read in one turn, whatever it holds: seven megabytes of brackets take half a second. Before it is read, one walk
// over a long message tells whether it is of the kind that takes no longer than it is long.

/** A message of up to so many characters is read without looking. */
const SHORT = 64 * 1024;
/** Deeper than anything that a server says. */
const DEEPEST = 16;
/** What is told of ten thousand processes is of half as many. */
const MOST_PARTS = 200_000;

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;

/** Whether the text, if it is JSON at all, is neither deep nor of very many parts. */
export function isModestJson(text: string): boolean {
  if (text.length <= SHORT) return true;
  let depth = 0;
  let parts = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = endOfString(text, at);
      if (at < 0) return true;
    } else if (code === COMMA) parts += 1;
    // `[` and `{`, `]` and `}` are told apart by one bit.
    else if ((code | 0x20) === 0x7b) {
      parts += 1;
      depth += 1;
    } else if ((code | 0x20) === 0x7d) depth -= 1;
    if (depth > DEEPEST || parts > MOST_PARTS) return false;
  }
  return true;
}

/** The quote that ends it; -1 when none does, which whoever reads it will say. */
function endOfString(text: string, from: number): number {
  for (let end = text.indexOf('"', from + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let escapes = 0;
    while (text.charCodeAt(end - 1 - escapes) === BACKSLASH) escapes += 1;
    if (escapes % 2 === 0) return end;
  }
  return -1;
}
