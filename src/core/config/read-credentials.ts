import type { Section } from './load-sections.ts';
import type { Report } from './report.ts';
import type { ConfigWorld, Credentials } from './types.ts';

/** `username` with `password` or `password_file`; null when there are none, or when they are wrong (reported). */
export function readCredentials(section: Section, world: ConfigWorld, report: Report): Credentials | null {
  const { settings } = section;
  const username = settings.get('username');
  const password = settings.get('password');
  const file = settings.get('password_file');
  if (password && file) {
    report.error(file.origin, 'there are both "password" and "password_file"; keep one of them');
    return null;
  }
  const secret = password ?? file;
  if (!username && !secret) return null;
  if (!secret) {
    const origin = username?.origin ?? section.origin;
    report.error(origin, '"username" needs a "password" or "password_file" beside it: nobody would be asked to log in');
    return null;
  }
  if (!username || username.value === '') {
    report.error(secret.origin, `"${secret.key}" needs a "username" beside it; without it no login takes place`);
    return null;
  }
  if (!file) return { username: username.value, password: secret.value };
  const path = world.resolve(file.value, file.origin.file);
  const text = world.read(path);
  if (!text.ok) {
    report.error(file.origin, `cannot read the password from ${path}: ${text.message}`);
    return null;
  }
  return { username: username.value, password: text.text.replace(/\r?\n$/u, '') };
}
