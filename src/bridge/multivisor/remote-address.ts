import type { Credentials } from '../../core/config/types.ts';

export type RemoteAddress = {
  /** Of the WebSocket; without credentials. */
  readonly url: string;
  /** For people: `host:port`. */
  readonly name: string;
  /** A password may be missing: `user@host` asks for one. */
  readonly login: Partial<Credentials> & { readonly username?: string };
};

const DEFAULT_PORT = 22_000;

/** `[user@]host[:22000]`, `http(s)://…` or `ws(s)://…`, with the base path of a proxy if there is one. Throws a TypeError. */
export function parseRemoteAddress(text: string): RemoteAddress {
  const schemed = /^[a-z]+:\/\//iu.test(text);
  const url = new URL(schemed ? text : `http://${text}`);
  const secure = url.protocol === 'https:' || url.protocol === 'wss:';
  if (!secure && url.protocol !== 'http:' && url.protocol !== 'ws:') {
    throw new TypeError(`${url.protocol}// is no address of a multivisor server; use http(s):// or host:port`);
  }
  // The default port of a scheme that was written out is meant; of a bare host it is ours.
  const port = url.port !== '' ? url.port : schemed ? (secure ? '443' : '80') : String(DEFAULT_PORT);
  const path = url.pathname.replace(/\/+$/u, '');
  const username = decodeURIComponent(url.username);
  const password = decodeURIComponent(url.password);
  return {
    url: `${secure ? 'wss' : 'ws'}://${url.hostname}:${port}${path}/ws`,
    name: `${url.hostname}:${port}${path}`,
    login: { ...(username !== '' && { username }), ...(password !== '' && { password }) },
  };
}
