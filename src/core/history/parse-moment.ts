// Moments as people write them: how long ago, or when.
import { UNIT_MS } from '../duration.ts';

export const MOMENT_EXAMPLES = '24h, 2h30m, 7d, yesterday or 2026-11-25T08:00';

/** Milliseconds since the epoch; null when it means nothing. What names no zone is of ours. */
export function parseMoment(text: string, now: number): number | null {
  const word = text.trim().toLowerCase();
  const today = new Date(now).setHours(0, 0, 0, 0);
  if (word === 'now') return now;
  if (word === 'today') return today;
  // Not 24 hours: a day in which the clock is set on or back has 23 or 25.
  if (word === 'yesterday') return new Date(today).setDate(new Date(today).getDate() - 1);
  return toAgo(word, now) ?? toDate(text.trim());
}

function toAgo(word: string, now: number): number | null {
  if (!/^(?:\d+(?:\.\d+)?(?:s|min|m|h|d|w))+$/u.test(word)) return null;
  let ms = 0;
  for (const [, number = '', unit = ''] of word.matchAll(/(\d+(?:\.\d+)?)(s|min|m|h|d|w)/gu)) {
    ms += Number(number) * (UNIT_MS[unit] ?? NaN);
  }
  return Number.isFinite(ms) ? now - ms : null;
}

function toDate(text: string): number | null {
  const written = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,3})?)?(Z|[+-]\d\d:?\d\d)?)?$/iu.exec(
    text,
  );
  if (!written) return null;
  // A date alone is meant as it is here, where JavaScript would take it for UTC.
  const [, year, month, day, hour] = written;
  const at = Date.parse(hour === undefined ? `${text}T00:00` : text.replace(' ', 'T').toUpperCase());
  if (Number.isNaN(at)) return null;
  // JavaScript takes the 31st of February for one of March.
  const last = new Date(Number(year), Number(month), 0).getDate();
  return Number(day) <= last ? at : null;
}
