import { isPort } from '../environment/dot-env.ts';

export type TcpCheck = { readonly host: string; readonly port: number } | { readonly path: string };

/** `5432`, `db:5432`, `[::1]:5432`, `/run/db.sock`; or what is wrong with it, in words. */
export function parseTcpCheck(text: string): TcpCheck | string {
  const path = /^(?:unix:(?:\/\/)?)?(\/.+)$/u.exec(text)?.[1];
  if (path !== undefined) return { path };
  const [, bracketed, plain, port = ''] = /^(?:(?:\[([^\]]+)\]|([^:]+)):)?(\d+)$/u.exec(text) ?? [];
  if (!isPort(port)) return `ready_tcp is "${text}"; write a port, host:port or the path of a socket`;
  return { host: bracketed ?? plain ?? '127.0.0.1', port: Number(port) };
}

/** `8000`, `8000/health`, `http://…`; or what is wrong with it, in words. */
export function parseHttpCheck(text: string): URL | string {
  const [, port, path = '/'] = /^(\d+)(\/.*)?$/u.exec(text) ?? [];
  const url = port === undefined ? text : `http://127.0.0.1:${port}${path}`;
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed?.protocol === 'http:' || parsed?.protocol === 'https:') return parsed;
  return `ready_http is "${text}"; write http://host:port/path, or port/path for this machine`;
}
