// A Procfile as a layer: each of its lines is a program, run by a shell as foreman does it.
import type { Layer, Origin, Section } from '../supervisord-conf/layers.ts';
import { toSection } from '../supervisord-conf/layers.ts';
import type { LayerProblem } from '../supervisord-conf/read-layer.ts';
import { escapePercent, quoteArgument } from '../supervisord-conf/quote-argument.ts';

export type ProcfileInput = {
  readonly file: string;
  readonly text: string;
  /** Of the `.env` file beside it. */
  readonly variables: Readonly<Record<string, string>>;
};

/** `\s` is not all that Python takes for white space. */
const BREAKING = new RegExp(String.raw`^['"]|['"]$|[\s\u001c-\u001f\u0085][;#]|[\r\n]`, 'u');
const FIRST_PORT = 5000;
/** foreman's distance between two kinds of process. */
const PORT_STEP = 100;

export function procfileLayer({ file, text, variables }: ProcfileInput): {
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
    const port = String(Number(variables['PORT'] ?? FIRST_PORT) + layer.length * PORT_STEP);
    const environment = toEnvironment({ ...variables, PORT: port });
    if (environment === null) {
      const message = 'a value of .env begins or ends with a quote, or holds both kinds or " ;": write it otherwise';
      problems.push({ file, line: index + 1, message });
      continue;
    }
    layer.push(
      toSection(
        `program:${name}`,
        {
          command: escapePercent(`/bin/sh -c ${quoteArgument(command)}`),
          environment,
          // The shell does not hand on the signal to what it started.
          stopasgroup: 'true',
          killasgroup: 'true',
        },
        origin,
      ),
    );
  }
  return { layer, problems };
}

/** Null for what supervisord's reader of `environment` has no way to write. */
function toEnvironment(variables: Readonly<Record<string, string>>): string | null {
  const pairs = Object.entries(variables).map(([name, value]) => {
    const quote = value.includes('"') ? "'" : '"';
    // It strips all quotes from both ends, and the file's own reader takes ` ;` for a comment.
    const lost = value.includes(quote) || BREAKING.test(value);
    return lost ? null : `${name}=${quote}${escapePercent(value)}${quote}`;
  });
  return pairs.includes(null) ? null : pairs.join(',');
}

/** `.env`: NAME=value lines, quotes around a value taken off, `export` and comments ignored. */
export function parseDotEnv(text: string): Readonly<Record<string, string>> {
  const entries = text.split(/\r?\n/u).flatMap((line) => {
    const [, name, value = ''] = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*?)\s*$/u.exec(line) ?? [];
    if (name === undefined) return [];
    const [, , quoted] = /^(["'])(.*)\1$/su.exec(value) ?? [];
    return [[name, quoted ?? value] as const];
  });
  return Object.fromEntries(entries);
}
