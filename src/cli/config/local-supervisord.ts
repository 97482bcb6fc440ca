// This machine's own supervisord, found as supervisorctl finds it, so that the command just works without a
// configuration of ours.
import { NO_ALERTS } from '../../core/config/alerts-config.ts';
import { FLAPPING_RULE } from '../../core/flapping.ts';
import { dirname, join, resolve } from 'node:path';
import { NO_ACCOUNTS } from '../../core/access/accounts.ts';
import { parseAddress } from '../../core/config/parse-address.ts';
import type { Config, Credentials } from '../../core/config/types.ts';
import type { SupervisordFile, SupervisordWorld } from './supervisord-file.ts';
import { ValueProblem, readSupervisordFile } from './supervisord-file.ts';

const SEARCHED = [
  'supervisord.conf',
  'etc/supervisord.conf',
  '/etc/supervisord.conf',
  '/etc/supervisor/supervisord.conf',
];

/** Where supervisorctl looks, in its order; `binary` is the one on PATH, null when there is none. */
export function supervisordPaths(cwd: string, binary: string | null): readonly string[] {
  const prefix = binary === null ? null : dirname(dirname(binary));
  const beside = prefix === null ? [] : [join(prefix, 'etc/supervisord.conf'), join(prefix, 'supervisord.conf')];
  return [...new Set([...beside, ...SEARCHED.map((path) => resolve(cwd, path))])];
}

/** The name under which it is shown. */
const LOCAL_NAME = 'local';
/** Of a [supervisorctl] that names none. */
const DEFAULT_URL = 'http://localhost:9001';

export type LocalResult =
  { readonly ok: true; readonly config: Config } | { readonly ok: false; readonly message: string };

type Context = SupervisordWorld & { readonly file: string; readonly cwd: string };

/** A supervisord.conf as a configuration of one supervisor. */
export function fromSupervisordConf(text: string, context: Context): LocalResult {
  let server: Server | null;
  try {
    server = findServer(readSupervisordFile(text, context.file, context), context);
  } catch (error) {
    if (error instanceof ValueProblem) return { ok: false, message: error.message };
    throw error;
  }
  if (!server) {
    const message =
      'it opens no port and no socket: add a [unix_http_server] with file = /run/supervisor.sock, and restart supervisord';
    return { ok: false, message };
  }
  const parsed = parseAddress(server.url, 'localhost');
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
  return {
    ok: true,
    config: {
      name: context.hostName,
      accounts: NO_ACCOUNTS,
      auditRequired: false,
      flapping: FLAPPING_RULE,
      alerts: NO_ALERTS,
      supervisors: [supervisor],
      keys: {},
    },
  };
}

type Server = {
  readonly url: string;
  readonly credentials: Credentials | null;
  readonly from: string;
  readonly line: number;
};

/** What supervisorctl would take; without a section for it, what supervisord opens. */
function findServer(file: SupervisordFile, context: Context): Server | null {
  const own = ownServers(file, context);
  const unix = own.find(({ url }) => url.startsWith('unix:'));
  if (!file.sections.includes('supervisorctl')) return unix ?? own[0] ?? null;
  const told = file.value('supervisorctl', 'serverurl', 'here') ?? DEFAULT_URL;
  if (told === '') throw new ValueProblem('serverurl of [supervisorctl] is empty; give it one, or leave the key out');
  const url = told.startsWith('unix://') ? toUnixUrl(told.slice(7), context) : told;
  // A login in the section of the client counts; the one of the server is what it must equal.
  const server = own.find((each) => each.url.startsWith('unix:') === url.startsWith('unix:'));
  const credentials = loginOf(file, 'supervisorctl') ?? server?.credentials ?? null;
  return { url, credentials, from: '[supervisorctl]', line: file.lineOf('supervisorctl') };
}

function ownServers(file: SupervisordFile, context: Context): readonly Server[] {
  return file.sections.flatMap((section) => {
    const kind = /^(unix|inet)_http_server(?::|$)/u.exec(section)?.[1];
    const told = kind === 'unix' ? file.value(section, 'file', 'here') : kind && file.value(section, 'port');
    if (!told) return [];
    const url = kind === 'unix' ? toUnixUrl(told.trim(), context) : toHttp(told);
    return [{ url, credentials: loginOf(file, section), from: `[${section}]`, line: file.lineOf(section) }];
  });
}

function loginOf(file: SupervisordFile, section: string): Credentials | null {
  const username = file.value(section, 'username');
  const password = file.value(section, 'password');
  // A hash is what the server compares with; it opens nothing.
  return !username || !password || password.startsWith('{SHA}') ? null : { username, password };
}

/** `*:9001`, `:9001`, `9001`, `127.0.0.1:9001`. */
function toHttp(port: string): string {
  const [, host = '', number = ''] = /^(?:(.*):)?(\d+)$/u.exec(port.trim()) ?? [];
  const plain = host.replace(/^\[(.*)\]$/u, '$1');
  if (plain === '' || plain === '*' || plain === '0.0.0.0' || plain === '::') return `http://localhost:${number}`;
  return `http://${plain.includes(':') ? `[${plain}]` : plain.toLowerCase()}:${number}`;
}

/** As supervisor makes a path out of it: a leading ~ is a home, and what is relative is so to where it was started. */
function toUnixUrl(path: string, { env, cwd }: Context): string {
  const atHome = path.replace(/^~(?=\/|$)/u, () => env['HOME'] ?? '/');
  const encoded = resolve(cwd, atHome).split('/').map(encodeURIComponent).join('/');
  return `unix://${encoded}`;
}
