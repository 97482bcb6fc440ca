import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, open, readFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import test from 'ava';
import { lockRunDirectory } from '../../../src/bridge/project/run-directory/lock.ts';
import { deadline } from '../../helpers/deadline.ts';

const HOLDER = fileURLToPath(new URL('../../helpers/project/hold-lock.ts', import.meta.url));
const LIMIT_MS = 60_000;
const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;
const asRoot = isRoot ? test : test.skip;
if (!isRoot) process.stderr.write('multivisor: the lock is tried as no other user: only root may become one\n');

const signal = AbortSignal.timeout(10 * LIMIT_MS);

/** As deep as a run directory may be, and deeper. */
async function openFolder(t: ExecutionContext, name = 'x'.repeat(100)): Promise<string> {
  const base = await mkdtemp(join(tmpdir(), 'mv-lock-'));
  t.teardown(() => rm(base, { recursive: true, force: true }));
  const dir = join(base, name);
  await mkdir(dir, { mode: 0o700 });
  return dir;
}

/** Another process; `held` resolves when it has the lock. */
function startHolder(
  t: ExecutionContext,
  dir: string,
): { readonly child: ChildProcess; readonly held: Promise<unknown> } {
  const child = spawn(process.execPath, [HOLDER, dir], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.teardown(() => void child.kill('SIGKILL'));
  return { child, held: deadline(once(child.stdout, 'data'), LIMIT_MS, 'it has the lock') };
}

/** Whether it is still not there when everything else has had its turn. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const settle = () => {
    settled = true;
  };
  promise.then(settle, settle);
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
  return !settled;
}

test('of many that start a project at once, in one process and in several, each has it to itself', async (t) => {
  const dir = await openFolder(t);
  let inside = 0;
  let most = 0;
  const one = async () => {
    const release = await lockRunDirectory(dir, { signal });
    inside += 1;
    most = Math.max(most, inside);
    await new Promise((resolve) => setImmediate(resolve));
    inside -= 1;
    release();
  };
  const { child, held } = startHolder(t, dir);
  await held;
  const all = Promise.all(Array.from({ length: 12 }, one));
  t.true(await isPending(all));
  t.is(most, 0, 'another process has it');
  child.stdin?.end();
  await deadline(all, LIMIT_MS, 'each had its turn');
  t.is(most, 1);
  t.deepEqual(await readdir(dir), [], 'nothing is left');
});

test('processes that take it over and over never have it at the same time', async (t) => {
  const dir = await openFolder(t);
  const children = Array.from({ length: 5 }, () =>
    spawn(process.execPath, [HOLDER, dir, `${dir}.busy`], { stdio: ['ignore', 'ignore', 'inherit'] }),
  );
  const ends = children.map((child) => once(child, 'exit'));
  t.teardown(() => children.forEach((child) => void child.kill('SIGKILL')));
  const codes = await deadline(Promise.all(ends), LIMIT_MS, 'all had their turns');
  t.deepEqual(
    codes.map(([code]: unknown[]) => code),
    children.map(() => 0),
  );
  t.deepEqual(await readdir(dir), []);
});

test('who holds it and is killed frees it, and what they left is taken away', async (t) => {
  const dir = await openFolder(t);
  for (const _ of [1, 2]) {
    const { child, held } = startHolder(t, dir);
    await held;
    const next = lockRunDirectory(dir, { signal });
    t.true(await isPending(next));
    child.kill('SIGKILL');
    const release = await deadline(next, LIMIT_MS, 'it is free');
    t.is((await readdir(dir)).length, 1);
    release();
  }
  t.deepEqual(await readdir(dir), []);
});

test('a dead lock whose number now belongs to another process is dead', async (t) => {
  const dir = await openFolder(t);
  const { child, held } = startHolder(t, dir);
  await held;
  child.kill('SIGKILL');
  await once(child, 'exit');
  const [left = ''] = await readdir(dir);
  // Ours, which lives.
  await rename(join(dir, left), join(dir, left.replace(/\d+$/u, String(process.pid))));
  const release = await deadline(lockRunDirectory(dir, { signal }), LIMIT_MS, 'it is free');
  release();
  t.deepEqual(await readdir(dir), []);
});

test('whoever waits for too long is told which process has it, also when that one is stopped', async (t) => {
  const dir = await openFolder(t);
  const { child, held } = startHolder(t, dir);
  await held;
  child.kill('SIGSTOP');
  await t.throwsAsync(lockRunDirectory(dir, { signal: AbortSignal.timeout(300) }), {
    name: 'ProjectError',
    message: `process ${child.pid} has been starting this project for too long; wait for it, or end it with: kill ${child.pid}`,
  });
  t.is((await readdir(dir)).length, 1, 'who gave up left nothing');
  const leaving = new AbortController();
  const waiting = lockRunDirectory(dir, { signal: leaving.signal });
  t.true(await isPending(waiting));
  leaving.abort(new Error('ctrl-c'));
  await t.throwsAsync(waiting, { message: 'ctrl-c' });
});

test('a holder that has no file descriptor left for connections is waited for without spinning', async (t) => {
  const dir = await openFolder(t);
  const name = `lock.${'0'.repeat(16)}.1`;
  let came = 0;
  const holder = createServer((socket) => {
    came += 1;
    socket.destroy();
  });
  const folder = await open(dir);
  t.teardown(() => folder.close());
  holder.listen(`/proc/self/fd/${folder.fd}/${name}`);
  await once(holder, 'listening');
  t.teardown(() => void holder.close());
  await t.throwsAsync(lockRunDirectory(dir, { signal: AbortSignal.timeout(500) }), { name: 'ProjectError' });
  t.true(came > 0 && came <= 500 / 25 + 1, `${came} times in half a second`);
});

asRoot('no other user can hold it, nor see who does', async (t) => {
  const dir = await openFolder(t, 'run');
  await chmod(join(dir, '..'), 0o755);
  const { dev, ino } = await stat(dir);
  const script = `
    const net = require('node:net');
    const server = net.createServer().on('error', (error) => console.log('refused ' + error.code));
    // The name that a lock of this directory once had, which anybody could take.
    net.createServer((socket) => socket.destroy()).listen('\\0multivisor-project-${dev}-${ino}', () => {
      server.listen('${dir}/lock.0000000000000000.1', () => console.log('took it'));
    });`;
  const stranger = spawn(process.execPath, ['-e', script], {
    uid: NOBODY,
    gid: NOBODY,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  t.teardown(() => void stranger.kill('SIGKILL'));
  const [said] = await deadline(once(stranger.stdout, 'data'), LIMIT_MS, 'the stranger has tried');
  t.regex(String(said), /^refused EACCES/u);
  const release = await deadline(lockRunDirectory(dir, { signal }), LIMIT_MS, 'it is ours');
  const abstract = (await readFile('/proc/net/unix', 'utf8'))
    .split('\n')
    .filter((line) => line.includes(`${dev}-${ino}`));
  t.is(abstract.length, 1, 'only the one of the stranger');
  release();
});
