// This machine's own supervisord, found as supervisorctl finds it, so that the command just works without a
// configuration of ours.
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { NO_ACCOUNTS } from '../../core/access/accounts.ts';
import type { IniSection } from '../../core/config/ini-lines.ts';
import { parseAddress } from '../../core/config/parse-address.ts';
import { readIni } from '../../core/config/read-ini.ts';
import type { Config, Credentials } from '../../core/config/types.ts';

export const SUPERVISORD_PATHS = [
  'supervisord.conf',
  'etc/supervisord.conf',
  '/etc/supervisord.conf',
  '/etc/supervisor/supervisord.conf',
] as const;

/** The name under which it is shown. */
const LOCAL_NAME = 'local';

export type LocalResult =
  { readonly ok: true; readonly config: Config } | { readonly ok: false; readonly message: string };

type Context = {
  readonly file: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly hostName: string;
};

/** A supervisord.conf as a configuration of one supervisor. */
export function fromSupervisordConf(text: string, context: Context): LocalResult {
  const { sections } = readIni(text);
  const value = (section: string, key: string) => {
    const found = sections.find(({ name }) => name === section)?.entries.find((entry) => entry.key === key)?.value;
    return found === undefined || found === '' ? null : expand(found, context);
  };
  const server = findServer(sections, value);
  if (!server) {
    return {
      ok: false,
      message: 'it opens no port and no socket ([supervisorctl], [unix_http_server], [inet_http_server])',
    };
  }
  const url = server.url.startsWith('unix://') ? `unix://${atHome(server.url.slice(7), context)}` : server.url;
  const parsed = parseAddress(url, 'localhost');
  if (!parsed.ok) return { ok: false, message: `${server.from}: ${parsed.message}` };
  if (parsed.address.kind === 'multivisor') {
    return { ok: false, message: `${server.from}: that is no address of a supervisord; multivisor needs its own file` };
  }
  const supervisor = {
    name: LOCAL_NAME,
    url: parsed.url,
    address: parsed.address,
    credentials: parsed.credentials ?? server.credentials,
    readOnly: false,
    protected: false,
    tags: [],
    origin: { file: context.file, line: server.line },
  };
  return { ok: true, config: { name: context.hostName, accounts: NO_ACCOUNTS, supervisors: [supervisor], keys: {} } };
}

type Server = {
  readonly url: string;
  readonly credentials: Credentials | null;
  readonly from: string;
  readonly line: number;
};

type Lookup = (section: string, key: string) => string | null;

function findServer(sections: readonly IniSection[], value: Lookup): Server | null {
  const socket = value('unix_http_server', 'file');
  const port = value('inet_http_server', 'port');
  const server = socket === null ? 'inet_http_server' : 'unix_http_server';
  const told = value('supervisorctl', 'serverurl');
  const own = socket === null ? port && toHttp(port) : `unix://${socket}`;
  const url = told ?? own;
  if (!url) return null;
  // A login in the section of the client counts; the one of the server is what it must equal.
  const serverOf = url.startsWith('unix://') ? 'unix_http_server' : 'inet_http_server';
  const from = told === null ? server : 'supervisorctl';
  const line = sections.find(({ name }) => name === from)?.line ?? 1;
  return { url, credentials: loginOf('supervisorctl', value) ?? loginOf(serverOf, value), from: `[${from}]`, line };
}

function loginOf(section: string, value: Lookup): Credentials | null {
  const username = value(section, 'username');
  const password = value(section, 'password');
  // A hash is what the server compares with; it opens nothing.
  return username === null || password === null || password.startsWith('{SHA}') ? null : { username, password };
}

/** `*:9001`, `:9001`, `9001`, `127.0.0.1:9001`. */
function toHttp(port: string): string {
  const [, host = '', number = ''] = /^(?:(.*):)?(\d+)$/u.exec(port) ?? [];
  return `http://${host === '' || host === '*' || host === '0.0.0.0' ? 'localhost' : host}:${number}`;
}

function atHome(path: string, { file, env }: Context): string {
  if (path.startsWith('~/')) return join(env['HOME'] ?? '/', path.slice(2));
  return isAbsolute(path) ? path : resolve(dirname(file), path);
}

/** Python's `%(name)s` as supervisor fills it in; `%%` is a percent sign, and what is not known stays. */
function expand(text: string, { file, env, hostName }: Context): string {
  return text.replace(/%(?:%|\(([A-Za-z0-9_]+)\)s)/gu, (whole, name?: string) => {
    if (name === undefined) return '%';
    if (name === 'here') return dirname(resolve(file));
    if (name === 'host_node_name') return hostName;
    return (name.startsWith('ENV_') ? env[name.slice(4)] : undefined) ?? whole;
  });
}
