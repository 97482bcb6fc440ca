// Values of options, read as people write them.
import { MOMENT_EXAMPLES, parseMoment } from '../../core/history/parse-moment.ts';
import { CliError } from '../cli-error.ts';
import type { Invocation } from './command.ts';
import { optionOf } from './options.ts';
import type { OptionName } from './options.ts';

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, '': 1_000, m: 60_000, min: 60_000, h: 3_600_000 };
/** Timers of Node end at 2^31 ms. */
const MOST_MS = 2_147_483_647;

/** `500ms`, `5s`, `5` (seconds), `2m`, `1h` in milliseconds. */
export function durationOf(invocation: Invocation, option: OptionName, fallback: number): number {
  const text = invocation.text(option);
  if (text === null) return fallback;
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*(ms|s|m|min|h|)$/u.exec(text) ?? [];
  const ms = Number(number) * (UNITS[unit] ?? NaN);
  if (number !== '' && Number.isFinite(ms)) return Math.min(ms, MOST_MS);
  throw new CliError(`--${optionOf(option).name} is a time such as 500ms, 5s or 2m, not "${text}"`);
}

/** `--timeout` of an act, milliseconds; null: as long as what it is about allows by itself. */
export function limitOf(invocation: Invocation): number | null {
  return invocation.text('timeout') === null ? null : durationOf(invocation, 'timeout', 0);
}

/** Milliseconds since the epoch; null when it was not given. */
export function momentOf(invocation: Invocation, option: OptionName, now: number): number | null {
  const text = invocation.text(option);
  if (text === null) return null;
  const at = parseMoment(text, now);
  if (at !== null) return at;
  throw new CliError(`--${optionOf(option).name} is a moment such as ${MOMENT_EXAMPLES}, not "${text}"`);
}

export function countOf(invocation: Invocation, option: OptionName, fallback: number): number {
  const text = invocation.text(option);
  if (text === null) return fallback;
  if (/^\d{1,9}$/u.test(text)) return Number(text);
  throw new CliError(`--${optionOf(option).name} is a whole number, not "${text}"`);
}

export function choiceOf<Choice extends string>(
  invocation: Invocation,
  option: OptionName,
  choices: readonly [Choice, ...Choice[]],
): Choice {
  const text = invocation.text(option);
  const choice = text === null ? choices[0] : choices.find((each) => each === text.toLowerCase());
  if (choice !== undefined) return choice;
  throw new CliError(`--${optionOf(option).name} is one of ${choices.join(', ')}, not "${text}"`);
}
