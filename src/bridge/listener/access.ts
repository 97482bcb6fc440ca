import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { PASS_HEADER, readPass } from '../link/neighbour-pass.ts';
import { findPeerUser } from './peer-user.ts';

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

export type Neighbours = {
  /** For the answers to them. */
  readonly pass: string;
  has(request: IncomingMessage): boolean;
};

/** Without a token only root and the user that this runs as may do what supervisord's own socket would not let others do. */
export function createNeighbours(): Neighbours {
  const pass = randomBytes(24).toString('base64url');
  // The user of a connection does not change while it stands.
  const known = new WeakMap<Socket, boolean>();
  const isFromNeighbour = (socket: Socket): boolean => {
    const before = known.get(socket);
    if (before !== undefined) return before;
    const user = findPeerUser(socket);
    const trusted = user === 'untold' || user === 0 || (user !== null && user === process.getuid?.());
    known.set(socket, trusted);
    return trusted;
  };
  return {
    pass,
    has: ({ headers, socket }) => {
      const given = readPass(headers[PASS_HEADER]);
      return (given !== null && isSame(given, pass)) || isFromNeighbour(socket);
    },
  };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function isSame(given: string, wanted: string): boolean {
  return timingSafeEqual(digest(given), digest(wanted));
}
