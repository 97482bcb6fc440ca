import test from 'ava';
import { parseMoment } from '../../../src/core/history/parse-moment.ts';

const NOW = new Date(2026, 10, 25, 12, 0, 0).getTime();
const here = (...parts: readonly [number, number, number, number?, number?, number?]) =>
  new Date(parts[0], parts[1] - 1, parts[2], parts[3] ?? 0, parts[4] ?? 0, parts[5] ?? 0).getTime();

const ROWS: readonly (readonly [string, number | null])[] = [
  ['24h', NOW - 86_400_000],
  ['2h30m', NOW - 9_000_000],
  ['1.5h', NOW - 5_400_000],
  ['7d', NOW - 7 * 86_400_000],
  ['1w2d', NOW - 9 * 86_400_000],
  ['90s', NOW - 90_000],
  ['now', NOW],
  ['today', here(2026, 11, 25)],
  ['Yesterday', here(2026, 11, 24)],
  ['2026-11-25', here(2026, 11, 25)],
  ['2026-11-25T08:00', here(2026, 11, 25, 8)],
  ['2026-11-25 08:00:30', here(2026, 11, 25, 8, 0, 30)],
  ['2026-11-25T08:00Z', Date.UTC(2026, 10, 25, 8)],
  ['2026-11-25T08:00:00+02:00', Date.UTC(2026, 10, 25, 6)],
  ['2026-02-31', null],
  ['2026-11-25T25:00', null],
  ['24', null],
  ['h', null],
  ['', null],
  ['last week', null],
  ['2026-11-25T08:00 or so', null],
];

for (const [text, at] of ROWS) {
  test(`"${text}" is ${at === null ? 'no moment' : 'a moment'}`, (t) => t.is(parseMoment(text, NOW), at));
}
