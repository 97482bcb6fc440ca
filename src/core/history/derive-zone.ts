// A line of the main log has the host's local time and says nothing of its zone. Where the same moment is also known as
// an epoch, the difference is the offset; a change of it inside the log (daylight saving) shows in the order of the
// lines, which were written one after the other, and in the moments before and after it.
import type { LogRecord } from './log-event.ts';

/** A line whose moment is known otherwise too: milliseconds since the epoch. */
export type Anchor = { readonly index: number; readonly epoch: number };

/** `offset`: what is to be taken from the local time; `approximate`: it may be another one. */
export type Zoned = { readonly offset: number; readonly approximate: boolean };

const QUARTER_MS = 15 * 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** An epoch in whole seconds is up to one behind its line, and a slow host takes its time between the two. */
const ANCHOR_MS = 10_000;
/** Lines of several threads of a program may be out of order by less. */
const BACK_MS = 60_000;
/** Between UTC-12 and UTC+14. */
const MOST_OFFSET = 14 * HOUR_MS;
const LEAST_OFFSET = -12 * HOUR_MS;

/** Null: the two cannot be the same moment, as when a pid was given twice. */
export function offsetOf(local: number, epoch: number): number | null {
  const offset = Math.round((local - epoch) / QUARTER_MS) * QUARTER_MS;
  const isNear = Math.abs(local - epoch - offset) <= ANCHOR_MS;
  return isNear && offset >= LEAST_OFFSET && offset <= MOST_OFFSET ? offset : null;
}

/** `records` in the order in which they were written; `hostNow`: the host's clock, milliseconds since the epoch. */
export function deriveZone(
  records: readonly LogRecord[],
  { anchors, hostNow }: { readonly anchors: readonly Anchor[]; readonly hostNow: number | null },
): readonly Zoned[] {
  const zoned: Zoned[] = Array.from(records, () => ({ offset: 0, approximate: true }));
  const known = anchors
    .flatMap(({ index, epoch }) => {
      const record = records[index];
      const offset = record ? offsetOf(record.local, epoch) : null;
      return offset === null ? [] : [{ index, offset }];
    })
    .toSorted((a, b) => a.index - b.index);
  const first = known[0];
  const last = known.at(-1);
  if (!first || !last) {
    fillBefore(records, { end: records.length, offset: guess(records.at(-1), hostNow), sureUntil: Infinity }, zoned);
    return zoned;
  }
  known.forEach((older, at) => fillBetween(records, { older, newer: known[at + 1] ?? null }, zoned));
  const sureUntil = records[first.index]?.local ?? 0;
  fillBefore(records, { end: first.index, offset: first.offset, sureUntil }, zoned);
  fillAfter(records, last, zoned);
  return zoned;
}

/** The newest line is not of the future: whole hours, of which the least that fits is the likeliest. */
function guess(newest: LogRecord | undefined, hostNow: number | null): number {
  if (!newest || hostNow === null) return 0;
  const offset = Math.ceil((newest.local - hostNow - ANCHOR_MS) / HOUR_MS) * HOUR_MS;
  return Math.min(MOST_OFFSET, Math.max(LEAST_OFFSET, offset));
}

type Known = { readonly index: number; readonly offset: number };

function fillBetween(
  records: readonly LogRecord[],
  { older, newer }: { readonly older: Known; readonly newer: Known | null },
  zoned: Zoned[],
): void {
  const end = newer?.index ?? older.index + 1;
  if (!newer || newer.offset === older.offset) {
    fill(zoned, { offset: older.offset, approximate: false }, { from: older.index, end });
    return;
  }
  const places = placesOfChange(records, { from: older.index, to: newer.index, by: newer.offset - older.offset });
  const place = places[0] ?? longestSilence(records, older.index, newer.index);
  const approximate = places.length !== 1;
  fill(zoned, { offset: older.offset, approximate }, { from: older.index, end: place });
  fill(zoned, { offset: newer.offset, approximate }, { from: place, end });
  zoned[older.index] = { offset: older.offset, approximate: false };
}

type Range = { readonly from: number; readonly end: number };

function fill(zoned: Zoned[], zone: Zoned, { from, end }: Range): void {
  for (let index = from; index < end; index += 1) zoned[index] = zone;
}

