// From a request to the actor it speaks for.
import { createHmac, randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Accounts, TokenAccount, UserAccount } from '../../core/access/accounts.ts';
import type { Actor } from '../../core/access/actor.ts';
import type { Client } from './client.ts';
import { createCheckQueue } from './check-queue.ts';
import { verifyAmong } from './passwords.ts';
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

/** Programs that log in with each request pay once. */
const REMEMBERED = 1_000;
/** Of what is only guessed at, so much goes into a key: the rest tells nobody apart. */
const NAME_LENGTH = 200;

export function createAuthenticator(options: {
  readonly accounts: () => Accounts;
  readonly signIns: SignIns;
  /** A monotonic clock: setting the other one lets nobody guess, and locks nobody out. */
  readonly now: () => number;
}): Authenticator {
  const { accounts, signIns, now } = options;
  // Who guesses waits, and who holds what is right never does: a failure counts against one account at one address,
  // which then is not even looked at; what fails at an address that failed before is told to wait.
  const byAddress = createThrottle({ now, free: 5, mostWaitMs: 5 * 60_000 });
  const byAccount = createThrottle({ now, free: 5, mostWaitMs: 5 * 60_000 });
  const queue = createCheckQueue();
  const secret = randomBytes(32);
  const verified = new Set<string>();
  const isOpen = () => accounts().users.length + accounts().tokens.length === 0;

  const failed = (client: Client, message: string): Authenticated => {
    const wait = byAddress.waitFor(client.address);
    byAddress.failed(client.address);
    return wait > 0 ? tooMany(wait) : refused(message);
  };

  const check = async (name: string, given: string, client: Client): Promise<Authenticated> => {
    const pair = JSON.stringify([name.slice(0, NAME_LENGTH), client.address]);
    const wait = byAccount.waitFor(pair);
    if (wait > 0) return tooMany(wait);
    const { users } = accounts();
    const user = users.find((each) => each.name === name);
    const right = await verifyAmong(users, user?.password ?? null, given);
    // Changed meanwhile: it is the password of then that was checked.
    const still = accounts().users.find((each) => each.name === name);
    if (!user || !right || still?.password !== user.password) {
      byAccount.failed(pair);
      return failed(client, 'Invalid username or password');
    }
    byAccount.succeeded(pair);
    if (verified.size >= REMEMBERED) verified.clear();
    verified.add(keyOf(user, given));
    return { ok: true, identity: ofUser(still, 'basic', null) };
  };
  const keyOf = (user: UserAccount, given: string) =>
    createHmac('sha256', secret)
      .update(JSON.stringify([user.name, user.password, given]))
      .digest('base64');
  const known = (name: string, given: string): Authenticated | null => {
    const user = accounts().users.find((each) => each.name === name);
    return user && verified.has(keyOf(user, given)) ? { ok: true, identity: ofUser(user, 'basic', null) } : null;
  };

  const password: Authenticator['password'] = async (name, given, client) => {
    const at = client.address;
    const checked = async () => known(name, given) ?? check(name, given, client);
    return known(name, given) ?? (await queue.run(at, () => byAddress.failures(at), checked)) ?? tooMany(1_000);
  };

  const bearer = (token: string, client: Client): Authenticated => {
    const account = findToken(accounts().tokens, token);
    if (!account) return failed(client, 'Invalid token');
    const { name, role, supervisors } = account;
    const actor = { name: `token:${name}`, role, supervisors };
    return { ok: true, identity: { actor, via: 'token', signIn: null, stamp: stampOfToken(account) } };
  };

  const stamps = new WeakMap<Accounts, ReadonlySet<string>>();
  const stampsNow = (): ReadonlySet<string> => {
    const all = accounts();
    const known = stamps.get(all);
    if (known) return known;
    const made = new Set([...all.users.map(stampOfUser), ...all.tokens.map(stampOfToken)]);
    stamps.set(all, made);
    return made;
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
    holds: ({ stamp, via, signIn }) => {
      if (via === 'open') return isOpen();
      return stampsNow().has(stamp) && (signIn === null || signIns.isValid(signIn));
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
    stamp: stampOfUser(user),
  };
}

function stampOfUser({ name, role, supervisors, password }: UserAccount): string {
  return JSON.stringify([name, role, supervisors, password]);
}

function stampOfToken({ name, role, supervisors, hash }: TokenAccount): string {
  return JSON.stringify([{ name: `token:${name}`, role, supervisors }, hash]);
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
