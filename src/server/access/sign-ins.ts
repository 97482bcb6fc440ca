// The cookie of a person who is logged in: signed, so that a restart with the same key keeps it; revocable.
import { createHmac, randomBytes } from 'node:crypto';
import type { UserAccount } from '../../core/access/accounts.ts';
import { equal } from './passwords.ts';

export const COOKIE = 'multivisor_session';
const LIFE_MS = 24 * 3_600_000;

export type SignIn = { readonly id: string; readonly user: UserAccount; readonly expiresAt: number };

export type SignIns = {
  /** The value of the cookie. */
  create(user: UserAccount): string;
  find(cookie: string, users: readonly UserAccount[]): SignIn | null;
  /** Neither expired nor revoked. */
  isValid(signIn: SignIn): boolean;
  revoke(signIn: SignIn): void;
};

export function createSignIns({ secret, now }: { readonly secret: string; readonly now: () => number }): SignIns {
  const revoked = new Map<string, number>();
  // The stored password is part of the key: who changes it ends every session that it began.
  const sign = (text: string, user: UserAccount) =>
    createHmac('sha256', secret).update(`${user.password}\0${text}`).digest('base64url');

  const isValid = ({ id, expiresAt }: Pick<SignIn, 'id' | 'expiresAt'>) => expiresAt > now() && !revoked.has(id);

  return {
    create: (user) => {
      const text = [
        Buffer.from(user.name).toString('base64url'),
        now() + LIFE_MS,
        randomBytes(16).toString('hex'),
      ].join('.');
      return `${text}.${sign(text, user)}`;
    },
    find: (cookie, users) => {
      const [name = '', expires = '', id = '', signature = '', ...more] = cookie.split('.');
      const user = users.find((each) => each.name === Buffer.from(name, 'base64url').toString('utf8'));
      if (!user || more.length > 0) return null;
      if (!equal(Buffer.from(signature), Buffer.from(sign(`${name}.${expires}.${id}`, user)))) return null;
      const expiresAt = Number(expires);
      return isValid({ id, expiresAt }) ? { id, user, expiresAt } : null;
    },
    isValid,
    revoke: ({ id, expiresAt }) => {
      for (const [old, until] of revoked) if (until < now()) revoked.delete(old);
      revoked.set(id, expiresAt);
    },
  };
}
