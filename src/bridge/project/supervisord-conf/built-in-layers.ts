// The first layer, which a project's file builds upon, and the last one, which the command line asks for.
import { didYouMean } from '../../../core/config/nearest.ts';
import { READINESS } from '../order/order-plan.ts';
import type { Layer, Merged, ConfSection } from './layers.ts';
import { builtIn, toConfSection } from './layers.ts';
import type { ProjectOptions } from '../options.ts';
import { ProjectError } from '../project-error.ts';
import { escapePercent, quoteArgument } from './quote-argument.ts';

const AUTORELOAD = 'program:autoreload';
export const DEFAULTS = 'program:__defaults__';
export const OVERRIDES = 'program:__overrides__';

export type BuiltInOptions = {
  readonly debug: boolean;
  readonly runDir: string;
  /** The command of a program of ours. */
  readonly companion: (name: string) => readonly string[];
  /** Whether any program waits for another, or tells when it is ready. */
  readonly ordered: boolean;
};

export function toBuiltInLayer({ debug, runDir, companion, ordered }: BuiltInOptions): Layer {
  const commandOf = (name: string) => escapePercent(companion(name).map(quoteArgument).join(' '));
  const keeper = { command: commandOf(READINESS), autoreload: 'false', autorestart: 'true' };
  const inRunDir = builtIn('the run directory of this project');
  const sections: ConfSection[] = [
    toConfSection(
      'supervisord',
      {
        logfile: escapePercent(`${runDir}/supervisord.log`),
        pidfile: escapePercent(`${runDir}/supervisord.pid`),
        childlogdir: escapePercent(`${runDir}/logs`),
      },
      inRunDir,
    ),
    toConfSection(
      'rpcinterface:supervisor',
      { 'supervisor.rpcinterface_factory': 'supervisor.rpcinterface:make_main_rpcinterface' },
      builtIn('to be controlled'),
    ),
    toConfSection(
      AUTORELOAD,
      {
        command: commandOf('autoreload'),
        autoreload: 'false',
        autorestart: 'true',
        exclude: debug ? 'false' : 'true',
      },
      builtIn(debug ? 'DEBUG is on' : 'DEBUG is off'),
    ),
    ...(ordered ? [toConfSection(`program:${READINESS}`, keeper, builtIn('programs wait for others'))] : []),
    toConfSection(DEFAULTS, { redirect_stderr: 'true', autoreload: 'true' }, builtIn('default')),
  ];
  if (debug) sections.unshift(toConfSection('supervisord', { loglevel: 'debug' }, builtIn('DEBUG is on')));
  return sections;
}

/** `files`: the layers so far, whose programs the options may name. Paths are relative to `resolvePath`. */
export function toCommandLineLayer(
  options: ProjectOptions,
  files: Merged,
  resolvePath: (path: string) => string,
): Layer {
  const daemon = toConfSection(
    'supervisord',
    { nodaemon: options.daemonize ? 'false' : 'true' },
    fromOption(options.daemonize ? '--daemonize' : 'in the foreground'),
  );
  const paths = (['pidfile', 'logfile'] as const).flatMap((key) => {
    const path = options[key];
    if (path === null) return [];
    return [toConfSection('supervisord', { [key]: toPathValue(resolvePath(path), key) }, fromOption(`--${key}`))];
  });
  const each = (names: readonly string[], option: string, values: Readonly<Record<string, string>>) =>
    names.map((name) => toConfSection(sectionOf(name, option, files), values, fromOption(option)));
  return [
    daemon,
    ...paths,
    ...each(options.launch, '--launch', { autostart: 'true' }),
    ...each(options.nolaunch, '--nolaunch', { autostart: 'false' }),
    ...each(options.include, '--include', { exclude: 'false' }),
    ...each(options.exclude, '--exclude', { exclude: 'true' }),
    ...toAutoreloadLayer(options, each),
    ...toExitLayer(options, files),
  ];
}

/** What ends everything, must not begin again meanwhile. */
function toExitLayer({ exitOn }: ProjectOptions, files: Merged): Layer {
  if (exitOn === null || exitOn === 'all') return [];
  const ours: readonly string[] = [AUTORELOAD, `program:${READINESS}`];
  return [...files.keys()]
    .filter((section) => /^(?:program|fcgi-program):(?!__)/u.test(section) && !ours.includes(section))
    .map((section) => toConfSection(section, { autorestart: 'false', startretries: '0' }, fromOption('--exit-on')));
}

function toAutoreloadLayer(
  options: ProjectOptions,
  each: (names: readonly string[], option: string, values: Readonly<Record<string, string>>) => ConfSection[],
): Layer {
  const layer: ConfSection[] = [];
  if (options.autoreload.length > 0) {
    const origin = fromOption('--autoreload');
    layer.push(
      toConfSection(AUTORELOAD, { exclude: 'false', autostart: 'true' }, origin),
      toConfSection(DEFAULTS, { autoreload: 'false' }, origin),
      ...each(options.autoreload, '--autoreload', { autoreload: 'true' }),
    );
  }
  if (options.noreload) layer.push(toConfSection(AUTORELOAD, { exclude: 'true' }, fromOption('--noreload')));
  return layer;
}

function fromOption(detail: string): { via: 'command line'; file: null; line: null; detail: string } {
  return { via: 'command line', file: null, line: null, detail };
}

export function sectionOf(name: string, option: string, files: Merged): string {
  const kinds = ['program', 'fcgi-program', 'eventlistener'] as const;
  const section = kinds.map((kind) => `${kind}:${name}`).find((each) => files.has(each));
  if (section !== undefined && !name.startsWith('__')) return section;
  const known = programNames(files);
  const hint = didYouMean(name, known) || (known.length > 0 ? `; the programs are ${known.join(', ')}` : '');
  throw new ProjectError(`no program "${name}" has a command configured (${option} ${name})${hint}`);
}

/** Names of all programs, of whatever kind. */
export function programNames(merged: Merged): readonly string[] {
  return [...merged.keys()].flatMap((section) => {
    const [, name] = /^(?:program|fcgi-program|eventlistener):(.+)$/su.exec(section) ?? [];
    return name === undefined || name.startsWith('__') ? [] : [name];
  });
}

function toPathValue(path: string, option: string): string {
  if (/[\r\n]|[\s][;#]/u.test(path)) {
    throw new ProjectError(`--${option} ${JSON.stringify(path)} cannot be written into a supervisord.conf; rename it`);
  }
  return escapePercent(path);
}
