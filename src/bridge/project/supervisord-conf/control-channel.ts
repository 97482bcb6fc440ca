// How this supervisord is controlled: over the project's own server section when there is one, else over a unix socket
// in the run directory that nobody else may open.
import type { Credentials, SupervisordAddress } from '../../../core/config/types.ts';
import { expandPercent } from './expand-percent.ts';
import type { Merged, ConfOrigin, ConfSetting } from './layers.ts';
import type { LegacyEndpoint } from './legacy-endpoint.ts';
import { ProjectError } from '../project-error.ts';
import { escapePercent } from './quote-argument.ts';

export type ControlEndpoint = {
  readonly address: SupervisordAddress;
  readonly credentials: Credentials | null;
  /** As supervisorctl names it. */
  readonly serverurl: string;
};

export type ControlOptions = {
  readonly socketPath: string;
  readonly password: string;
  /** For a server section of the project that has none. */
  readonly login: Credentials;
  /** Null: not asked for. */
  readonly legacy: LegacyEndpoint | null;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** supervisord's working directory. */
  readonly projectDir: string;
};

const ORIGIN: ConfOrigin = { via: 'control channel', file: null, line: null, detail: '' };

export function addControlChannel(
  merged: Merged,
  options: ControlOptions,
): { readonly merged: Merged; readonly endpoint: ControlEndpoint } {
  const complete = new Map(Array.from(merged, ([name, settings]) => [name, new Map(settings)]));
  const fill = (section: string, values: Readonly<Record<string, string>>) => {
    const settings = complete.get(section) ?? new Map<string, ConfSetting>();
    complete.set(section, settings);
    for (const [key, value] of Object.entries(values)) {
      if (!settings.has(key)) settings.set(key, { value: escapePercent(value), origin: ORIGIN });
    }
  };
  const ownSocket = { file: options.socketPath, username: 'project', password: options.password, chmod: '0600' };
  // Whoever reaches a server section without a login, reaches everything.
  for (const section of ['unix_http_server', 'inet_http_server']) {
    const settings = complete.get(section);
    if (settings && !settings.has('username') && !settings.has('password')) fill(section, options.login);
  }
  if (complete.has('unix_http_server')) fill('unix_http_server', { file: options.socketPath });
  else if (!complete.has('inet_http_server') && options.legacy) {
    const { port, username, password } = options.legacy;
    fill('inet_http_server', { port: `127.0.0.1:${port}`, username, password });
  } else if (!complete.has('inet_http_server') || !readsPassword(complete)) fill('unix_http_server', ownSocket);
  const endpoint = toEndpoint(complete, options);
  fill('supervisorctl', { serverurl: endpoint.serverurl, ...endpoint.credentials });
  return { merged: complete, endpoint };
}

/** A password that stands there as a hash can only be used by who knows it: then we need a channel of our own. */
function readsPassword(merged: Merged): boolean {
  const password = merged.get('inet_http_server')?.get('password')?.value ?? '';
  return !password.startsWith('{SHA}') || merged.get('supervisorctl')?.has('password') === true;
}

function toEndpoint(merged: Merged, { env, projectDir }: ControlOptions): ControlEndpoint {
  const variables = Object.fromEntries(Object.entries(env).map(([name, value]) => [`ENV_${name}`, value ?? '']));
  const read = (section: string, key: string): string | null => {
    const value = merged.get(section)?.get(key)?.value;
    if (value === undefined) return null;
    const expanded = expandPercent(value, variables);
    if (expanded === null) throw new ProjectError(`${key} of [${section}] cannot be expanded: ${value}`);
    return expanded;
  };
  const section = merged.has('unix_http_server') ? 'unix_http_server' : 'inet_http_server';
  const stored = read(section, 'password');
  const hashed = stored?.startsWith('{SHA}') === true;
  const password = hashed ? read('supervisorctl', 'password') : stored;
  const username = read(section, 'username');
  const credentials = username !== null && password !== null ? { username, password } : null;
  if (section === 'unix_http_server') {
    const file = read(section, 'file') ?? '';
    const path = file.startsWith('/') ? file : `${projectDir}/${file}`;
    return { address: { kind: 'unix', path }, credentials, serverurl: `unix://${path}` };
  }
  const { host, port } = parsePort(read(section, 'port') ?? '');
  const address: SupervisordAddress = { kind: 'tcp', protocol: 'http', host, port, path: '/RPC2' };
  return { address, credentials, serverurl: `http://${host.includes(':') ? `[${host}]` : host}:${port}` };
}

/** `9001`, `*:9001`, `127.0.0.1:9001`: what listens everywhere is reached over the loopback. */
function parsePort(text: string): { readonly host: string; readonly port: number } {
  const colon = text.lastIndexOf(':');
  const port = Number(text.slice(colon + 1));
  const host = text.slice(0, Math.max(0, colon)).replaceAll(/[[\]]/gu, '');
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new ProjectError(`port of [inet_http_server] is "${text}"; write it as 127.0.0.1:9001`);
  }
  return { host: host === '' || host === '*' || host === '0.0.0.0' ? '127.0.0.1' : host, port };
}
