import type { Section } from './load-sections.ts';
import { findSecret, readSecret } from './read-secret.ts';
import type { Report } from './report.ts';
import type { ConfigWorld, Credentials } from './types.ts';

/** `username` with `password` or `password_file`; null when there are none, or when they are wrong (reported). */
export function readCredentials(section: Section, world: ConfigWorld, report: Report): Credentials | null {
  const { settings } = section;
  const username = settings.get('username');
  const secret = findSecret(section, 'password', report);
  if (!secret) {
    if (!username || settings.has('password')) return null;
    const next = 'needs a "password" or "password_file" beside it: nobody would be asked to log in';
    report.error(username.origin, `"username" ${next}`);
    return null;
  }
  if (!username || username.value === '') {
    report.error(secret.origin, `"${secret.key}" needs a "username" beside it; without it no login takes place`);
    return null;
  }
  const password = readSecret(secret, world, report);
  return password === null ? null : { username: username.value, password };
}
