import test from 'ava';
import { createBriefReport } from '../../../scripts/testing/brief-report.ts';

const OUTPUT = [
  '',
  '  ✔ core › engine › a reading decides (12ms)',
  '    ℹ 20 MB in 4 s',
  '  ✔ core › engine › a word decides',
  '  ✘ [fail]: core › diff › no change is no delta',
  '    ℹ what it noted',
  '  ✔ [expected fail] alone',
  '  - [skip] e2e › needs tmux',
  '  ─',
  '',
  '  core › diff › no change is no delta',
  '',
  '    Difference (- actual, + expected):',
  '  1 test failed',
].join('\n');

test('what failed is told in full, what passed in numbers', (t) => {
  for (const size of [1, 7, OUTPUT.length]) {
    let said = '';
    const report = createBriefReport((text) => (said += text));
    for (let at = 0; at < OUTPUT.length; at += size) report.write(OUTPUT.slice(at, at + size));
    report.end();
    t.is(
      said,
      [
        '  ✘ [fail]: core › diff › no change is no delta',
        '    ℹ what it noted',
        '  - [skip] e2e › needs tmux',
        '  ─',
        '  core › diff › no change is no delta',
        '    Difference (- actual, + expected):',
        '  1 test failed',
        '✔ core/engine: 2 passed',
        '✔ tests: 1 passed',
        '',
      ].join('\n'),
      `pieces of ${size}`,
    );
  }
});
