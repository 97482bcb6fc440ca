import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { findSupervisord } from '../../../scripts/peers/find-supervisord.ts';
import { run } from '../../../scripts/run.ts';

const FIND = new URL('../../../scripts/peers/find-supervisord.ts', import.meta.url).href;
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

test('a supervisord on PATH that does not run is passed over for the next one', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'mv-find-'));
  t.teardown(() => rm(dir, { recursive: true, force: true }));
  const real = await findSupervisord();
  const folders = ['broken', 'directory', 'locked', 'good'].map((name) => join(dir, name));
  await Promise.all(folders.map((folder) => mkdir(folder)));
  await writeFile(join(dir, 'broken', 'supervisord'), '#!/nonexistent/python\n');
  await chmod(join(dir, 'broken', 'supervisord'), 0o755);
  await mkdir(join(dir, 'directory', 'supervisord'));
  await writeFile(join(dir, 'locked', 'supervisord'), '#!/bin/sh\nexit 0\n', { mode: 0o644 });
  await symlink(real, join(dir, 'good', 'supervisord'));
  const env = { ...process.env, PATH: [...folders, process.env['PATH'] ?? ''].join(delimiter) };
  const script = `import(${JSON.stringify(FIND)}).then(async (m) => console.log(await m.findSupervisord()))`;
  const { signal } = new AbortController();
  const result = await run(process.execPath, ['-e', script], {
    cwd: ROOT,
    env,
    signal,
    timeoutMs: 30_000,
  });
  t.is(result.output, `${join(dir, 'good', 'supervisord')}\n`);
});
