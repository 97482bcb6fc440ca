// Against pages of others that use the browser of somebody who may: cross-site requests and DNS rebinding.
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { toGlob } from '../../core/glob.ts';
import type { Client } from './client.ts';

export type HostRule = {
  /** Names that this server is called by, globs allowed; empty: the ones below. */
  readonly allowed: readonly string[];
  /** Without accounts the name is all that tells a rebound page from ours. */
  readonly open: boolean;
};

/** Null when the request may come from where it says. */
export function refuseOrigin(request: IncomingMessage, client: Client): string | null {
  const { origin } = request.headers;
  if (origin !== undefined) {
    return isSameOrigin(origin, client) ? null : 'the request comes from a page of another site';
  }
  const site = request.headers['sec-fetch-site'];
  if (site === undefined || site === 'same-origin' || site === 'none') return null;
  return 'the request comes from a page of another site';
}

/** A name that we never had means that somebody else's name was made to point at us. */
export function refuseHost(client: Client, { allowed, open }: HostRule): string | null {
  const name = nameOf(client.host);
  const patterns = allowed.map(toGlob);
  if (patterns.some((pattern) => pattern.test(name))) return null;
  // A rebound page reaches us through the proxy as well, which passes on what the page calls us or writes `localhost`.
  const isLocal = isIP(name) > 0 || name === 'localhost' || name.endsWith('.localhost');
  const own = (isLocal && !client.forwarded) || name === hostname().toLowerCase();
  if (own) return null;
  if (allowed.length === 0 && !open) return null;
  return `this server is not known as "${name.slice(0, 100)}"; allow it with --allow-host`;
}

/** Also the scheme: whoever sits on the way can speak for a plain page of our name. A port that is the usual one may be left out. */
function isSameOrigin(origin: string, { host, secure }: Client): boolean {
  const own = `${secure ? 'https' : 'http'}://${host}`;
  return URL.canParse(origin) && URL.canParse(own) && new URL(origin).origin === new URL(own).origin;
}

function nameOf(host: string): string {
  const bracketed = /^\[([^\]]*)\]/u.exec(host)?.[1];
  return (bracketed ?? host.replace(/:\d*$/u, '')).toLowerCase();
}
