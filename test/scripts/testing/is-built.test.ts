import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test from 'ava';
import { isBuilt } from '../../../scripts/testing/is-built.ts';

test('what is built is of use until something that it is made of is saved, or gone', async (t) => {
  const root = await mkdtemp(join(tmpdir(), 'mv-built-'));
  t.teardown(() => rm(root, { recursive: true, force: true }));
  const write = async (name: string, time: number): Promise<void> => {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), '');
    await utimes(join(root, name), time, time);
  };
  for (const name of ['src/deep/a.ts', 'src/b.ts', 'bin/start.ts', 'package-lock.json']) await write(name, 100);
  for (const folder of ['src', 'src/deep', 'bin']) await utimes(join(root, folder), 100, 100);
  t.false(isBuilt(root), 'there is none');
  await write('dist/multivisor.js', 200);
  t.true(isBuilt(root));
  await write('src/deep/a.ts', 300);
  t.false(isBuilt(root), 'saved');
  await write('dist/multivisor.js', 400);
  await utimes(join(root, 'src', 'deep'), 350, 350);
  t.true(isBuilt(root));
  await rm(join(root, 'src/deep/a.ts'));
  t.false(isBuilt(root), 'removed');
});
