// Stored passwords: plain or {SHA} as multivisor knows them, {SCRYPT} as `multivisor passwd` makes them.
import { createHash, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

const KEY_BYTES = 32;
/** 16 MiB and some 50 ms for a guess. */
const COST = { N: 2 ** 14, r: 8, p: 1 } as const;
const SCRYPT = /^\{SCRYPT\}(\d{1,2})\$(\d{1,2})\$(\d{1,2})\$([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]+)$/u;

export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const key = await derive(password, salt, COST);
  return `{SCRYPT}${Math.log2(COST.N)}$${COST.r}$${COST.p}$${salt.toString('base64')}$${key.toString('base64')}`;
}

/**
 * Takes as long for a wrong password as for the right one, and for a name that there is not (`stored` null) as for each
 * that there is: every kind of slow hash that somebody has is worked out once.
 */
export async function verifyAmong(
  users: readonly { readonly password: string }[],
  stored: string | null,
  given: string,
): Promise<boolean> {
  const kinds = new Set(users.map(({ password }) => costOf(password)));
  if (stored !== null) kinds.delete(costOf(stored));
  const right = stored !== null && (await verifyPassword(stored, given));
  for (const kind of kinds) if (kind !== null) await verifyPassword(`${kind}${NOBODYS_KEY}`, given);
  return right;
}

const NOBODYS_KEY = `${Buffer.alloc(16).toString('base64')}$${Buffer.alloc(KEY_BYTES).toString('base64')}`;

/** Null for what is compared in no time. */
function costOf(stored: string): string | null {
  return SCRYPT.test(stored) ? stored.split('$').slice(0, 3).join('$').concat('$') : null;
}

async function verifyPassword(stored: string, given: string): Promise<boolean> {
  const [, log2N, r, p, salt, key] = SCRYPT.exec(stored) ?? [];
  if (log2N !== undefined && salt !== undefined && key !== undefined) {
    const cost = { N: 2 ** Number(log2N), r: Number(r), p: Number(p) };
    return equal(await derive(given, Buffer.from(salt, 'base64'), cost), Buffer.from(key, 'base64'));
  }
  if (stored.startsWith('{SCRYPT}')) return false;
  if (stored.startsWith('{SHA}')) {
    const digest = createHash('sha1').update(given).digest('hex');
    return equal(Buffer.from(digest), Buffer.from(stored.slice('{SHA}'.length).toLowerCase()));
  }
  return equal(Buffer.from(given), Buffer.from(stored));
}

/** What is wrong with how this password is stored, for the operator; null when nothing is. */
export function warnOfPassword(user: string, stored: string): string | null {
  if (SCRYPT.test(stored)) return null;
  if (stored.startsWith('{SCRYPT}')) return `the {SCRYPT} password of ${user} is malformed: nobody can log in with it`;
  const how = stored.startsWith('{SHA}') ? 'a fast hash without salt ({SHA})' : 'plain text';
  return `the password of ${user} is stored as ${how}; make a better one with: multivisor passwd`;
}

/** Unlike timingSafeEqual, also for texts of different lengths. */
export function equal(a: Buffer, b: Buffer): boolean {
  const [left, right] = [a, b].map((value) => createHash('sha256').update(value).digest());
  return left !== undefined && right !== undefined && timingSafeEqual(left, right);
}

type Cost = { readonly N: number; readonly r: number; readonly p: number };

function derive(password: string, salt: Buffer, cost: Cost): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const options = { ...cost, maxmem: 256 * cost.N * cost.r };
    scrypt(password.normalize('NFC'), salt, KEY_BYTES, options, (error, key) => (error ? reject(error) : resolve(key)));
  });
}
