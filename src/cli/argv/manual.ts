// docs/cli.md and the manual page, made from the tables of commands and options; a test holds the files to it.
import type { CliCommand } from './command.ts';
import { EXIT_MEANINGS } from '../exit-codes.ts';
import { optionRow } from './help.ts';
import { COMMON_OPTIONS } from './options.ts';

const INTRO = [
  'Data goes to stdout, everything else to stderr. Nothing is asked without a terminal. Every error says what to do next.',
  'Without a command it is the full-screen view at a terminal, and `status` elsewhere.',
];

const SELECTORS: readonly (readonly [string, string])[] = [
  ['web', 'every process of that name, on every supervisor'],
  ['plc:web', 'in that group, on every supervisor'],
  ['lid001:plc:web', 'this one; so every process has a name of its own, its uid'],
  ["'lid001:'", 'every process of a supervisor (or, if there is none of that name, of a group)'],
  ["'eu-*:plc:*'", 'a shell pattern (`*`, `?`, `[abc]`) on the uid'],
  ["'!*:cron'", 'takes away'],
  ["'state=fatal,backoff'", 'narrows by state; also host=, group=, name=, sup= and tag=, with patterns'],
  ["'flapping=yes'", 'what ends unexpectedly again and again'],
];

const SELECTOR_NOTES = [
  'Several patterns add up; fields narrow what the patterns found. Quote patterns: zsh refuses an unquoted `web:*`, and ' +
    'other shells put file names in its place.',
  'A pattern that matches nothing ends the command with 4, unless --allow-empty is given.',
];

const FILES: readonly (readonly [string, string])[] = [
  ['-c FILE', 'the configuration, whatever else there is'],
  ['$MULTIVISOR_CONFIG', 'names it, too'],
  ['./multivisor.conf', ''],
  ['$XDG_CONFIG_HOME/multivisor/multivisor.conf', 'or below ~/.config'],
  ['/etc/multivisor.conf', ''],
  [
    './supervisord.conf, ./etc/supervisord.conf, /etc/supervisord.conf, /etc/supervisor/supervisord.conf',
    "this machine's own supervisord, when there is no configuration of ours",
  ],
];

const ENVIRONMENT: readonly (readonly [string, string])[] = [
  ['MULTIVISOR_CONFIG', 'the configuration file'],
  ['MULTIVISOR_TOKEN', 'the token for --remote'],
  ['MULTIVISOR_PASSWORD', 'the password for --remote user@host; without it, it is asked for at a terminal'],
  ['NO_COLOR', 'no colours'],
];

const JSON_NOTES = [
  '`status --json` is one object, `watch --json` one object per line, and acts with `--json` one object with a result ' +
    'per target. Their shapes are in `schema/status.v1.json`, `schema/watch.v1.json` and `schema/outcomes.v1.json` of the ' +
    'package; within v1 fields are only added. Times are ISO 8601 in UTC. Supervisors that cannot be reached are always ' +
    'there, with their error. A command with `--json` that fails before it has anything to tell prints an object with ' +
    '`error` on stdout, as in `schema/error.v1.json`, besides its message on stderr.',
];

export function cliMarkdown(commands: readonly CliCommand[]): string {
  const sections = [
    '<!-- Written by `npm run documents` from src/cli/commands/ and src/cli/argv/manual.ts: change those. -->',
    '# The command line',
    ...INTRO,
    '## Selectors',
    table(
      ['selector', 'meaning'],
      SELECTORS.map(([left, right]) => [code(left), right]),
    ),
    ...SELECTOR_NOTES,
    '## Exit codes',
    table(
      ['code', 'meaning'],
      EXIT_MEANINGS.map(([left, right]) => [String(left), right]),
    ),
    '`status` takes a process that is starting for running; `--expect running,exited` says what else is fine. Of several ' +
      'targets that fail in one way the code is that way, otherwise 6.',
    '## JSON',
    ...JSON_NOTES,
    '## Where the configuration is looked for',
    table(
      ['place', ''],
      FILES.map(([left, right]) => [code(left), right]),
    ),
    '## Environment',
    table(
      ['variable', 'meaning'],
      ENVIRONMENT.map(([left, right]) => [code(left), right]),
    ),
    '## Commands',
    ...commands.flatMap(commandMarkdown),
    '## Options of every command',
    optionTable(COMMON_OPTIONS),
  ];
  return `${sections.join('\n\n')}\n`;
}

