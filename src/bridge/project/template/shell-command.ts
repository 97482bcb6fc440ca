// A command line as its author writes it for a shell → the command of a program that supervisord can end.
import { quoteArgument } from '../supervisord-conf/quote-argument.ts';

/** What only a shell does, as the first word of a command; anything with a `(`, `{` or `!` is refused below. */
const SHELL_WORDS = new Set(
  `. : [ alias bg break case cd command continue eval exec exit export false fc fg for function getopts hash if jobs kill
  local printf pwd read readonly return select set shift source test time times trap true type typeset ulimit umask
  unalias unset until wait while`.split(/\s+/u),
);

const ASSIGNMENTS = /^(?:[A-Za-z_]\w*=(?:"(?:[^"\\`]|\\.)*"|'[^']*'|\\.|[^\s"'\\`;&|<>()])*\s+)*/u;

/**
 * By a shell, as foreman does it. One simple command takes the place of the shell, so that a signal reaches it; several
 * stay below the shell, whose whole group is told.
 */
export function toShellCommand(line: string): string {
  return `/bin/sh -c ${quoteArgument(withExec(line))}`;
}

/** `exec` before one simple command; everything else as it is. */
export function withExec(line: string): string {
  const assignments = ASSIGNMENTS.exec(line)?.[0] ?? '';
  const command = line.slice(assignments.length);
  const [word = ''] = command.split(/\s+/u, 1);
  const outside = command.replaceAll(/\\.|'[^']*'|"(?:[^"\\]|\\.)*"/gsu, 'x');
  // Also what is not closed: the shell says so better.
  if (/[;&|<>(){}!`"'\n#]/u.test(outside) || word === '' || /^[A-Za-z_]\w*=/u.test(word) || SHELL_WORDS.has(word))
    return line;
  return `${assignments}exec ${command}`;
}
