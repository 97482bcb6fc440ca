import { chmod, chown, cp, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { run } from '../../scripts/run.ts';
import { startSupervisord } from '../helpers/supervisord/supervisord.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

test('the package installs into an empty directory without a registry, and works from anywhere', async (t) => {
  const scratch = await mkdtemp(join(tmpdir(), 'mv-package-'));
  t.teardown(() => rm(scratch, { recursive: true, force: true }));
  const { signal } = new AbortController();
  const npm = async (cwd: string, ...args: readonly string[]): Promise<void> => {
    const result = await run('npm', args, { cwd, signal, timeoutMs: 90_000 });
    t.true(result.ok, result.output);
  };
  await npm(ROOT, 'pack', '--pack-destination', scratch);
  const [tarball = ''] = (await readdir(scratch)).filter((name) => name.endsWith('.tgz'));
  // Offline: what it needed from a registry would be missing.
  await npm(scratch, 'install', '--prefix', scratch, '--offline', '--no-audit', '--no-fund', join(scratch, tarball));
  const installed = join(scratch, 'node_modules', 'multivisor');
  t.deepEqual(
    (await readdir(join(scratch, 'node_modules'))).filter((name) => !name.startsWith('.')),
    ['multivisor'],
  );
  const top = await readdir(installed);
  for (const name of ['dist', 'examples', 'LICENSE', 'README.md', 'CHANGELOG.md']) t.true(top.includes(name), name);
  for (const name of ['src', 'test', 'scripts', 'bench', 'node_modules']) t.false(top.includes(name), name);
  t.true((await stat(join(installed, 'dist', 'THIRD-PARTY-LICENSES.txt'))).size > 10_000);

  const supervisord = await startSupervisord({ programs: '[program:web]\ncommand=sleep 1000\nautostart=false\n' });
  t.teardown(supervisord.stop);
  const command = join(scratch, 'node_modules', '.bin', 'multivisor');
  const env = { ...process.env, NO_COLOR: '1' };
  const version = await run(command, ['--version'], { cwd: '/', signal, timeoutMs: 20_000 });
  const manifest = await readFile(join(ROOT, 'package.json'), 'utf8');
  const wanted = /"version": "([^"]+)"/.exec(manifest)?.[1] ?? 'none';
  t.true(version.ok && version.output.includes(wanted), version.output);
  const config = join(scratch, 'multivisor.conf');
  await writeFile(config, `[supervisor:here]\nurl = ${supervisord.url}\n`);
  await supervisord.rpc('supervisor.startProcess', 'web');
  const status = await run(command, ['status', '-c', config], { cwd: '/', signal, timeoutMs: 20_000, env });
  t.true(status.ok && /RUNNING\s+here:web:web/.test(status.output), status.output);

  const dist = join(installed, 'dist');
  const loaded = [
    join(dist, 'multivisor.js'),
    join(dist, 'plain.cjs'),
    ...(await staticImports(join(dist, 'full.mjs'))),
  ];
  const withReact = await Promise.all(
    loaded.map(async (file) => (await readFile(file, 'utf8')).includes('react-reconciler')),
  );
  t.false(withReact.includes(true), 'only the terminal interface loads React');

  const caches = async () => (await readdir(dist)).filter((name) => name.endsWith('.cache'));
  const [cache = ''] = await caches();
  t.true(cache.includes(process.version), 'what was compiled is kept');
  const kept = await readFile(join(dist, cache));
  await writeFile(join(dist, cache), kept.subarray(0, kept.length >> 1));
  const again = await run(command, ['status', '-c', config], { cwd: '/', signal, timeoutMs: 20_000, env });
  t.true(again.ok && /RUNNING\s+here:web:web/.test(again.output), again.output);
  t.true((await stat(join(dist, cache))).size > kept.length >> 1, 'what is broken is made anew');
  t.deepEqual(await caches(), [cache]);

  // What V8 takes back is not looked at: a file that others could have written is as if there were none.
  const { mtimeMs, mode } = await stat(join(dist, cache));
  t.is(mode & 0o022, 0, 'nobody else may write to it');
  await chmod(join(dist, cache), 0o666);
  await utimes(join(dist, cache), 1, 1);
  const careful = await run(command, ['status', '-c', config], { cwd: '/', signal, timeoutMs: 20_000, env });
  t.true(careful.ok && /RUNNING\s+here:web:web/.test(careful.output), careful.output);
  const made = await stat(join(dist, cache));
  t.true(made.mtimeMs >= mtimeMs && (made.mode & 0o022) === 0, 'what others could write is made anew');
});

test('what is packed without a build holds no compiled cache, whoever left one there', async (t) => {
  const scratch = await mkdtemp(join(tmpdir(), 'mv-pack-'));
  t.teardown(() => rm(scratch, { recursive: true, force: true }));
  const { signal } = new AbortController();
  await cp(join(ROOT, 'package.json'), join(scratch, 'package.json'));
  await mkdir(join(scratch, 'dist'));
  for (const name of ['multivisor.js', 'plain.cjs', `plain.cjs.${process.version}-x64.cache`, 'plain.cjs.v1-x.cache']) {
    await writeFile(join(scratch, 'dist', name), '');
  }
  const options = { cwd: scratch, signal, timeoutMs: 60_000 };
  const packed = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], options);
  t.true(packed.ok, packed.output);
  t.true(packed.output.includes('dist/plain.cjs"'), packed.output);
  t.false(packed.output.includes('.cache'), packed.output);
});

/** Of another user, as a shared machine has them; only root can make such a file. */
const asRoot = process.getuid?.() === 0 ? test : test.skip;

asRoot('a compiled cache of another user is not run, whatever its mode', async (t) => {
  const dist = await mkdtemp(join(tmpdir(), 'mv-cache-'));
  t.teardown(() => rm(dist, { recursive: true, force: true }));
  await cp(join(ROOT, 'dist'), dist, { recursive: true, filter: (path) => !path.endsWith('.cache') });
  const { signal } = new AbortController();
  const version = async () =>
    run(process.execPath, [join(dist, 'multivisor.js'), 'help'], { cwd: '/', signal, timeoutMs: 20_000 });
  const sound = await version();
  t.true(sound.ok, sound.output);
  const [cache = ''] = (await readdir(dist)).filter((name) => name.endsWith('.cache'));
  const path = join(dist, cache);
  // Sound in itself: only whose it is tells that somebody else could have made it.
  for (const spoil of [() => chown(path, 65_534, 65_534), () => chmod(path, 0o602), () => chmod(path, 0o620)]) {
    await spoil();
    const again = await version();
    t.deepEqual([again.ok, again.output], [true, sound.output]);
    const made = await stat(path);
    t.deepEqual([made.uid, made.mode & 0o022], [0, 0], 'it was made anew');
  }
});

/** This file and all that is loaded with it, before anything runs. */
async function staticImports(file: string, seen: readonly string[] = []): Promise<readonly string[]> {
  let found = [...seen, file];
  const text = await readFile(file, 'utf8');
  for (const [, path = ''] of text.matchAll(/import(?:[^"'()]*from)?"(\.[^"]+)"/g)) {
    const next = join(dirname(file), path);
    if (!found.includes(next)) found = [...(await staticImports(next, found))];
  }
  return found;
}
