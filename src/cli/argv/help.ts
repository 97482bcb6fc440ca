// Help is made from the tables of commands and options, so that it cannot say what is not so.
import type { CliCommand, CommandOption } from './command.ts';
import { EXIT_MEANINGS } from '../exit-codes.ts';
import { COMMON_OPTIONS, optionOf } from './options.ts';

const WIDTH = 80;

export function helpOf(command: CliCommand): string {
  const usage = [`multivisor ${command.name}`, command.args, '[options]'].filter((part) => part !== '').join(' ');
  return lines([
    `${command.summary}.`,
    '',
    'Examples',
    ...command.examples.flatMap(({ line, says }) => [`  $ ${line}`, `      ${says}`]),
    '',
    'Usage',
    `  ${usage}`,
    '',
    'Options',
    ...columns([...command.options, ...COMMON_OPTIONS].map(optionRow)),
    ...(command.details ?? []).flatMap((text) => ['', ...wrap(text, WIDTH)]),
  ]);
}

export function generalHelp(commands: readonly CliCommand[]): string {
  return lines([
    'Every supervisord you have in one terminal: see, steer and read logs.',
    '',
    'Examples',
    '  $ multivisor',
    '      the full-screen view of every process on every machine',
    "  $ multivisor status 'state=fatal,backoff'",
    '      what is in trouble',
    '  $ multivisor restart web --batch 25%',
    '      restart every "web", a quarter at a time',
    '',
    'Commands',
    ...columns(commands.map(({ name, args, summary }) => [`${name} ${args}`.trim(), summary])),
    '',
    'Options',
    ...columns(COMMON_OPTIONS.map(optionRow)),
    '',
    ...wrap(
      'Selectors: NAME, group:name, supervisor:group:name, globs of these, !pattern takes away, and ' +
        'state= host= group= name= sup= tag= narrow. Quote globs.',
      WIDTH,
    ),
    '',
    'Exit codes',
    ...columns(EXIT_MEANINGS.map(([code, meaning]) => [String(code), meaning])),
    '',
    'multivisor COMMAND --help tells more about a command.',
  ]);
}

export function optionRow(entry: CommandOption): [string, string] {
  const [name, told, ownValue] = typeof entry === 'string' ? [entry, null] : entry;
  const { name: long, short, value, negative, summary } = optionOf(name);
  const left = `${short === undefined ? '    ' : `-${short}, `}--${negative ? 'no-' : ''}${long}`;
  return [value === undefined ? left : `${left} ${ownValue ?? value}`, told ?? summary];
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.min(30, Math.max(...rows.map(([left]) => left.length)));
  return rows.flatMap(([left, right]) => {
    const [first = '', ...rest] = wrap(right, WIDTH - width - 4);
    const indent = ' '.repeat(width + 4);
    if (left.length > width) return [`  ${left}`, ...[first, ...rest].map((text) => indent + text)];
    return [`  ${left.padEnd(width)}  ${first}`, ...rest.map((text) => indent + text)];
  });
}

function wrap(text: string, width: number): string[] {
  const wrapped: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      wrapped.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...wrapped, line];
}

function lines(all: readonly string[]): string {
  return `${all.join('\n')}\n`;
}
