// A Procfile as a layer: each of its lines is a program, run by a shell as foreman does it.
import type { Layer, ConfOrigin, ConfSection, ConfSetting } from '../supervisord-conf/layers.ts';
import { toConfSection } from '../supervisord-conf/layers.ts';
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
export const PORT_STEP = 100;

/** What is said of the watcher, above a blank line rather than a process. */
const WATCHER = 'program:autoreload';
/** As platforms have it: it runs before all others, and is over before they begin. */
const RELEASE = 'release';

export type Procfile = {
  readonly layer: Layer;
  /** The command of `release`; null without one. */
  readonly release: string | null;
  readonly problems: readonly LayerProblem[];
};

export function procfileLayer({ file, text, port }: ProcfileInput): Procfile {
  const layer: ConfSection[] = [];
  const problems: LayerProblem[] = [];
  let release: string | null = null;
  let processes = 0;
  let said: readonly (readonly [key: string, setting: ConfSetting])[] = [];
  const close = (name: string) => {
    if (said.length > 0) layer.push({ name, settings: new Map(said) });
    said = [];
  };
  for (const [index, line] of text.split(/\r?\n/u).entries()) {
    const origin: ConfOrigin = { via: 'file', file, line: index + 1, detail: '' };
    const content = line.trim();
    const [, option] = /^#\s*multivisor:\s*(.*)$/u.exec(content) ?? [];
    if (option !== undefined) {
      const [, key, value] = /^([a-z_]+)\s*=\s*(\S.*)$/u.exec(option) ?? [];
      if (key === undefined || value === undefined || /\s[;#]/u.test(value)) {
        problems.push({ file, line: index + 1, message: 'write it as "# multivisor: option = value"' });
      } else said = [...said, [key, { value: escapePercent(value), origin }]];
      continue;
    }
    if (content === '') close(WATCHER);
    if (content === '' || content.startsWith('#')) continue;
    const [, name, command] = /^([A-Za-z0-9_-]+):\s*(\S.*)$/u.exec(content) ?? [];
    if (name === undefined || command === undefined) {
      problems.push({ file, line: index + 1, message: 'this line is no process; write it as "web: command"' });
      continue;
    }
    const own = port + processes * PORT_STEP;
    processes += 1;
    if (name === RELEASE) {
      release = command;
      continue;
    }
    const settings = {
      command: escapePercent(toShellCommand(command)),
      environment: `PORT="${own}"`,
      // A shell does not hand on the signal to what it started, and neither does npm.
      stopasgroup: 'true',
      killasgroup: 'true',
    };
    layer.push(toConfSection(`program:${name}`, settings, origin));
    close(`program:${name}`);
  }
  close(WATCHER);
  return { layer, release, problems };
}
