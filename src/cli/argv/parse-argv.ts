import meow from 'meow';
import { didYouMean } from '../../core/config/nearest.ts';
import { CliError } from '../cli-error.ts';
import type { CliCommand } from './command.ts';
import { COMMON_OPTIONS, OPTION_NAMES, OPTIONS, optionOf } from './options.ts';
import type { OptionName } from './options.ts';

export type ParsedArgv = {
  /** Null: none was named. */
  readonly command: CliCommand | null;
  readonly args: readonly string[];
  readonly flags: ReadonlyMap<OptionName, string | boolean>;
};

/** Options may stand before and after the command. What is not understood is a CliError. */
export function parseArgv(argv: readonly string[], commands: readonly CliCommand[]): ParsedArgv {
  const { input, flags: found } = callMeow(argv);
  const flags = new Map<OptionName, string | boolean>();
  const unknown = Object.keys(found).filter((key) => !Object.hasOwn(OPTIONS, key));
  for (const name of OPTION_NAMES) {
    const value = found[name];
    const option = optionOf(name);
    if (typeof value === 'boolean') flags.set(name, value);
    if (typeof value !== 'string') continue;
    if (value === '') throw new CliError(`--${option.name} needs a value: --${option.name} ${option.value ?? ''}`);
    flags.set(name, value);
  }
  const [word, ...args] = input;
  const command = word === undefined ? null : (commands.find(({ name }) => name === word) ?? null);
  if (word !== undefined && !command) {
    const names = commands.map(({ name }) => name);
    throw new CliError(`there is no command "${word}"${didYouMean(word, names) || '; see multivisor --help'}`);
  }
  if (command) refuseUnknown(command, flags, unknown);
  else if (unknown[0] !== undefined) throw unknownOption(unknown[0], OPTION_NAMES, '');
  return { command, args, flags };
}

function callMeow(argv: readonly string[]): { readonly input: string[]; readonly flags: Record<string, unknown> } {
  const definitions = OPTION_NAMES.map((key) => {
    const { short, value } = optionOf(key);
    const type: 'string' | 'boolean' = value === undefined ? 'boolean' : 'string';
    return [key, short === undefined ? { type } : { type, shortFlag: short }] as const;
  });
  try {
    const { input, flags } = meow({
      importMeta: import.meta,
      argv,
      flags: Object.fromEntries(definitions),
      booleanDefault: undefined,
      autoHelp: false,
      autoVersion: false,
      help: false,
      description: false,
      pkg: {},
    });
    return { input, flags };
  } catch (error) {
    // It says what is wrong of an option that was given twice, and no more.
    throw new CliError(error instanceof Error ? error.message : String(error), undefined, { cause: error });
  }
}

function refuseUnknown(
  command: CliCommand,
  flags: ReadonlyMap<OptionName, string | boolean>,
  unknown: readonly string[],
): void {
  const own = command.options.map((option) => (typeof option === 'string' ? option : option[0]));
  const known = [...own, ...COMMON_OPTIONS];
  const unexpected = unknown[0] ?? Array.from(flags.keys()).find((name) => !known.includes(name));
  if (unexpected !== undefined) throw unknownOption(unexpected, known, command.name);
}

function unknownOption(key: string, known: readonly OptionName[], command: string): CliError {
  const names = known.map((name) => `--${optionOf(name).name}`);
  const where = `multivisor ${command}`.trim();
  return new CliError(
    `${where} has no option ${dashed(key)}${didYouMean(dashed(key), names) || `; see ${where} --help`}`,
  );
}

function dashed(key: string): string {
  return key.length === 1 ? `-${key}` : `--${key.replace(/[A-Z]/gu, (letter) => `-${letter.toLowerCase()}`)}`;
}
