import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rename, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import test from 'ava';
import { openAuditFile } from '../../src/server/audit-file.ts';
import { eventually } from '../helpers/deadline.ts';

async function makeFolder(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'mv-audit-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

const canMount = process.getuid?.() === 0 && process.platform === 'linux' && mounts();

function mounts(): boolean {
  return spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'none', '/mnt'], { stdio: 'ignore' }).status === 0;
}

const onFullDisk = canMount ? test : test.skip;
if (!canMount) process.stderr.write('multivisor: no test of a full disk: only root may mount a small one\n');

const line = (n: number) => `${JSON.stringify({ n, more: 'x'.repeat(1_000) })}\n`;

onFullDisk('the audit survives a full disk: it is told, what was missed is counted, and it goes on', async (t) => {
  const disk = await makeFolder(t);
  t.is(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'none', disk]).status, 0);
  t.teardown(() => void spawnSync('umount', ['-l', disk]));
  const told: string[] = [];
  const path = join(disk, 'audit.log');
  const audit = await openAuditFile(path, (text) => void told.push(text));
  t.true(await audit.write(line(0)));
  await writeFile(join(disk, 'ballast'), Buffer.alloc(2 * 1024 * 1024)).catch((error: unknown) => {
    t.is(Reflect.get(Object(error), 'code'), 'ENOSPC');
  });
  let missed = 0;
  for (let n = 1; n <= 20; n++) if (!(await audit.write(line(n)))) missed += 1;
  t.true(missed > 0);
  t.regex(told.join('\n'), /cannot be written: .*ENOSPC/);
  await unlink(join(disk, 'ballast'));
  // By itself, without anybody who does something.
  await eventually(
    () => told.join('\n'),
    (text) => text.includes('is written again'),
    { what: 'it comes back' },
  );
  t.true(await audit.write(line(99)));
  await audit.close();
  const lines = (await readFile(path, 'utf8')).split('\n').filter((text) => text !== '');
  t.true(lines.some((text) => text.includes(`"event":"missed","times":${missed},`)));
  t.is(lines.at(-1), line(99).trimEnd());
  t.is((await stat(path)).mode & 0o777, 0o600);
});

test('an audit that was moved away goes on in a new file when it is reopened, and loses no line', async (t) => {
  const folder = await makeFolder(t);
  const path = join(folder, 'audit.log');
  const audit = await openAuditFile(path, () => t.fail('nothing is wrong'));
  const before = [audit.write('1\n'), audit.write('2\n')];
  await rename(path, `${path}.1`);
  const reopened = audit.reopen();
  const after = audit.write('3\n');
  await Promise.all([...before, reopened, after]);
  await audit.close();
  t.is(await readFile(`${path}.1`, 'utf8'), '1\n2\n');
  t.is(await readFile(path, 'utf8'), '3\n');
});

test('an audit whose place is gone goes on in the file that it has', async (t) => {
  const folder = await makeFolder(t);
  const path = join(folder, 'deep');
  const audit = await openAuditFile(path, () => t.fail('nothing is wrong'));
  await rm(folder, { recursive: true });
  await t.throwsAsync(audit.reopen(), { code: 'ENOENT' });
  t.true(await audit.write('1\n'));
  await audit.close();
});
