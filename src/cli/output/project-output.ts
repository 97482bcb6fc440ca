import type { OutputPrinter } from '../../bridge/project/foreground/output-printer.ts';
import { escapeLogLine, escapeText } from '../../core/view/escape.ts';
import type { Io } from '../io/io.ts';
import { createLinePrefix } from './line-prefix.ts';
import { createPaint } from './paint.ts';

/** The lines of the programs of a project, as `logs -f` shows them, and what happens to them between. */
export function createProjectPrinter(io: Io, names: readonly string[]): OutputPrinter {
  const paint = createPaint({ io, isOn: (option) => option === 'color' });
  const prefix = createLinePrefix(paint, names);
  return {
    line: (name, stream, text) => io.out(`${prefix(name, stream)}${escapeLogLine(text)}\n`),
    notice: (name, words) =>
      io.out(`${prefix(name, 'stdout')}${paint.dim(`${paint.ascii ? '*' : '▪'} ${escapeText(words)}`)}\n`),
  };
}
