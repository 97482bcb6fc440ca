import type { Address, Credentials } from './types.ts';

/** Of the original's own agents; also where `host` without a port is looked for. */
const DEFAULT_PORT = 9002;
const RPC_PATH = '/RPC2';
const PROTOCOLS = ['http', 'https', 'tcp', 'unix', 'ws', 'wss'] as const;
const DEFAULT_PORTS = { http: 80, https: 443, tcp: DEFAULT_PORT, ws: 80, wss: 443 } as const;

const RANGE_NEEDS_NAME = 'a range in the url needs one in the name: [supervisor:web-{01..40}]';

export type ParsedAddress =
  | {
      readonly ok: true;
      readonly address: Address;
      /** From `user:pass@`; percent-decoded. */
      readonly credentials: Credentials | null;
      /** For people: without credentials. */
      readonly url: string;
      readonly warning: string | null;
    }
  | { readonly ok: false; readonly message: string };

type Refused = Extract<ParsedAddress, { ok: false }>;

/**
 * `[proto://][user:pass@][host][:port][/path]` or `unix:///path`. `ws://host[/base][/NAME]` is a supervisor as a
 * multivisor server has it. No message quotes the text: what looks like a host may be part of a password.
 */
export function parseAddress(text: string, supervisorName: string): ParsedAddress {
  const [, scheme, afterScheme = ''] = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/(.*)$/su.exec(text) ?? [];
  const protocol = scheme?.toLowerCase() ?? 'tcp';
  const rest = scheme === undefined ? text : afterScheme;
  if (protocol === 'unix') return parseUnix(rest);
  if (/\s/u.test(text)) return refuse('the url holds white space; write it on one line and percent-encode spaces');
  if (!isOverTcp(protocol)) return refuse(`the protocol "${protocol}" is not known; known: ${PROTOCOLS.join(', ')}`);

  const slash = rest.indexOf('/');
  const authority = slash < 0 ? rest : rest.slice(0, slash);
  const path = slash < 0 ? '' : rest.slice(slash);
  const at = authority.lastIndexOf('@');
  const login = at < 0 ? null : parseUserinfo(authority.slice(0, at));
  if (login && !login.ok) return login;
  const place = parsePlace(authority.slice(at + 1), supervisorName);
  if (!place.ok) return place;
  if (protocol === 'tcp' && path !== '' && path !== '/') {
    return refuse('a path needs http://, https://, ws:// or wss:// in front of the host');
  }

  const { host } = place;
  const port = place.port ?? DEFAULT_PORTS[protocol];
  const credentials = login?.credentials ?? null;
  if (protocol === 'ws' || protocol === 'wss') {
    const there = parseThere(path, supervisorName);
    if (!there.ok) return there;
    const { base, supervisor } = there;
    const address = { kind: 'multivisor', secure: protocol === 'wss', host, port, path: base, supervisor } as const;
    const warning = protocol === 'ws' && place.port === null ? noPort('multivisor serve usually', 22_000) : null;
    const url = toUrl(address);
    if (!URL.canParse(url)) return refuse('the host or the path holds a character that no ws:// or wss:// url has');
    return { ok: true, address, credentials, url, warning };
  }
  const address: Address = {
    kind: 'tcp',
    protocol: protocol === 'tcp' ? 'detect' : protocol,
    host,
    port,
    path: path === '' || path === '/' ? RPC_PATH : path,
  };
  const warning = protocol === 'http' && place.port === null ? noPort('supervisord usually', 9001) : null;
  return { ok: true, address, credentials, url: toUrl(address), warning };
}

function isOverTcp(protocol: string): protocol is keyof typeof DEFAULT_PORTS {
  return Object.hasOwn(DEFAULT_PORTS, protocol);
}

function noPort(who: string, port: number): string {
  return `no port: 80 is assumed, but ${who} listens on ${port}; write it after the host`;
}

type There = { readonly ok: true; readonly base: string; readonly supervisor: string };

