// `npm run stress -- N FILE…`: runs test files N times while every CPU is busy with something else, as on a machine that
// others use. What passes there each time does not depend on luck.
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { runAva } from './testing/run-ava.ts';
import { needsOf } from './testing/test-needs.ts';
import { testEnvironment } from './testing/test-environment.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
/** Ends with whoever started it, however that ended. */
const BUSY = 'const parent = process.ppid; while (process.ppid === parent) for (let i = 0; i < 1e7; i += 1);';

const [count = '', ...files] = process.argv.slice(2);
const runs = Number(count);
if (!Number.isInteger(runs) || runs < 1 || files.length === 0) {
  process.stderr.write(
    'multivisor: npm run stress -- N FILE…, as in: npm run stress -- 20 test/core/session/relays.test.ts\n',
  );
  process.exit(2);
}
const { signal } = new AbortController();
const env = await testEnvironment({ needs: needsOf(ROOT, files), signal });
const burners = Array.from({ length: availableParallelism() }, () =>
  spawn(process.execPath, ['-e', BUSY], { stdio: 'ignore' }),
);
const failures = new Map<string, number>();
let failed = 0;
try {
  for (let index = 1; index <= runs; index += 1) {
    const started = performance.now();
    const { counts, failures: titles } = await runAva(files, { cwd: ROOT, env });
    if (counts.failed > 0) failed += 1;
    for (const title of titles) failures.set(title, (failures.get(title) ?? 0) + 1);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(`${counts.failed === 0 ? '✔' : '✘'} run ${index} of ${runs} (${seconds} s)`);
  }
} finally {
  for (const burner of burners) burner.kill('SIGKILL');
}
for (const [title, times] of failures) console.log(`FAILED ${times} of ${runs} times: ${title}`);
console.log(`\n${runs - failed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
