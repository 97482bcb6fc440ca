const PLAIN = /^[\w@+=:,./-]+$/u;

/**
 * One word for supervisord's `command`, which it splits like a POSIX shell. Backslashes rather than quotes: they also
 * keep a `;` after a space from being read as a comment.
 */
export function quoteArgument(word: string): string {
  if (word === '') return "''";
  return PLAIN.test(word) ? word : word.replaceAll(/[^\w@+=:,./-]/gu, String.raw`\$&`);
}

/** What stands for itself in a value of supervisord.conf. */
export function escapePercent(text: string): string {
  return text.replaceAll('%', '%%');
}
