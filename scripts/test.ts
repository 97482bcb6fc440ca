// Everything that has to hold before a change is good: `npm test`, or `npm test -- test/core` for a part of the tests.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findPeer } from '../test/helpers/peers.ts';
import { createBriefReport } from './brief-report.ts';
import { createTestCounter, type TestCounts } from './count-tests.ts';
import { failedFiles } from './failed-files.ts';
import { DJANGO_VERSIONS, installDjango } from './find-django.ts';
import { installMultivisorCli } from './find-multivisor-cli.ts';
import { installMultivisorRpc } from './find-multivisor-rpc.ts';
import { findSupervisord } from './find-supervisord.ts';
import { installWithApt } from './install-with-apt.ts';
import { STATIC_CHECKS, runCheck, type Check } from './static-checks.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));

/** More than these are no accident of a busy machine. */
const FEW = 5;
const ATTEMPTS = 3;

const CHECKS: readonly Check[] = [...STATIC_CHECKS, { name: 'build', command: ['node', 'scripts/start.mjs', 'build'] }];

const signal = new AbortController().signal;
const PEERS: readonly Peer[] = [
  {
    name: 'tmux',
    install: () => (findPeer('tmux') === null ? installWithApt('tmux', signal) : Promise.resolve(null)),
  },
  {
    name: 'curl',
    install: () => (findPeer('curl') === null ? installWithApt('curl', signal) : Promise.resolve(null)),
  },
  { name: 'multivisor-rpc', install: () => installMultivisorRpc({ signal }) },
  { name: 'multivisor-cli', install: () => installMultivisorCli({ signal }) },
  ...DJANGO_VERSIONS.map((version) => ({
    name: `Django ${version}`,
    install: () => installDjango(version, { signal }),
  })),
];
const env = await prepare();
const total = { passed: 0, failed: 0, skipped: 0 };
for (const ok of await Promise.all(CHECKS.map((check) => runCheck(check, signal)))) {
  add({ passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 });
}
const selection = process.argv.slice(2);
const { counts, skipReasons, failures } = await runTests(selection);
add(counts);
const mended = selection.length === 0 && (await tryAgain(failures));

if (!mended) for (const title of failures) console.log(`FAILED: ${title}`);
for (const reason of skipReasons) console.log(`SKIPPED some tests: ${reason}`);
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
console.log(`\n${total.passed} passed, ${total.failed} failed${skipped}`);
process.exitCode = total.failed > 0 ? 1 : 0;

function add(counts: TestCounts): void {
  total.passed += counts.passed;
  total.failed += counts.failed;
  total.skipped += counts.skipped;
}

/** The environment of the checks: supervisord, and the tools of this project, are on its PATH. */
async function prepare(): Promise<NodeJS.ProcessEnv> {
  const [supervisord] = await Promise.all([findSupervisord({ signal }), ...PEERS.map(installPeer)]);
  // Last, so that nothing but what is missing is taken from there: a venv brings a python3 of its own.
  const path = [join(ROOT, 'node_modules', '.bin'), process.env['PATH'] ?? '', dirname(supervisord)];
  const own: NodeJS.ProcessEnv = { ...process.env, PATH: path.join(delimiter) };
  // Each Node reads them at its start, which takes longer than the start itself, for connections that no test makes.
  delete own['NODE_EXTRA_CA_CERTS'];
  return own;
}

type Peer = { readonly name: string; readonly install: () => Promise<string | null> };

/** A missing one is told here, and the tests that need it are skipped with the reason. */
async function installPeer({ name, install }: Peer): Promise<void> {
  const failure = await install();
  if (failure !== null) process.stderr.write(`multivisor: no ${name}: ${failure}\n`);
}

/** A few that failed run again, by themselves; what passes then is told, so that it can be mended. */
async function tryAgain(titles: readonly string[]): Promise<boolean> {
  if (titles.length === 0 || titles.length > FEW || titles.length < total.failed) return false;
  let pending = titles;
  for (let attempt = 2; attempt <= ATTEMPTS && pending.length > 0; attempt += 1) {
    const files = failedFiles(ROOT, pending);
    if (files === null) return false;
    console.log(`\nattempt ${attempt}: ${files.join(' ')}`);
    const again = await runTests(['--concurrency=1', ...files]);
    // What passed at an attempt may fail at a later one: each test must have passed once.
    const isMended = (title: string): boolean =>
      again.passes.some((passed) => title.startsWith(passed) || title.includes(` › ${passed}`));
    for (const title of pending.filter(isMended)) console.log(`PASSED ONLY AT ATTEMPT ${attempt}: ${title}`);
    pending = pending.filter((title) => !isMended(title));
  }
  if (pending.length > 0) return false;
  total.failed -= titles.length;
  total.passed += titles.length;
  return true;
}

type TestRun = {
  readonly counts: TestCounts;
  readonly skipReasons: readonly string[];
  readonly failures: readonly string[];
  readonly passes: readonly string[];
};

async function runTests(selection: readonly string[]): Promise<TestRun> {
  const scratch = await mkdtemp(join(tmpdir(), 'multivisor-test-'));
  const skips = join(scratch, 'skips');
  await writeFile(skips, '');
  const child = spawn('ava', selection, {
    cwd: ROOT,
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
