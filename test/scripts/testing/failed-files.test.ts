import { fileURLToPath } from 'node:url';
import test from 'ava';
import { createTestCounter } from '../../../scripts/testing/count-tests.ts';
import { failedFiles } from '../../../scripts/testing/failed-files.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

test('what failed leads to its files, each once', (t) => {
  const counter = createTestCounter();
  counter.write('  ✔ cli › act › fine\n  ✘ [fail]: cli › act › one › of them\n  ✘ [fail]: cli › act › two\n');
  counter.write('  ✘ [fail]: tui › roll.e2e › three Rejected promise returned by test\n');
  t.deepEqual(failedFiles(ROOT, counter.failures()), ['test/cli/act.test.ts', 'test/tui/roll.e2e.test.ts']);
});

test('a title that leads to no file is not guessed at', (t) => {
  t.is(failedFiles(ROOT, ['cli › act › one', 'nowhere › two']), null);
  t.deepEqual(failedFiles(ROOT, []), []);
});
