import test from 'ava';
import type { ReadingMode } from '../../../src/bridge/link/poll-interval.ts';
import {
  canHasten,
  DEFAULT_POLL_INTERVALS,
  createCostMeter,
  crowdOf,
  fullReadPeriod,
  inCrowd,
  wakePeriod,
  retryDelay,
  toWholeSecond,
} from '../../../src/bridge/link/poll-interval.ts';

const MODES: readonly ReadingMode[] = [
  { attended: true, polling: false, crowd: 1 },
  { attended: false, polling: false, crowd: 1 },
  { attended: true, polling: true, crowd: 1 },
  { attended: false, polling: true, crowd: 1 },
];

test('what the full reads cost stays below 1 % of a core, 0.3 % when nobody watches', (t) => {
  for (const mode of MODES) {
    for (const costMs of [0, 1, 14, 60, 500]) {
      const period = fullReadPeriod(DEFAULT_POLL_INTERVALS, mode, costMs);
      t.true(costMs / period <= (mode.attended ? 0.01 : 0.003), `${JSON.stringify(mode)} ${costMs}`);
    }
  }
});

test('without a main log it is read more often, and while somebody watches too', (t) => {
  const [attended = 0, unattended = 0, attendedPoll = 0, unattendedPoll = 0] = MODES.map((mode) =>
    fullReadPeriod(DEFAULT_POLL_INTERVALS, mode, 2),
  );
  t.is(attendedPoll, 1_000);
  t.true(attendedPoll < attended && attended < unattended && unattendedPoll < unattended);
});

test('even what costs most is reread some time', (t) => {
  for (const mode of MODES) t.is(fullReadPeriod(DEFAULT_POLL_INTERVALS, mode, 60_000), DEFAULT_POLL_INTERVALS.maxMs);
});

test('wake-ups become rarer with what they cost', (t) => {
  const interval = { floorMs: 105, maxMs: 500, share: 0.005 };
  for (const [processes, callMs, period] of [
    [1, 0, 105],
    [20, 0.4, 105],
    [200, 0, 260],
    [20, 2, 400],
    [10_000, 0, 500],
  ] as const) {
    t.is(wakePeriod(interval, { processes, callMs, crowd: 1 }), period);
  }
});

test('a crowd is asked as often, all of it together, as a few are', (t) => {
  const interval = { floorMs: 105, maxMs: 500, share: 0.005 };
  const one = { processes: 20, callMs: 0.4 };
  const mode = { attended: true, polling: false };
  for (const few of [1, 2, 10]) t.is(crowdOf(few), 1, 'a few are asked as if each were the only one');
  for (const links of [11, 100, 500, 2_000]) {
    const crowd = crowdOf(links);
    t.true(links / inCrowd(1_500, crowd) <= Math.max(10 / 1_500, links / 60_000), 'pings');
    t.true(inCrowd(1_500, crowd) <= 60_000, 'a host that fell silent is found within a minute');
    t.true(
      links / fullReadPeriod(DEFAULT_POLL_INTERVALS, { ...mode, crowd }, 1) <=
        10 / 5_000 + links / DEFAULT_POLL_INTERVALS.maxMs,
    );
    const period = wakePeriod(interval, { ...one, crowd });
    t.true(period >= 30_000 || links / period <= 10 / 105);
  }
  t.is(wakePeriod(interval, { ...one, crowd: crowdOf(500) }), 30_000, 'seldomer than supervisord looks by itself');
  t.deepEqual(
    [1, 50, 95, 500].map((links) => canHasten(interval, crowdOf(links))),
    [true, true, true, false],
  );
});

test('long waits end on whole seconds, together; short ones when they end', (t) => {
  for (const [ms, now, wait] of [
    [9_999, 1_700_000_000_400, 9_999],
    [10_000, 1_700_000_000_400, 10_600],
    [30_000, 1_700_000_000_000, 30_000],
    [30_001, 1_700_000_000_000, 31_000],
  ] as const) {
    t.is(toWholeSecond(ms, now), wait);
  }
});

test('a cost is the least of the last answers', (t) => {
  const meter = createCostMeter(3);
  t.is(meter.cost(), null);
  for (const [ms, cost] of [
    [9, 9],
    [3, 3],
    [7, 3],
    [8, 3],
    [9, 7],
  ] as const) {
    meter.add(ms);
    t.is(meter.cost(), cost);
  }
});

test('the first retry comes fast, later ones slower up to the cap, never two supervisors in step', (t) => {
  for (const random of [0, 0.5, 1]) {
    const delays = Array.from({ length: 12 }, (_, failures) =>
      retryDelay(failures, { maxMs: 5_000, random: () => random }),
    );
    t.true((delays[0] ?? 0) <= 100);
    t.true(delays.every((delay, index) => index === 0 || delay >= (delays[index - 1] ?? 0)));
    t.true((delays.at(-1) ?? 0) <= 5_000 && (delays.at(-1) ?? 0) >= 3_000);
  }
  t.not(retryDelay(9, { maxMs: 5_000, random: () => 0.1 }), retryDelay(9, { maxMs: 5_000, random: () => 0.9 }));
});
