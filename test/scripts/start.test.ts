import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { run, type RunResult } from '../../scripts/run.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

type Clone = {
  /** Says which versions package-lock.json asks for, by path. */
  lock(packages: Readonly<Record<string, object>>): Promise<void>;
  start(...args: readonly string[]): Promise<RunResult>;
  /** What npm was called with, one line a call. */
  calls(): Promise<string>;
};

/** A clone with nothing but the door, and an npm that "installs" what the lock asks for but optional packages. */
async function makeClone(t: ExecutionContext): Promise<Clone> {
  const dir = await mkdtemp(join(tmpdir(), 'mv-start-'));
  t.teardown(() => rm(dir, { recursive: true, force: true }));
  await mkdir(join(dir, 'scripts'));
  await mkdir(join(dir, 'bin'));
  for (const file of ['start.mjs', 'tsx-files.mjs', 'private-node.mjs', 'private-nodes.json']) {
    await copyFile(join(ROOT, 'scripts', file), join(dir, 'scripts', file));
  }
  await writeFile(join(dir, 'package.json'), '{"type":"module"}');
  await writeFile(
    join(dir, 'scripts', 'hello.ts'),
    'const name: string = process.argv[2] ?? "you";\nconsole.log(`hello ${name}`);\n',
  );
  await writeFile(
    join(dir, 'bin', 'npm'),
    [
      '#!/bin/sh',
      'echo "$*" >> npm-calls',
      'mkdir -p node_modules',
      `sed 's/"[^"]*linux-mips[^"]*":{[^}]*}/"skipped":{}/' package-lock.json > node_modules/.package-lock.json`,
    ].join('\n'),
  );
  await chmod(join(dir, 'bin', 'npm'), 0o755);
  await symlink(process.execPath, join(dir, 'bin', 'node'));
  const env = { ...process.env, PATH: [join(dir, 'bin'), process.env['PATH'] ?? ''].join(delimiter) };
  const { signal } = new AbortController();
  return {
    lock: (packages) =>
      writeFile(join(dir, 'package-lock.json'), JSON.stringify({ packages: { '': {}, ...packages } })),
    start: (...args) => run('node', ['scripts/start.mjs', ...args], { cwd: dir, env, signal, timeoutMs: 20_000 }),
    calls: () => readFile(join(dir, 'npm-calls'), 'utf8').catch(() => ''),
  };
}

test('on a fresh clone a script installs what it needs first, says so, and never again', async (t) => {
  const clone = await makeClone(t);
  await clone.lock({
    'node_modules/x': { version: '1.0.0' },
    'node_modules/x-linux-mips': { version: '1.0.0', optional: true },
  });
  const first = await clone.start('hello', 'world');
  t.true(first.ok, first.output);
  t.regex(first.output, /npm ci/);
  t.regex(first.output, /^hello world$/m);
  t.regex(await clone.calls(), /^ci --include=dev /);
  const second = await clone.start('hello', 'again');
  t.is(second.output, 'hello again\n');
  t.is((await clone.calls()).trim().split('\n').length, 1);
});

test('a script installs again when package-lock.json asks for another version', async (t) => {
  const clone = await makeClone(t);
  await clone.lock({ 'node_modules/x': { version: '1.0.0' } });
  await clone.start('hello');
  await clone.lock({ 'node_modules/x': { version: '1.0.1' } });
  const again = await clone.start('hello');
  t.regex(again.output, /node_modules\/x is not as package-lock.json asks for: running npm ci/);
  t.is((await clone.calls()).trim().split('\n').length, 2);
});

test('a script that is not named, or not there, is an error', async (t) => {
  const clone = await makeClone(t);
  await clone.lock({});
  t.regex((await clone.start()).output, /which script\?/);
  t.false((await clone.start('nowhere')).ok);
});
