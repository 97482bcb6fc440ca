// A Procfile as a layer: each of its lines is a program, run by a shell as foreman does it.
import type { Layer, Origin, Section } from '../supervisord-conf/layers.ts';
import { toSection } from '../supervisord-conf/layers.ts';
import type { LayerProblem } from '../supervisord-conf/read-layer.ts';
import { escapePercent } from '../supervisord-conf/quote-argument.ts';
import { toShellCommand } from './shell-command.ts';

export type ProcfileInput = {
  readonly file: string;
  readonly text: string;
  /** Of the first program; the second has the hundredth after it. */
  readonly port: number;
};

export const FIRST_PORT = 5000;
/** foreman's distance between two kinds of process. */
const PORT_STEP = 100;

export function procfileLayer({ file, text, port }: ProcfileInput): {
  readonly layer: Layer;
  readonly problems: readonly LayerProblem[];
} {
  const layer: Section[] = [];
  const problems: LayerProblem[] = [];
  for (const [index, line] of text.split(/\r?\n/u).entries()) {
    const content = line.trim();
    if (content === '' || content.startsWith('#')) continue;
    const [, name, command] = /^([A-Za-z0-9_-]+):\s*(\S.*)$/u.exec(content) ?? [];
    if (name === undefined || command === undefined) {
      problems.push({ file, line: index + 1, message: 'this line is no process; write it as "web: command"' });
      continue;
    }
    const origin: Origin = { via: 'file', file, line: index + 1, detail: '' };
    layer.push(
      toSection(
        `program:${name}`,
        {
          command: escapePercent(toShellCommand(command)),
          environment: `PORT="${port + layer.length * PORT_STEP}"`,
          // A shell does not hand on the signal to what it started, and neither does npm.
          stopasgroup: 'true',
          killasgroup: 'true',
        },
        origin,
      ),
    );
  }
  return { layer, problems };
}
