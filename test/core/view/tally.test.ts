import test from 'ava';
import { concat } from '../../../src/core/view/concat.ts';
import type { Addend } from '../../../src/core/view/tally.ts';
import { countStates, createTally } from '../../../src/core/view/tally.ts';

function addend(
  states: readonly ('RUNNING' | 'FATAL')[],
  groups: Readonly<Record<string, number>>,
  isUp = true,
): Addend {
  const counts = countStates(states.map((state) => ({ state })));
  return { counts, groups: new Map(Object.entries(groups)), total: states.length, isUp };
}

test('the sums follow what comes, changes and goes', (t) => {
  const sum = createTally();
  const told = (...addends: readonly Addend[]) => {
    const { groups, ...rest } = sum(addends);
    return { ...rest, groups: Object.fromEntries(groups) };
  };
  const a = addend(['RUNNING', 'FATAL'], { web: 1, db: 1 });
  const b = addend(['RUNNING'], { web: 1 }, false);
  t.deepEqual(told(), { counts: {}, total: 0, up: 0, groups: {} });
  const both = { counts: { RUNNING: 2, FATAL: 1 }, total: 3, up: 1, groups: { web: 2, db: 1 } } as const;
  t.deepEqual(told(a, b), both);
  t.deepEqual(told(a, b), both);
  t.deepEqual(told(b, a), both);
  t.deepEqual(told(addend(['RUNNING'], { web: 1 }), b), {
    counts: { RUNNING: 2 },
    total: 2,
    up: 1,
    groups: { web: 2 },
  });
  t.deepEqual(told(b), { counts: { RUNNING: 1 }, total: 1, up: 0, groups: { web: 1 } });
});

test('any number of lists is joined, in their order', (t) => {
  t.deepEqual(concat([]), []);
  const lists = Array.from({ length: 150_000 }, (_, index) => [index]);
  t.deepEqual(
    concat(lists),
    lists.map(([index]) => index),
  );
});
