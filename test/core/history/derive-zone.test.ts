import test from 'ava';
import type { Anchor } from '../../../src/core/history/derive-zone.ts';
import { deriveZone } from '../../../src/core/history/derive-zone.ts';
import type { LogRecord } from '../../../src/core/history/log-event.ts';

const HOUR = 3_600_000;

/** A zone as the system knows it, to write what a host there would have written. */
function toLocal(zone: string, epoch: number): number {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
    hourCycle: 'h23',
  }).formatToParts(epoch);
  const of = (type: string) => Number(parts.find((part) => part.type === type)?.value);
  return Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second')) + (epoch % 1_000);
}

type Case = {
  readonly title: string;
  readonly zone: string;
  /** Moments of the lines, UTC; `!`: of this one supervisord also tells the epoch. */
  readonly lines: readonly string[];
  readonly hostNow?: string;
  /** Of how many lines, from the first on, the time may be wrong. */
  readonly approximate: number;
};

const CASES: readonly Case[] = [
  {
    title: 'a run that goes on tells the zone of all lines of its season',
    zone: 'Asia/Kolkata',
    lines: ['2026-06-01T00:00:00', '2026-06-02T10:00:00 !', '2026-06-03T00:00:00'],
    approximate: 0,
  },
  {
    title: 'a clock that was set back is found by the order of the lines',
    zone: 'Europe/Berlin',
    lines: ['2026-10-24T20:00:00', '2026-10-25T00:50:00', '2026-10-25T01:10:00', '2026-10-26T10:00:00 !'],
    approximate: 0,
  },
  {
    title: 'a clock that was set back is known when a run from before tells of it',
    zone: 'Europe/Berlin',
    lines: ['2026-10-24T20:00:00 !', '2026-10-25T00:50:00', '2026-10-25T01:10:00', '2026-10-26T10:00:00 !'],
    approximate: 0,
  },
  {
    title: 'a clock that was set on is known by runs from before and after and the one silent night between',
    zone: 'America/New_York',
    lines: ['2026-03-06T12:00:00 !', '2026-03-08T04:00:00', '2026-03-08T09:00:00', '2026-03-09T09:00:00 !'],
    approximate: 0,
  },
  {
    title: 'of a zone whose clocks are set back at midnight too',
    zone: 'America/Santiago',
    lines: ['2026-04-03T12:00:00 !', '2026-04-05T02:40:00', '2026-04-05T03:20:00', '2026-04-07T09:00:00 !'],
    approximate: 0,
  },
  {
    title: 'behind a night in which some clocks are set, older lines are only about right',
    zone: 'UTC',
    lines: ['2026-10-20T12:00:00', '2026-10-27T12:00:00 !'],
    approximate: 1,
  },
  {
    title: 'without any run to tell, all is by the clock of now and only about right',
    zone: 'Asia/Tokyo',
    lines: ['2026-06-01T11:20:00', '2026-06-01T11:40:00'],
    hostNow: '2026-06-01T12:00:00',
    approximate: 2,
  },
];

for (const { title, zone, lines, hostNow, approximate } of CASES) {
  test(title, (t) => {
    const moments = lines.map((line) => Date.parse(`${line.replace(' !', '')}Z`));
    const records = moments.map((at): LogRecord => ({
      local: toLocal(zone, at),
      event: { type: 'running', name: 'x' },
    }));
    const anchors = lines.flatMap((line, index): Anchor[] =>
      line.endsWith('!') ? [{ index, epoch: moments[index] ?? 0 }] : [],
    );
    const now = hostNow === undefined ? null : Date.parse(`${hostNow}Z`);
    const zoned = deriveZone(records, { anchors, hostNow: now });
    const sure = zoned.flatMap(({ offset, approximate }, index) =>
      approximate ? [] : [(records[index]?.local ?? 0) - offset === moments[index]],
    );
    t.deepEqual(
      zoned.map((line) => line.approximate),
      lines.map((_, index) => index < approximate),
    );
    t.true(sure.every(Boolean), 'what is not marked is right');
    if (hostNow !== undefined) t.is(zoned[0]?.offset, 9 * HOUR);
  });
}

test('a pid that was given twice tells no zone', (t) => {
  const records: LogRecord[] = [{ local: Date.UTC(2026, 5, 1, 12, 7, 40), event: { type: 'running', name: 'x' } }];
  const anchors = [{ index: 0, epoch: Date.UTC(2026, 5, 1, 12, 0, 0) }];
  t.true(deriveZone(records, { anchors, hostNow: null })[0]?.approximate);
});