function commandMarkdown(command: CliCommand): string[] {
  const examples = command.examples.map(({ line, says }) => `# ${says}\n${line}`).join('\n');
  return [
    `### ${command.name}`,
    `${command.summary}.`,
    fence(`${`multivisor ${command.name} ${command.args}`.trim()} [options]`),
    fence(examples),
    ...(command.options.length > 0 ? [optionTable(command.options)] : []),
    ...(command.details ?? []),
  ];
}

function optionTable(options: CliCommand['options']): string {
  return table(
    ['option', 'meaning'],
    options.map(optionRow).map(([left, right]) => [code(left.trim()), right]),
  );
}

function table(head: readonly [string, string], rows: readonly (readonly [string, string])[]): string {
  return [tableRow(head), '| --- | --- |', ...rows.map(tableRow)].join('\n');
}

function tableRow(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |`;
}

function code(text: string): string {
  return `\`${text}\``;
}

function fence(text: string): string {
  return `\`\`\`sh\n${text}\n\`\`\``;
}

/** A manual page in man(7). */
export function manPage(commands: readonly CliCommand[], version: string): string {
  const parts = [
    `.TH MULTIVISOR 1 "" "multivisor ${version}" "User Commands"`,
    '.SH NAME',
    String.raw`multivisor \- see and steer every supervisord from one terminal`,
    '.SH SYNOPSIS',
    '.B multivisor',
    String.raw`[\fICOMMAND\fR] [\fIARGUMENTS\fR] [\fIOPTIONS\fR]`,
    '.SH DESCRIPTION',
    ...INTRO.flatMap(paragraph),
    '.SH COMMANDS',
    ...commands.flatMap((command) => [
      '.TP',
      `.B ${roff(`${command.name} ${command.args}`.trim())}`,
      roff(`${command.summary}.`),
      ...(command.details ?? []).map(roff),
      ...command.options.map(optionRow).flatMap(([left, right]) => ['.RS', ...definition(left.trim(), right), '.RE']),
    ]),
    '.SH OPTIONS OF EVERY COMMAND',
    ...COMMON_OPTIONS.map(optionRow).flatMap(([left, right]) => definition(left.trim(), right)),
    '.SH SELECTORS',
    ...SELECTORS.flatMap(([left, right]) => definition(left, right)),
    ...SELECTOR_NOTES.flatMap(paragraph),
    '.SH EXIT STATUS',
    ...EXIT_MEANINGS.flatMap(([left, right]) => definition(String(left), right)),
    '.SH FILES',
    ...FILES.flatMap(([left, right]) => definition(left, right)),
    '.SH ENVIRONMENT',
    ...ENVIRONMENT.flatMap(([left, right]) => definition(left, right)),
    '.SH EXAMPLES',
    ...commands.flatMap(({ examples }) => examples.flatMap(({ line, says }) => definition(line, says))),
    '.SH SEE ALSO',
    '.BR supervisord (1),',
    '.BR supervisorctl (1)',
  ];
  return `${parts.join('\n')}\n`;
}

function definition(left: string, right: string): string[] {
  return ['.TP', `.B ${roff(left)}`, roff(right)];
}

function paragraph(text: string): string[] {
  return ['.PP', roff(text)];
}

/** A line that begins with a dot or an apostrophe would be a request; a minus that is typed is no hyphen. */
function roff(text: string): string {
  const escaped = text
    .replaceAll('`', '')
    .replaceAll('\\', String.raw`\e`)
    .replaceAll('-', String.raw`\-`);
  return /^[.']/u.test(escaped) ? String.raw`\&${escaped}` : escaped;
}
