// Tokens for machines: 256 random bits, of which the configuration keeps only a hash.
import { createHash, randomBytes } from 'node:crypto';
import type { TokenAccount } from '../../core/access/accounts.ts';
import { equal } from './passwords.ts';

const PREFIX = 'mv1_';

/** The token is shown once; `hash` is for the configuration. */
export function createToken(): { readonly token: string; readonly hash: string } {
  const token = PREFIX + randomBytes(32).toString('base64url');
  return { token, hash: hashToken(token) };
}

function hashToken(token: string): string {
  return `{SHA256}${createHash('sha256').update(token).digest('hex')}`;
}

export function findToken(tokens: readonly TokenAccount[], given: string): TokenAccount | null {
  const hash = Buffer.from(hashToken(given));
  // All of them are compared, so that the time tells nothing.
  const matching = tokens.filter((token) => equal(hash, Buffer.from(token.hash)));
  return matching[0] ?? null;
}
