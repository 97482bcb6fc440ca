// From a request to the actor it speaks for.
import { createHmac, randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import pLimit from 'p-limit';
import type { Accounts, UserAccount } from '../../core/access/accounts.ts';
import type { Actor } from '../../core/access/actor.ts';
import type { Client } from './client.ts';
import { verifyPassword } from './passwords.ts';
import type { SignIn, SignIns } from './sign-ins.ts';
import { COOKIE } from './sign-ins.ts';
import { createThrottle } from './throttle.ts';
import { findToken } from './tokens.ts';

export type Identity = {
  readonly actor: Actor;
  readonly via: 'open' | 'session' | 'token' | 'basic';
  readonly signIn: SignIn | null;
  /** Of the account as it was: another one after a reload is another account. */
  readonly stamp: string;
};

export type Authenticated =
  | { readonly ok: true; readonly identity: Identity }
  | { readonly ok: false; readonly status: 401 | 429; readonly message: string; readonly retryAfterMs: number };

export type Authenticator = {
  readonly isOpen: () => boolean;
  request(request: IncomingMessage, client: Client): Promise<Authenticated>;
  /** The one way to try a password. */
  password(name: string, password: string, client: Client): Promise<Authenticated>;
  /** The account of a person; null for tokens and when there are no accounts. */
  userOf(identity: Identity): UserAccount | null;
  /** Whether somebody let in before would be let in still. */
  holds(identity: Identity): boolean;
};

/** Checking a password costs some 50 ms on purpose: one at a time, and no long queue of guesses. */
const WAITING_AT_MOST = 50;
/** Programs that log in with each request pay once. */
const REMEMBERED = 1_000;

export function createAuthenticator(options: {
  readonly accounts: () => Accounts;
  readonly signIns: SignIns;
  readonly now: () => number;
}): Authenticator {
  const { accounts, signIns, now } = options;
  const byAddress = createThrottle({ now, free: 5, mostWaitMs: 5 * 60_000 });
  // Guesses from many places at one name; short, so that nobody can lock its owner out for long.
  const byUser = createThrottle({ now, free: 30, mostWaitMs: 15_000 });
  const gate = pLimit(1);
  const secret = randomBytes(32);
  const verified = new Set<string>();
  const isOpen = () => accounts().users.length + accounts().tokens.length === 0;

  const password: Authenticator['password'] = async (name, given, client) => {
    const user = accounts().users.find((each) => each.name === name);
    const key = createHmac('sha256', secret)
      .update(JSON.stringify([name, user?.password, given]))
      .digest('base64');
    if (user && verified.has(key)) return { ok: true, identity: ofUser(user, 'basic', null) };
    if (gate.pendingCount > WAITING_AT_MOST) return tooMany(1_000);
    return gate(async () => {
      // Of many that came at once with the same login the first has shown that it is right.
      if (user && verified.has(key)) return { ok: true, identity: ofUser(user, 'basic', null) };
      const wait = Math.max(byAddress.waitFor(client.address), byUser.waitFor(name));
      if (wait > 0) return tooMany(wait);
      // An unknown name takes as long as a wrong password.
      const right = await verifyPassword(user?.password ?? accounts().users[0]?.password ?? '', given);
      if (!user || !right) {
        byAddress.failed(client.address);
        byUser.failed(name);
        return refused('Invalid username or password');
      }
      byAddress.succeeded(client.address);
      byUser.succeeded(name);
      if (verified.size >= REMEMBERED) verified.clear();
      verified.add(key);
      return { ok: true, identity: ofUser(user, 'basic', null) };
    });
  };

  const bearer = (token: string, client: Client): Authenticated => {
    const wait = byAddress.waitFor(client.address);
    if (wait > 0) return tooMany(wait);
    const account = findToken(accounts().tokens, token);
    if (!account) {
      byAddress.failed(client.address);
      return refused('Invalid token');
    }
    const { name, role, supervisors } = account;
    const actor = { name: `token:${name}`, role, supervisors };
    return { ok: true, identity: { actor, via: 'token', signIn: null, stamp: JSON.stringify([actor, account.hash]) } };
  };

  return {
    isOpen,
    password,
    request: async (request, client) => {
      if (isOpen()) return { ok: true, identity: OPEN };
      const [scheme = '', value = ''] = (request.headers.authorization ?? '').split(/ +(.*)/su);
      if (/^bearer$/iu.test(scheme)) return bearer(value.trim(), client);
      if (/^basic$/iu.test(scheme)) {
        const text = Buffer.from(value, 'base64').toString('utf8');
        const colon = text.indexOf(':');
        return colon < 0
          ? refused('Invalid credentials')
          : password(text.slice(0, colon), text.slice(colon + 1), client);
      }
      const cookie = readCookie(request, COOKIE);
      const signIn = cookie === null ? null : signIns.find(cookie, accounts().users);
      if (signIn) return { ok: true, identity: ofUser(signIn.user, 'session', signIn) };
      return refused('Authentication is required');
    },
    userOf: ({ actor, via }) =>
      via === 'token' || via === 'open' ? null : (accounts().users.find(({ name }) => name === actor.name) ?? null),
    holds: ({ stamp, via }) => {
      if (via === 'open') return isOpen();
      const { users, tokens } = accounts();
      const stamps = [
        ...users.map((user) => ofUser(user, 'session', null).stamp),
        ...tokens.map(({ name, role, supervisors, hash }) =>
          JSON.stringify([{ name: `token:${name}`, role, supervisors }, hash]),
        ),
      ];
      return stamps.includes(stamp);
    },
  };
}

const OPEN: Identity = {
  actor: { name: 'anybody', role: 'admin', supervisors: ['*'] },
  via: 'open',
  signIn: null,
  stamp: '',
};

function ofUser(user: UserAccount, via: 'session' | 'basic', signIn: SignIn | null): Identity {
  const { name, role, supervisors } = user;
  return {
    actor: { name, role, supervisors },
    via,
    signIn,
    stamp: JSON.stringify([name, role, supervisors, user.password]),
  };
}

function tooMany(retryAfterMs: number): Authenticated {
  return { ok: false, status: 429, message: 'Too many failed logins; wait', retryAfterMs };
}

function refused(message: string): Authenticated {
  return { ok: false, status: 401, message, retryAfterMs: 0 };
}

function readCookie(request: IncomingMessage, name: string): string | null {
  for (const part of (request.headers.cookie ?? '').split(';')) {
    const [key = '', value = ''] = part.trim().split(/=(.*)/su);
    if (key === name) return value;
  }
  return null;
}
