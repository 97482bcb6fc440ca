import test from 'ava';
import { createCpuShare } from '../../../src/bridge/link/cpu-share.ts';

test('who takes little never rests, and who takes without end gets its share of the time', (t) => {
  let time = 0;
  const rest = createCpuShare({ freeMs: 20, share: 0.05 }, () => time);
  for (let second = 0; second < 100; second += 1) {
    time += 1_000;
    t.is(rest(20), 0, 'as much as it may, once a second');
  }
  time += 1_000;
  t.is(Math.round(rest(70)), 1_000, 'a long one is followed by a long rest');
  t.is(rest(10_000), 2_000, 'but it is heard of again');
  time += 1_000_000;
  let worked = 0;
  const begun = time;
  for (let turn = 0; turn < 1_000; turn += 1) {
    worked += 5;
    time += 5 + rest(5);
  }
  t.true(worked / (time - begun) < 0.06, `${worked} of ${time - begun} ms`);
});

test('many that are short count together', (t) => {
  const rest = createCpuShare({ freeMs: 20, share: 0.05 }, () => 0);
  const rests = Array.from({ length: 100 }, () => rest(1));
  t.is(rests.filter((ms) => ms === 0).length, 20);
  t.true((rests.at(-1) ?? 0) > 1_000);
});
