import { createHash } from 'node:crypto';

export type LegacyEndpoint = { readonly port: number; readonly username: string; readonly password: string };

/** Where django-supervisor listened: everything follows from SECRET_KEY, so that its own tools still find it. */
export function toLegacyEndpoint(secretKey: string): LegacyEndpoint {
  const username = md5(secretKey).slice(0, 7);
  const password = md5(username);
  return { port: 9000 + (Number.parseInt(md5(password).slice(0, 3), 16) % 1000), username, password };
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
