// The options of django-supervisor's command, with ours beside them, and Django's own where they mean something here.
import { didYouMean } from '../../core/config/nearest.ts';
import { isPort } from './environment/dot-env.ts';
import { ProjectError } from './project-error.ts';

export type ExitOn = 'fail' | 'any' | 'all';

export type ProjectOptions = {
  readonly daemonize: boolean;
  readonly pidfile: string | null;
  readonly logfile: string | null;
  readonly projectDir: string | null;
  readonly configFile: string | null;
  readonly envFile: string | null;
  readonly launch: readonly string[];
  readonly nolaunch: readonly string[];
  readonly exclude: readonly string[];
  readonly include: readonly string[];
  readonly autoreload: readonly string[];
  readonly noreload: boolean;
  readonly settings: string | null;
  readonly pythonpath: string | null;
  readonly python: string | null;
  readonly noAttach: boolean;
  readonly legacyEndpoint: boolean;
  readonly autoescape: boolean;
  readonly poll: boolean;
  /** The foreground shows supervisord's own log. */
  readonly raw: boolean;
  /** Which end of a program ends the foreground; null: none. */
  readonly exitOn: ExitOn | null;
  /** `web=2`, `web=2,worker=0`. */
  readonly scale: readonly string[];
  /** The first port, in place of PORT. */
  readonly port: string | null;
  /** Programs that are started, with what they depend on; none: all. */
  readonly only: readonly string[];
};

export type ProjectArguments = {
  readonly options: ProjectOptions;
  /** Null: none was given, so start. */
  readonly command: string | null;
  readonly args: readonly string[];
  readonly help: boolean;
};

type Key = keyof ProjectOptions;
type Flag = { readonly key: Key | 'help' | null; readonly takes: 'nothing' | 'value' | 'values' };

const OPTIONS: Readonly<Record<string, Flag>> = {
  '--daemonize': { key: 'daemonize', takes: 'nothing' },
  '--pidfile': { key: 'pidfile', takes: 'value' },
  '--logfile': { key: 'logfile', takes: 'value' },
  '--project-dir': { key: 'projectDir', takes: 'value' },
  '--config-file': { key: 'configFile', takes: 'value' },
  '--env': { key: 'envFile', takes: 'value' },
  '--launch': { key: 'launch', takes: 'values' },
  '--nolaunch': { key: 'nolaunch', takes: 'values' },
  '--exclude': { key: 'exclude', takes: 'values' },
  '--include': { key: 'include', takes: 'values' },
  '--autoreload': { key: 'autoreload', takes: 'values' },
  '--noreload': { key: 'noreload', takes: 'nothing' },
  '--settings': { key: 'settings', takes: 'value' },
  '--pythonpath': { key: 'pythonpath', takes: 'value' },
  '--python': { key: 'python', takes: 'value' },
  '--no-attach': { key: 'noAttach', takes: 'nothing' },
  '--legacy-endpoint': { key: 'legacyEndpoint', takes: 'nothing' },
  '--autoescape': { key: 'autoescape', takes: 'nothing' },
  '--poll': { key: 'poll', takes: 'nothing' },
  '--raw': { key: 'raw', takes: 'nothing' },
  '--exit-on': { key: 'exitOn', takes: 'value' },
  '--scale': { key: 'scale', takes: 'values' },
  '--port': { key: 'port', takes: 'value' },
  '--help': { key: 'help', takes: 'nothing' },
  // Django gives these to every command; they change nothing here.
  '--verbosity': { key: null, takes: 'value' },
  '--traceback': { key: null, takes: 'nothing' },
  '--no-color': { key: null, takes: 'nothing' },
  '--force-color': { key: null, takes: 'nothing' },
  '--skip-checks': { key: null, takes: 'nothing' },
};

const SHORT: Readonly<Record<string, string>> = {
  d: '--daemonize',
  e: '--env',
  l: '--launch',
  p: '--port',
  n: '--nolaunch',
  x: '--exclude',
  i: '--include',
  r: '--autoreload',
  h: '--help',
  v: '--verbosity',
};

