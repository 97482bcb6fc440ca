import type { Section } from './load-sections.ts';
import { findSecret, readSecret } from './read-secret.ts';
import type { Report } from './report.ts';
import type { ConfigWorld } from './types.ts';

/** `token` or `token_file`, for a multivisor server; null when there is none, or when it is wrong (reported). */
export function readServerToken(section: Section, world: ConfigWorld, report: Report): string | null {
  const setting = findSecret(section, 'token', report);
  if (!setting) return null;
  const token = readSecret(setting, world, report);
  if (token === null || /^[\x21-\x7e]+$/u.test(token)) return token;
  report.error(setting.origin, `"${setting.key}" holds no token; make one with: multivisor token new`);
  return null;
}
