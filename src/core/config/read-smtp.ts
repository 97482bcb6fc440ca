// [smtp]: by which server mail goes out.
import type { SmtpConfig } from './alerts-config.ts';
import type { Section } from './load-sections.ts';
import { findSecret, readSecret } from './read-secret.ts';
import type { Report } from './report.ts';
import type { ConfigWorld } from './types.ts';

const PORTS: Readonly<Record<string, number>> = { 'smtps:': 465, 'smtp:': 587 };

/** Null when it is wrong (reported). */
export function readSmtp(section: Section, world: ConfigWorld, report: Report): SmtpConfig | null {
  const { origin, settings } = section;
  const place = settings.get('url');
  const url = place && URL.canParse(place.value) ? new URL(place.value) : null;
  const standard = url === null ? undefined : PORTS[url.protocol];
  const from = settings.get('from')?.value ?? '';
  if (!from.includes('@')) {
    report.error(settings.get('from')?.origin ?? origin, '[smtp] needs "from", the address that mail comes from');
  }
  if (url === null || standard === undefined || url.hostname === '') {
    report.error(place?.origin ?? origin, '[smtp] needs "url", smtps://USER@HOST or smtp://USER@HOST');
    return null;
  }
  const secret = findSecret(section, 'password', report);
  const password = secret && readSecret(secret, world, report);
  const user = decode(url.username);
  if (secret && user === '') report.error(secret.origin, 'whose password is it? Write url = smtps://USER@HOST');
  if (url.password !== '')
    report.error(place?.origin ?? origin, 'the password of [smtp] is "password" or "password_file"');
  return {
    host: url.hostname,
    port: url.port === '' ? standard : Number(url.port),
    secure: url.protocol === 'smtps:',
    user: user === '' ? null : user,
    password,
    from,
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // It holds a percent sign that is a part of the name.
    return text;
  }
}
