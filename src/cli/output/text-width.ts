import stringWidth from 'fast-string-width';

/** Printable ASCII and the marks of our own tables: a column each. Anything else takes patterns that are slow to compile. */
const PLAIN = /^[\u0020-\u007e●○◐…─]*$/u;

/** In columns of a terminal. */
export function textWidth(text: string): number {
  return PLAIN.test(text) ? text.length : stringWidth(text);
}
