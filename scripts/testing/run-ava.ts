import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBriefReport } from './brief-report.ts';
import { createTestCounter, type TestCounts } from './count-tests.ts';

export type AvaRun = {
  readonly counts: TestCounts;
  readonly skipReasons: readonly string[];
  /** As ava names them; shorter than the count of those that failed where a file fell without a failed test. */
  readonly failures: readonly string[];
  readonly passes: readonly string[];
};

export type AvaOptions = { readonly cwd: string; readonly env: NodeJS.ProcessEnv };

/** Runs the tests, with ava's own output on a terminal and what matters of it elsewhere. */
export async function runAva(args: readonly string[], { cwd, env }: AvaOptions): Promise<AvaRun> {
  const scratch = await mkdtemp(join(tmpdir(), 'multivisor-test-'));
  const skips = join(scratch, 'skips');
  await writeFile(skips, '');
  const child = spawn('ava', args, {
    cwd,
    env: { ...env, MULTIVISOR_SKIPS: skips },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const counter = createTestCounter();
  const report = process.stdout.isTTY ? null : createBriefReport((text) => process.stdout.write(text));
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    counter.write(text);
    if (report === null) process.stdout.write(text);
    else report.write(text);
  });
  const ok = await new Promise<boolean>((settle, reject) => {
    child.once('error', reject);
    child.once('close', (code) => settle(code === 0));
  });
  report?.end();
  const reasons = new Set((await readFile(skips, 'utf8')).split('\n').filter((line) => line !== ''));
  await rm(scratch, { recursive: true });
  const counts = counter.counts();
  // A run that failed without a failed test (a hook, a crash), or in which nothing ran, is a failure as well.
  const unexplained = (!ok && counts.failed === 0) || counts.passed === 0;
  return {
    counts: { ...counts, failed: counts.failed + (unexplained ? 1 : 0) },
    skipReasons: Array.from(reasons),
    failures: counter.failures(),
    passes: counter.passes(),
  };
}