export const NO_OPTIONS: ProjectOptions = {
  daemonize: false,
  pidfile: null,
  logfile: null,
  projectDir: null,
  configFile: null,
  envFile: null,
  launch: [],
  nolaunch: [],
  exclude: [],
  include: [],
  autoreload: [],
  noreload: false,
  settings: null,
  pythonpath: null,
  python: null,
  noAttach: false,
  legacyEndpoint: false,
  autoescape: false,
  poll: false,
  raw: false,
  exitOn: null,
  scale: [],
  port: null,
  only: [],
};

const CHECKS: Readonly<Record<string, (value: string) => void>> = {
  '--exit-on': (value) => {
    if (['fail', 'any', 'all'].includes(value)) return;
    throw new ProjectError(`--exit-on ${value}: write fail, any or all`);
  },
  '--port': (value) => {
    if (!isPort(value)) throw new ProjectError(`--port ${value}: that is no port`);
  },
  '--scale': (value) => {
    const bad = value.split(',').find((each) => !/^[^=\s]+=\d{1,3}$/u.test(each));
    if (bad !== undefined) throw new ProjectError(`--scale ${value}: write program=number, as in --scale web=2`);
  },
};

/**
 * Everything after the first bare word belongs to the command, also what looks like an option of ours; after `--` there
 * are only programs.
 */
export function parseProjectArguments(argv: readonly string[]): ProjectArguments {
  const found: Record<string, unknown> = {};
  let help = false;
  let at = 0;
  const next = (name: string): string => {
    const value = argv[at++];
    if (value === undefined) throw new ProjectError(`${name} needs a value`);
    return value;
  };
  const take = (name: string, attached: string | null): void => {
    const flag = OPTIONS[name];
    if (!flag) throw new ProjectError(`unknown option ${name}${didYouMean(name, Object.keys(OPTIONS))}`);
    if (flag.takes === 'nothing') {
      if (attached !== null) throw new ProjectError(`${name} takes no value`);
      if (flag.key === 'help') help = true;
      else if (flag.key) found[flag.key] = true;
      return;
    }
    const value = attached ?? next(name);
    CHECKS[name]?.(value);
    if (flag.key === null) return;
    const before = found[flag.key];
    found[flag.key] = flag.takes === 'value' ? value : [...(Array.isArray(before) ? before : []), value];
  };

  while (at < argv.length) {
    const word = argv[at] ?? '';
    if (!word.startsWith('-') || word === '-') break;
    at += 1;
    if (word === '--')
      return { options: { ...NO_OPTIONS, ...found, only: argv.slice(at) }, command: null, args: [], help };
    const [, long, attached] = /^(--[^=]+)(?:=(.*))?$/su.exec(word) ?? [];
    if (long !== undefined) take(long, attached ?? null);
    else takeShort(word.slice(1), take);
  }
  const [command = null, ...args] = argv.slice(at);
  return { options: { ...NO_OPTIONS, ...found }, command, args, help };
}

/** `-dn web`, `-nweb`, `-n web`. */
function takeShort(letters: string, take: (name: string, attached: string | null) => void): void {
  const letter = letters.charAt(0);
  const name = SHORT[letter];
  if (name === undefined) throw new ProjectError(`unknown option -${letter}; see --help`);
  const rest = letters.slice(1);
  if (OPTIONS[name]?.takes !== 'nothing') return take(name, rest === '' ? null : rest);
  take(name, null);
  if (rest !== '') takeShort(rest, take);
}

/** The command line that these options stand for: what a template sees as SUPERVISOR_OPTIONS. */
export function toArguments(options: ProjectOptions): readonly string[] {
  return Object.entries(OPTIONS).flatMap(([name, { key }]) => {
    if (key === null || key === 'help') return [];
    const value = options[key];
    if (typeof value === 'boolean') return value ? [name] : [];
    return (typeof value === 'string' ? [value] : (value ?? [])).map((each) => `${name}=${each}`);
  });
}
