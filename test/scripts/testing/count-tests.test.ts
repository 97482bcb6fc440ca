import test from 'ava';
import { createTestCounter } from '../../../scripts/testing/count-tests.ts';

const OUTPUT = [
  '',
  '  ✔ core › engine › a reading decides',
  '    ℹ   ✔ a log line that looks like a test',
  '  ✔ [expected fail] core › known',
  '  - [skip] e2e › needs tmux',
  '  - [todo] e2e › later',
  '  ✘ [fail]: core › diff › no change is no delta',
  '  ✘ test/core/x.test.ts exited with a non-zero exit code: 1',
  '  ─',
  '',
  '  core › diff › no change is no delta',
  '',
  '  ✔ after › colour'.replace('✔', '\u001B[32m✔\u001B[39m'),
  '  2 tests failed',
  '',
].join('\n');

const expected = { passed: 3, failed: 3, skipped: 1 };

test('counts what ava prints, once per test, whatever it says about it', (t) => {
  const counter = createTestCounter();
  counter.write(OUTPUT);
  t.deepEqual(counter.counts(), expected);
});

test('counts the same when the output comes in pieces', (t) => {
  for (const size of [1, 2, 3, 7, 50]) {
    const counter = createTestCounter();
    for (let at = 0; at < OUTPUT.length; at += size) counter.write(OUTPUT.slice(at, at + size));
    t.deepEqual(counter.counts(), expected, `pieces of ${size}`);
  }
});

test('names what passed, without how long it took', (t) => {
  const counter = createTestCounter();
  counter.write('  ✔ tui › roll › five (at a time) (6.4s)\n  ✔ quick (12ms)\n  ✔ slow (1m 2.5s)\n  ✘ [fail]: bad\n');
  t.deepEqual(counter.passes(), ['tui › roll › five (at a time)', 'quick', 'slow']);
});
