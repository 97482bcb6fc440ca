import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { hostname } from 'node:os';

/** A program of this machine that a browser runs for somebody else announces where it comes from; ours never do. */
export function isForeign(headers: IncomingHttpHeaders, token: string | null): boolean {
  if (headers.origin !== undefined) return true;
  // Without a token the name is all that tells a page whose name was made to point at us.
  return token === null && headers.host !== undefined && !isLocal(headers.host);
}

function isLocal(host: string): boolean {
  const name = (/^\[([^\]]*)\]/u.exec(host)?.[1] ?? host.replace(/:\d*$/u, '')).toLowerCase();
  return isIP(name) > 0 || name === 'localhost' || name.endsWith('.localhost') || name === hostname().toLowerCase();
}

/** `Authorization: Bearer TOKEN`, or Basic with the token for a password and any user name. */
export function isAuthorised({ authorization = '' }: IncomingHttpHeaders, token: string | null): boolean {
  if (token === null) return true;
  const [, scheme = '', value = ''] = /^(\S+) +(\S+)$/u.exec(authorization) ?? [];
  switch (scheme.toLowerCase()) {
    case 'bearer':
      return isSame(value, token);
    case 'basic': {
      const login = Buffer.from(value, 'base64').toString('utf8');
      return isSame(login.slice(login.indexOf(':') + 1), token);
    }
    default:
      return false;
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function isSame(given: string, wanted: string): boolean {
  return timingSafeEqual(digest(given), digest(wanted));
}