/** The last part of the path names the supervisor there; what is before it is where a proxy has the server. */
function parseThere(path: string, supervisorName: string): There | Refused {
  if (/[?#\\]/u.test(path)) return refuse('the path holds ?, # or \\, which are written %3F, %23 and %5C in a name');
  if (/[{}]/u.test(path)) return refuse(RANGE_NEEDS_NAME);
  const slash = path.lastIndexOf('/');
  const base = path.slice(0, Math.max(0, slash)).replace(/\/+$/u, '');
  const name = path.slice(slash + 1);
  if (name === '') return { ok: true, base, supervisor: supervisorName };
  try {
    const supervisor = decodeURIComponent(name);
    if (!/[:\p{Cc}]/u.test(supervisor)) return { ok: true, base, supervisor };
    return refuse('the last part of the path is the name of a supervisor, which holds no ":" and no control character');
  } catch {
    return refuse('the name of the supervisor in the url is not percent-encoded; write % as %25');
  }
}

/** The address for people. */
function toUrl(address: Address): string {
  if (address.kind === 'unix') return `unix://${address.path}`;
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  if (address.kind === 'multivisor') {
    const { secure, port, path, supervisor } = address;
    return `${secure ? 'wss' : 'ws'}://${host}:${port}${path}/${encodeURIComponent(supervisor)}`;
  }
  const protocol = address.protocol === 'detect' ? 'tcp' : address.protocol;
  return `${protocol}://${host}:${address.port}${address.path === RPC_PATH ? '' : address.path}`;
}

function refuse(message: string): Refused {
  return { ok: false, message };
}

function parseUnix(path: string): ParsedAddress {
  if (!path.startsWith('/')) {
    return refuse('a socket needs its absolute path: unix:///run/supervisor.sock (three slashes)');
  }
  if (/\p{Cc}/u.test(path)) return refuse('the path of the socket holds a control character or a line break');
  const address: Address = { kind: 'unix', path: decodePath(path) };
  return { ok: true, address, credentials: null, url: toUrl(address), warning: null };
}

/** Of `Application Support` both forms are written. */
function decodePath(path: string): string {
  try {
    const decoded = decodeURIComponent(path);
    return /\p{Cc}/u.test(decoded) ? path : decoded;
  } catch {
    // A path with a % of its own.
    return path;
  }
}

function parseUserinfo(text: string): { readonly ok: true; readonly credentials: Credentials } | Refused {
  const colon = text.indexOf(':');
  if (colon < 0) return refuse('the url has a user but no password; write user:password@ or use the keys');
  try {
    const username = decodeURIComponent(text.slice(0, colon));
    const password = decodeURIComponent(text.slice(colon + 1));
    if (username === '') return refuse('the url has a password but no user; write user:password@');
    return { ok: true, credentials: { username, password } };
  } catch {
    return refuse('the user or password in the url is not percent-encoded; write % as %25, or use the key "password"');
  }
}

type Place = { readonly ok: true; readonly host: string; readonly port: number | null };

function parsePlace(text: string, supervisorName: string): Place | Refused {
  const [, six, sixPort] = /^\[([0-9A-Fa-f:.%]+)\](?::(.*))?$/su.exec(text) ?? [];
  if (six !== undefined) return withPort(six, sixPort);
  if (/[[\]]/u.test(text)) return refuse('an IPv6 address is written [::1]:9001');
  const parts = text.split(':');
  if (parts.length > 2) return refuse('too many colons; an IPv6 address is written [::1]:9001');
  const [host = '', port] = parts;
  if (/[{}]/u.test(host)) return refuse(RANGE_NEEDS_NAME);
  if (/[?#\\]/u.test(host)) return refuse('the host holds a character that no host name has');
  return withPort(host === '' ? supervisorName : host, port);
}

function withPort(host: string, text: string | undefined): Place | Refused {
  if (text === undefined) return { ok: true, host, port: null };
  const port = /^\d{1,5}$/u.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) {
    return refuse('the port is not a number from 1 to 65535 (a "/" or "@" in a password is written %2F or %40)');
  }
  return { ok: true, host, port };
}
