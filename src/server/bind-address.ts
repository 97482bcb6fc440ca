import { isIP } from 'node:net';

export type BindAddress = {
  /** '' listens everywhere. */
  readonly host: string;
  readonly port: number;
};

/** Of the original. */
const DEFAULT_PORT = 22_000;
const LOOPBACK = '127.0.0.1';

/** `[host][:port]`; `*` is everywhere, as in the original. Throws a RangeError with the reason. */
export function parseBindAddress(text: string): BindAddress {
  const [, bracketed, plain, port] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d+))?$/u.exec(text) ?? [];
  // An IPv6 address without brackets has too many colons to tell a port from.
  const host = isIP(text) === 6 ? text : (bracketed ?? plain);
  if (host === undefined) throw new RangeError(`"${text}" is no address to listen on; write host:port, or *:port`);
  const number = port === undefined || isIP(text) === 6 ? DEFAULT_PORT : Number(port);
  if (number > 65_535) throw new RangeError(`${number} is no port; ports end at 65535`);
  return { host: host === '*' ? '' : host === '' ? LOOPBACK : host, port: number };
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

export function formatAddress(host: string, port: number): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}
