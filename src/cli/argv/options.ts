// Every option there is, once: commands name those they take, and help, completion and the manual are made from it.

export type Option = {
  readonly name: string;
  readonly short?: string;
  /** What stands for the value; absent: the option is a switch. */
  readonly value?: string;
  readonly summary: string;
  /** A switch that is on unless `--no-…` is given. */
  readonly negative?: true;
  /** Words that the value may be, for completion. */
  readonly choices?: readonly string[];
};

export const OPTIONS = {
  config: { name: 'config', short: 'c', value: 'FILE', summary: 'the configuration file' },
  remote: {
    name: 'remote',
    value: 'URL',
    summary: 'through a multivisor server, [user@]host[:22000], instead of a configuration',
  },
  tokenFile: { name: 'token-file', value: 'FILE', summary: 'the token for it (also MULTIVISOR_TOKEN)' },
  help: { name: 'help', short: 'h', summary: 'show this help' },
  version: { name: 'version', short: 'V', summary: 'show the version' },
  color: { name: 'color', negative: true, summary: 'no colours (also NO_COLOR in the environment)' },
  ascii: { name: 'ascii', summary: 'plain ASCII instead of symbols' },
  json: { name: 'json', summary: 'print JSON' },
  ndjson: { name: 'ndjson', summary: 'print one JSON object per line' },
  output: {
    name: 'output',
    short: 'o',
    value: 'FORMAT',
    summary: 'table, wide, name, csv, json or ndjson',
    choices: ['table', 'wide', 'name', 'csv', 'json', 'ndjson'],
  },
  sort: {
    name: 'sort',
    value: 'FIELD',
    summary: 'order, state, name, supervisor, uptime or restarts; -FIELD reverses',
    choices: ['order', 'state', 'name', 'supervisor', 'uptime', 'restarts'],
  },
  groupBy: {
    name: 'group-by',
    value: 'WHAT',
    summary: 'group, supervisor or none',
    choices: ['group', 'supervisor', 'none'],
  },
  expect: { name: 'expect', value: 'STATES', summary: 'states that are fine, such as running,exited' },
  timeout: { name: 'timeout', value: 'TIME', summary: 'how long to wait, such as 500ms, 5s or 2m' },
  allowEmpty: { name: 'allow-empty', summary: 'a pattern that matches nothing is no error' },
  since: { name: 'since', value: 'TIME', summary: 'how far back, such as 24h, 7d or yesterday' },
  until: { name: 'until', value: 'TIME', summary: 'up to when, such as 1h or 2026-11-25T09:00' },
  all: { name: 'all', summary: 'each turn of a process that flaps, not only their sum' },
  snapshot: { name: 'snapshot', negative: true, summary: 'do not begin with what is there' },
  yes: { name: 'yes', short: 'y', summary: 'do not ask' },
  wait: { name: 'wait', summary: 'end only when the state is reached' },
  batch: { name: 'batch', value: 'N|N%', summary: 'so many at a time; the next when the last ones are up' },
  pause: { name: 'pause', value: 'TIME', summary: 'between two batches' },
  maxFailures: { name: 'max-failures', value: 'N', summary: 'stop the roll when so many have failed (1)' },
  dryRun: { name: 'dry-run', summary: 'only say what would be done' },
  follow: { name: 'follow', short: 'f', summary: 'go on with what comes' },
  lines: { name: 'lines', short: 'n', value: 'LINES', summary: 'so many of the last lines (10)' },
  stream: {
    name: 'stream',
    value: 'WHICH',
    summary: 'stdout, stderr or both (both)',
    choices: ['stdout', 'stderr', 'both'],
  },
  grep: { name: 'grep', value: 'REGEX', summary: 'only lines that match' },
  timestamps: { name: 'timestamps', summary: 'the time at which each line was received here' },
  raw: { name: 'raw', summary: 'lines as they were written, with their control sequences' },
  for: {
    name: 'for',
    value: 'STATE',
    summary: 'running, stopped, exited or fatal',
    choices: ['running', 'stopped', 'exited', 'fatal'],
  },
  why: { name: 'why', value: 'TEXT', summary: 'the reason, for whoever wonders' },
  any: { name: 'any', summary: 'one of them is enough' },
  filter: { name: 'filter', value: 'TEXT', summary: 'the filter to begin with' },
  readOnly: { name: 'read-only', summary: 'look, but do not act' },
  theme: { name: 'theme', value: 'NAME', summary: 'the colours' },
  bind: { name: 'bind', value: '[HOST][:PORT]', summary: 'where to listen (127.0.0.1:22000); *:22000 is everywhere' },
  tlsCert: { name: 'tls-cert', value: 'FILE', summary: 'the certificate, PEM' },
  tlsKey: { name: 'tls-key', value: 'FILE', summary: 'its key, PEM' },
  basePath: { name: 'base-path', value: '/PATH', summary: 'where a proxy serves us, when not at its root' },
  trustProxy: {
    name: 'trust-proxy',
    value: 'ADDRESSES',
    summary: 'whose X-Forwarded-* are believed, such as 10.0.0.0/8',
  },
  allowHost: { name: 'allow-host', value: 'NAMES', summary: 'names that this server is called by, globs allowed' },
  audit: { name: 'audit', value: 'FILE', summary: 'append who did what to this file' },
  stateDir: {
    name: 'state-dir',
    value: 'DIR',
    summary: 'where a server keeps what must outlive it ($XDG_STATE_HOME/multivisor, /var/lib/multivisor)',
  },
  insecureNoAuth: { name: 'insecure-no-auth', summary: 'let everybody in who reaches it' },
} as const satisfies Readonly<Record<string, Option>>;

export type OptionName = keyof typeof OPTIONS;

/** Of every command. */
export const COMMON_OPTIONS: readonly OptionName[] = [
  'config',
  'remote',
  'tokenFile',
  'color',
  'ascii',
  'help',
  'version',
];

export function optionOf(name: OptionName): Option {
  return OPTIONS[name];
}

function isOptionName(text: string): text is OptionName {
  return Object.hasOwn(OPTIONS, text);
}

export const OPTION_NAMES: readonly OptionName[] = Object.keys(OPTIONS).filter(isOptionName);
