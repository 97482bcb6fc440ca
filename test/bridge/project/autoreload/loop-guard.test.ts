import test from 'ava';
import { createLoopGuard } from '../../../../src/bridge/project/autoreload/loop-guard.ts';

function open() {
  let now = 0;
  const guard = createLoopGuard(() => now);
  const change = (afterMs: number, ...paths: readonly string[]) => {
    now += afterMs;
    const admitted = guard.admit(paths);
    if (admitted.paths.length > 0) guard.restarted();
    return admitted;
  };
  return { change };
}

test('the fifth echo of a restart within 30 s is told with its file, and restarts nothing', (t) => {
  const { change } = open();
  t.deepEqual(change(0, 'views.py').paths, ['views.py']);
  for (let echo = 1; echo < 5; echo += 1) t.deepEqual(change(300, 'db.json'), { paths: ['db.json'], looping: [] });
  t.deepEqual(change(300, 'db.json'), { paths: [], looping: ['db.json'] });
  t.deepEqual(change(300, 'db.json'), { paths: [], looping: [] }, 'said once');
});

test('others go on, and a file that is saved again later counts again', (t) => {
  const { change } = open();
  change(0, 'a');
  for (let echo = 1; echo <= 5; echo += 1) change(300, 'a');
  t.deepEqual(change(300, 'a', 'b').paths, ['b']);
  t.deepEqual(change(300, 'a', 'c').paths, ['c']);
  t.deepEqual(change(10_000, 'a').paths, ['a']);
});

test('saves that come slowly are no loop, however many', (t) => {
  const { change } = open();
  for (let save = 0; save < 20; save += 1) t.deepEqual(change(6_000, 'a').paths, ['a']);
});