/** Where the clock may have been set on or back by so much: each the index of the first line after it. */
function placesOfChange(
  records: readonly LogRecord[],
  { from, to, by }: { readonly from: number; readonly to: number; readonly by: number },
): readonly number[] {
  const seen: number[] = [];
  const hidden: number[] = [];
  for (let index = from + 1; index <= to; index += 1) {
    const before = records[index - 1]?.local ?? 0;
    const after = records[index]?.local ?? 0;
    if (!mayHaveChanged(Math.min(before, after), Math.max(before, after))) continue;
    const step = after - before;
    if (by < 0 ? step < -BACK_MS && step >= by - BACK_MS : step >= by) seen.push(index);
    else if (by < 0 && step > 0) hidden.push(index);
  }
  // Set back, and nothing was written in the hour that came twice: a silence of that night hides it.
  return seen.length > 0 ? seen : hidden;
}

function longestSilence(records: readonly LogRecord[], from: number, to: number): number {
  let place = to;
  let longest = -Infinity;
  for (let index = from + 1; index <= to; index += 1) {
    const step = (records[index]?.local ?? 0) - (records[index - 1]?.local ?? 0);
    if (step <= longest) continue;
    longest = step;
    place = index;
  }
  return place;
}

/** Older than all that is known: a clock that was set back by an hour shows, one that was set on does not. */
function fillBefore(
  records: readonly LogRecord[],
  { end, offset, sureUntil }: { readonly end: number; readonly offset: number; readonly sureUntil: number },
  zoned: Zoned[],
): void {
  const seen = nightsOfJumps(records, { from: 0, end: end + 1 });
  let now = offset;
  let isSure = sureUntil !== Infinity;
  for (let index = end - 1; index >= 0; index -= 1) {
    const { local } = records[index] ?? { local: 0 };
    if (isJumpBack(local, records[index + 1]?.local)) now += HOUR_MS;
    isSure &&= !mayHaveChanged(local, sureUntil, seen);
    zoned[index] = { offset: now, approximate: !isSure };
  }
}

function fillAfter(records: readonly LogRecord[], { index: last, offset }: Known, zoned: Zoned[]): void {
  const seen = nightsOfJumps(records, { from: last, end: records.length });
  const from = records[last]?.local ?? 0;
  let now = offset;
  let isSure = true;
  for (let index = last + 1; index < records.length; index += 1) {
    const { local } = records[index] ?? { local: 0 };
    if (isJumpBack(records[index - 1]?.local ?? 0, local)) now -= HOUR_MS;
    isSure &&= !mayHaveChanged(from, local, seen);
    zoned[index] = { offset: now, approximate: !isSure };
  }
}

function isJumpBack(before: number, after: number | undefined): boolean {
  const back = after === undefined ? 0 : before - after;
  return back > BACK_MS && back <= HOUR_MS + BACK_MS;
}

/** A night in which the clock is seen to be set back has no further change. */
function nightsOfJumps(records: readonly LogRecord[], { from, end }: Range): ReadonlySet<number> {
  const nights = new Set<number>();
  for (let index = from + 1; index < end; index += 1) {
    const before = records[index - 1]?.local ?? 0;
    if (isJumpBack(before, records[index]?.local)) nights.add(Math.floor((before + HOUR_MS) / DAY_MS));
  }
  return nights;
}

/** Whether between two local times lies a night in which some country changes its offset. */
function mayHaveChanged(older: number, newer: number, except: ReadonlySet<number> = NONE): boolean {
  if (newer - older > 300 * DAY_MS) return true;
  for (let day = Math.floor(older / DAY_MS); day <= Math.floor(newer / DAY_MS) + 1; day += 1) {
    const midnight = day * DAY_MS;
    // From eleven in the evening before, which comes twice where clocks are set back at midnight, until four.
    const touches = midnight + 4 * HOUR_MS > older && midnight - HOUR_MS < newer;
    if (touches && !except.has(day) && isDayOfChange(new Date(midnight))) return true;
  }
  return false;
}

/** By the rules that hold in 2026: Sundays of spring and autumn; Fridays in Egypt and Israel. */
function isDayOfChange(date: Date): boolean {
  const month = date.getUTCMonth() + 1;
  const day = date.getUTCDate();
  if (date.getUTCDay() === SUNDAY) {
    return month === 3 || month === 9 || month === 10 || (month === 4 && day <= 8) || (month === 11 && day <= 7);
  }
  if (date.getUTCDay() !== FRIDAY) return false;
  return (month === 3 && day >= 23) || (month === 4 && day >= 24) || (month === 10 && day >= 25) || isFirst(month, day);
}

const NONE: ReadonlySet<number> = new Set();
const SUNDAY = 0;
const FRIDAY = 5;

/** Of November: the morning after the last Thursday of October. */
function isFirst(month: number, day: number): boolean {
  return month === 11 && day === 1;
}
