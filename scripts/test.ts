// `npm test`: everything that has to hold before a change is good. `npm test -- test/core`: those tests alone, at once,
// with what they need and no more. A test that failed is never run again here; `--repeat-failed` is for .ci/run.
import { fileURLToPath } from 'node:url';
import { repeatFailed } from './testing/repeat-failed.ts';
import { runAva } from './testing/run-ava.ts';
import { STATIC_CHECKS, runCheck, type Check } from './testing/static-checks.ts';
import { testEnvironment } from './testing/test-environment.ts';
import { isBuilt } from './testing/is-built.ts';
import { needsOf } from './testing/test-needs.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const BUILD: Check = { name: 'build', command: ['node', 'scripts/start.mjs', 'build'] };
const REPEAT = '--repeat-failed';

const { signal } = new AbortController();
const words = process.argv.slice(2);
const selection = words.filter((word) => word !== REPEAT);
const needs = selection.length === 0 ? null : needsOf(ROOT, selection);
const env = await testEnvironment({ needs, signal });
const checks = selection.length === 0 ? [...STATIC_CHECKS, BUILD] : needsBuild() ? [BUILD] : [];
const checked = await Promise.all(checks.map((check) => runCheck(check, signal)));
const passed = checked.filter(Boolean).length;

const tests = await runAva(selection, { cwd: ROOT, env });
const repeat = words.includes(REPEAT) && tests.failures.length === tests.counts.failed;
const flaky = repeat ? await repeatFailed(tests.failures, { cwd: ROOT, env }) : [];

for (const title of tests.failures) console.log(`${flaky.includes(title) ? 'FLAKY' : 'FAILED'}: ${title}`);
for (const reason of tests.skipReasons) console.log(`SKIPPED some tests: ${reason}`);
const good = passed + tests.counts.passed + flaky.length;
const bad = checked.length - passed + tests.counts.failed - flaky.length;
const skipped = tests.counts.skipped > 0 ? `, ${tests.counts.skipped} skipped` : '';
console.log(`\n${good} passed, ${bad} failed${skipped}`);
process.exitCode = bad > 0 ? 1 : 0;

function needsBuild(): boolean {
  return (needs === null || needs.says('dist')) && !isBuilt(ROOT);
}
