import type { Section, Setting } from './load-sections.ts';
import type { Report } from './report.ts';
import type { ConfigWorld } from './types.ts';

type SecretKey = 'password' | 'token' | 'to' | 'url';

/** The setting `password` (or another that may be a secret), or the one that names its file; null when both are there (reported) or neither. */
export function findSecret({ settings }: Section, key: SecretKey, report: Report): Setting | null {
  const [secret, file] = [settings.get(key), settings.get(`${key}_file`)];
  if (!secret || !file) return secret ?? file ?? null;
  report.error(file.origin, `there are both "${key}" and "${key}_file"; keep one of them`);
  return null;
}

/** What it says, or what its file holds, without one line end; null when that cannot be read (reported). */
export function readSecret(setting: Setting, world: ConfigWorld, report: Report): string | null {
  const { key, value, origin } = setting;
  if (!key.endsWith('_file')) return value;
  const path = world.resolve(value, origin.file);
  const text = world.read(path);
  if (text.ok) return text.text.replace(/\r?\n$/u, '');
  report.error(origin, `cannot read the ${key.replace('_file', '')} from ${path}: ${text.message}`);
  return null;
}
