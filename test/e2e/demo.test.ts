import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { findMarked } from '../../scripts/demonstration/marked-processes.ts';
import { deadline, eventually } from '../helpers/deadline.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const LIMIT_MS = 60_000;

type Demo = {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** What it ended with. */
  readonly ended: Promise<{ readonly code: unknown; readonly signal: unknown }>;
  /** The processes that belong to it and live. */
  readonly alive: () => readonly number[];
  readonly leftFiles: () => Promise<readonly string[]>;
};

/** `npm run demo` without a terminal, with its temporary files in a directory of its own. */
async function startDemo(t: ExecutionContext): Promise<Demo> {
  const scratch = await mkdtemp(join(tmpdir(), 'mv-demo-'));
  const child = spawn('npm', ['run', 'demo'], {
    cwd: ROOT,
    env: { ...process.env, TMPDIR: scratch, NO_COLOR: '1', CI: 'true' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const alive = (): readonly number[] => findMarked(`MULTIVISOR_EXAMPLE=${scratch}/`);
  t.teardown(async () => {
    for (const pid of alive()) process.kill(pid, 'SIGKILL');
    child.kill('SIGKILL');
    await rm(scratch, { recursive: true, force: true });
  });
  return {
    child,
    stdout: () => stdout,
    stderr: () => stderr,
    ended: once(child, 'close').then(([code, signal]: unknown[]) => ({ code, signal })),
    alive,
    // tsx keeps its cache and its socket there as well.
    leftFiles: async () => (await readdir(scratch)).filter((name) => name.startsWith('multivisor')),
  };
}

test.serial(
  'without a terminal the demonstration shows the settled processes, ends well and leaves nothing',
  async (t) => {
    const demo = await startDemo(t);
    const { code } = await deadline(demo.ended, LIMIT_MS, 'the demonstration ends');
    t.is(code, 0, demo.stderr());
    const table = demo.stdout();
    for (const [state, uid] of [
      ['RUNNING', 'lid001:PLC:wcid00a'],
      ['FATAL', 'lid001:PLC:wcid00d'],
      ['EXITED', 'lid001:calibration:calibration'],
      ['STOPPED', 'lid001:archiver:archiver'],
      ['RUNNING', 'lid002:Température:温度計'],
      ['FATAL', 'baslid001:PLC:wcid01a'],
      ['EXITED', 'baslid001:alignment:alignment'],
    ] as const) {
      const row = table.split('\n').find((line) => line.includes(uid));
      t.truthy(row, `a row for ${uid} in\n${table}`);
      t.true(row?.includes(state), `${uid} is ${state}: ${row ?? ''}`);
    }
    t.deepEqual(demo.alive(), []);
    t.deepEqual(await demo.leftFiles(), []);
  },
);

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test.serial(`ended by ${signal}, the demonstration leaves nothing`, async (t) => {
    const demo = await startDemo(t);
    await eventually(
      () => demo.alive().length,
      (count) => count > 10,
      { what: 'programs run', ms: LIMIT_MS },
    );
    demo.child.kill(signal);
    const end = await deadline(demo.ended, LIMIT_MS, 'the demonstration ends');
    t.true(end.code !== 0 || end.signal !== null, 'it does not claim success');
    await eventually(
      () => demo.alive(),
      (pids) => pids.length === 0,
      { what: 'nothing lives', ms: 15_000 },
    );
    t.deepEqual(await demo.leftFiles(), []);
  });
}
