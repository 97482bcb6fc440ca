import { hostname, homedir } from 'node:os';
import { existsSync } from 'node:fs';
import { delimiter, dirname, isAbsolute, join, resolve } from 'node:path';
import { parseConfig } from '../../core/config/parse-config.ts';
import { readIni } from '../../core/config/read-ini.ts';
import type { ConfigResult, ConfigWorld } from '../../core/config/types.ts';
import { findProjectAddress } from '../../bridge/project/project-address.ts';
import { CliError } from '../cli-error.ts';
import { listFiles } from './list-files.ts';
import { fromSupervisordConf, supervisordPaths } from './local-supervisord.ts';
import { readText } from './read-text.ts';
import { createSecretsWatch } from './readable-secrets.ts';
import { refuseFound } from './trust-file.ts';

export type ConfigPlace = { readonly env: Readonly<Record<string, string | undefined>>; readonly cwd: string };

export type FoundConfig = ConfigResult & {
  /** The file it stands in. */
  readonly path: string;
  /** It is a supervisord.conf: this machine's own supervisord. */
  readonly local: boolean;
};

/**
 * The configuration that `-c` names, else the first that there is. Throws CliError when there is none or the one that
 * counts cannot be read, or was found and others may have written it; mistakes inside of it are diagnostics.
 */
export function findConfig(named: string | null, place: ConfigPlace): FoundConfig {
  const { env, cwd } = place;
  const asked = named ?? (env['MULTIVISOR_CONFIG'] || null);
  if (asked !== null) {
    const path = resolve(cwd, asked);
    const origin = named === null ? ' (from MULTIVISOR_CONFIG)' : '';
    const text = readText(path);
    if (!text.ok) {
      const next = named === null ? 'correct it or unset it' : 'correct what stands after -c, or leave it out';
      const more = text.missing ? `; ${next}: multivisor config check tells which file counts` : '';
      throw new CliError(`cannot read the configuration ${path}${origin}: ${text.message}${more}`);
    }
    return interpret(path, text.text, place);
  }
  const own = [
    join(cwd, 'multivisor.conf'),
    join(configHome(env), 'multivisor/multivisor.conf'),
    '/etc/multivisor.conf',
  ];
  const local = supervisordPaths(cwd, findBinary('supervisorctl', env['PATH'] ?? ''));
  for (const path of [...own, ...local]) {
    const foreign = refuseFound(path);
    if (foreign !== null) {
      const next = `if you trust it all the same, name it with -c ${path}`;
      throw new CliError(`the configuration ${path} is not read: ${foreign}, and nobody named it; ${next}`);
    }
    const text = readText(path);
    if (text.ok) return interpret(path, text.text, place);
    if (!text.missing) throw new CliError(`cannot read the configuration ${path}: ${text.message}`);
  }
  throw new CliError(
    [
      'there is no configuration, and no supervisord on this machine. Looked for:',
      ...own.map((path) => `  ${path}`),
      ...local.map((path) => `  ${path} (supervisord's own)`),
      'Write one of the first, or name one with -c FILE or MULTIVISOR_CONFIG. The shortest:',
      '  [supervisor:web1]',
      '  url = http://web1:9001',
    ].join('\n'),
  );
}

/** The first of that name on PATH; null when there is none. */
function findBinary(name: string, path: string): string | null {
  const folders = path.split(delimiter).filter((folder) => isAbsolute(folder));
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file)) ?? null;
}

function configHome(env: ConfigPlace['env']): string {
  return env['XDG_CONFIG_HOME'] || join(env['HOME'] || homedir(), '.config');
}

function interpret(path: string, text: string, { env, cwd }: ConfigPlace): FoundConfig {
  if (!isSupervisordConf(text)) {
    const secrets = createSecretsWatch();
    const { config, diagnostics } = parseConfig({ file: path, text }, secrets.overhear(createWorld(env)));
    return { config, diagnostics: [...diagnostics, ...secrets.warnings({ file: path, text })], path, local: false };
  }
  const result = fromSupervisordConf(text, { file: path, cwd, env, hostName: hostname() });
  if (!result.ok) throw new CliError(`${path} is a supervisord.conf, but ${result.message}`);
  return { config: result.config, diagnostics: [], path, local: true };
}

function isSupervisordConf(text: string): boolean {
  // Most are ours, and reading hundreds of sections twice shows.
  if (!THEIRS.test(text)) return false;
  const names = readIni(text).sections.map(({ name }) => name);
  const theirs = ['supervisord', 'supervisorctl', 'unix_http_server', 'inet_http_server'];
  return (
    !names.some((name) => name === 'global' || name.startsWith('supervisor:')) &&
    names.some((name) => theirs.includes(name))
  );
}

const THEIRS = /^\s*\[\s*(?:supervisord|supervisorctl|unix_http_server|inet_http_server)\s*\]/mu;

function createWorld(env: ConfigPlace['env']): ConfigWorld {
  return {
    env,
    resolve: (path, from) =>
      path.startsWith('~/') ? join(env['HOME'] || homedir(), path.slice(2)) : resolve(dirname(from), path),
    read: readText,
    list: listFiles,
    project: (dir) => findProjectAddress(dir, env),
  };
}
