import type { ProcessState } from '../../core/process-state.ts';
import type { Invocation } from '../argv/command.ts';

/** Colours for plain text output; each returns its text unchanged when there are none. */
export type Paint = {
  readonly ascii: boolean;
  bold(text: string): string;
  dim(text: string): string;
  good(text: string): string;
  bad(text: string): string;
  warn(text: string): string;
  state(state: ProcessState, text: string): string;
  /** One of a few colours that are easy to tell apart. */
  nth(index: number, text: string): string;
};

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, magenta: 35, cyan: 36 } as const;
const SERIES = [36, 33, 35, 32, 34, 31, 96, 93, 95, 92, 94, 91];
const OF_STATE: Readonly<Record<ProcessState, readonly number[]>> = {
  RUNNING: [CODES.green],
  STARTING: [CODES.cyan],
  STOPPING: [CODES.cyan],
  BACKOFF: [CODES.yellow],
  FATAL: [CODES.bold, CODES.red],
  STOPPED: [CODES.dim],
  EXITED: [CODES.dim],
  UNKNOWN: [CODES.magenta],
};

export function createPaint(invocation: Pick<Invocation, 'io' | 'isOn'>): Paint {
  const { io } = invocation;
  const colors = io.terminal && invocation.isOn('color') && !io.env['NO_COLOR'] && io.env['TERM'] !== 'dumb';
  const sgr = (codes: readonly number[], text: string) =>
    colors && text !== '' ? `\u001b[${codes.join(';')}m${text}\u001b[0m` : text;
  return {
    ascii: invocation.isOn('ascii') || !isUtf8(io.env),
    bold: (text) => sgr([CODES.bold], text),
    dim: (text) => sgr([CODES.dim], text),
    good: (text) => sgr([CODES.green], text),
    bad: (text) => sgr([CODES.red], text),
    warn: (text) => sgr([CODES.yellow], text),
    state: (state, text) => sgr(OF_STATE[state], text),
    nth: (index, text) => sgr([SERIES[index % SERIES.length] ?? CODES.cyan], text),
  };
}

/** A locale that says nothing is taken for UTF-8: containers and services have none. */
function isUtf8(env: Readonly<Record<string, string | undefined>>): boolean {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
  return locale === '' || /utf-?8/iu.test(locale);
}
