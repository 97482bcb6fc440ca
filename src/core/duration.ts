// Lengths of time as people write them.

/** Milliseconds of each. */
export const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  '': 1_000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
};

/** `500ms`, `5s`, `5` (seconds), `2m`, `1h`, `1d` in milliseconds; null when it is none. */
export function parseDuration(text: string): number | null {
  const [, number = '', unit = ''] = /^(\d{1,9}(?:\.\d{1,9})?)\s*(ms|s|min|m|h|d|)$/u.exec(text) ?? [];
  const ms = Number(number) * (UNIT_MS[unit] ?? NaN);
  return number !== '' && Number.isFinite(ms) ? ms : null;
}
