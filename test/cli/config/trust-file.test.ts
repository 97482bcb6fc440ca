import { chmod, chown, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { findConfig } from '../../../src/cli/config/find-config.ts';
import { ownFolder } from '../../../src/cli/io/own-folder.ts';
import { makeFolder, runMain } from '../run-main.ts';

const STRANGER = 54_321;
const isRoot = process.getuid?.() === 0;
const asRoot = isRoot ? test : test.skip;

type Setting = (path: string) => Promise<void>;

const FOREIGN: readonly (readonly [title: string, spoil: Setting, reason: RegExp])[] = [
  [
    'a file that others may write to',
    (path) => chmod(join(path, 'multivisor.conf'), 0o646),
    /it may be written to by others/,
  ],
  [
    'a file of a group that may write',
    (path) => chmod(join(path, 'multivisor.conf'), 0o664),
    /it may be written to by others/,
  ],
  ['a folder that others may write to', (path) => chmod(path, 0o757), /its folder \S+ may be written to by others/],
  ['a folder like /tmp', (path) => chmod(path, 0o1777), /its folder \S+ may be written to by others/],
  ...(isRoot
    ? ([
        [
          "somebody else's file",
          (path: string) => chown(join(path, 'multivisor.conf'), STRANGER, STRANGER),
          /it belongs to user 54321/,
        ],
        [
          "somebody else's folder",
          (path: string) => chown(path, STRANGER, STRANGER),
          /its folder \S+ belongs to user 54321/,
        ],
      ] as const)
    : []),
];

for (const [title, spoil, reason] of FOREIGN) {
  test(`./multivisor.conf is not read by looking, but with -c: ${title}`, async (t) => {
    const folder = await makeFolder();
    t.teardown(folder.remove);
    const path = await folder.write('multivisor.conf', '[supervisor:one]\nurl = http://${SECRET}:1\n');
    await chmod(path, 0o600);
    await spoil(folder.path);
    const place = { cwd: folder.path, env: { SECRET: 'hunter2' } };
    const error = t.throws(() => findConfig(null, place));
    t.regex(error.message, reason);
    t.regex(error.message, /multivisor\.conf is not read: .* name it with -c/);
    t.notRegex(error.message, /hunter2/);
    t.is(findConfig('multivisor.conf', place).path, path, 'who names it trusts it');
    const { code, err } = await runMain(['status'], { cwd: folder.path, env: place.env });
    t.is(code, 2);
    t.regex(err, reason);
  });
}

asRoot("./multivisor.conf is not read by looking: a link to somebody else's", async (t) => {
  const folder = await makeFolder();
  t.teardown(folder.remove);
  const theirs = await mkdtemp(join(tmpdir(), 'mv-theirs-'));
  t.teardown(() => rm(theirs, { recursive: true }));
  await writeFile(join(theirs, 'planted'), '[supervisor:one]\n');
  await chown(theirs, STRANGER, STRANGER);
  await symlink(join(theirs, 'planted'), join(folder.path, 'multivisor.conf'));
  t.throws(() => findConfig(null, { cwd: folder.path, env: {} }), { message: /its folder \S+ belongs to user 54321/ });
});

asRoot('./supervisord.conf of somebody else is not read by looking either', async (t) => {
  const folder = await makeFolder();
  t.teardown(folder.remove);
  const path = await folder.write('supervisord.conf', '[inet_http_server]\nport = 127.0.0.1:1\n');
  await chown(path, STRANGER, STRANGER);
  t.throws(() => findConfig(null, { cwd: folder.path, env: {} }), { message: /supervisord\.conf is not read/ });
});

test('passwords that everybody may read are told of, in the file, its includes and its password files', async (t) => {
  const open = await mkdtemp(join(tmpdir(), 'mv-open-'));
  t.teardown(() => rm(open, { recursive: true }));
  await chmod(open, 0o755);
  const write = async (name: string, text: string, mode = 0o644) => {
    await writeFile(join(open, name), text);
    await chmod(join(open, name), mode);
    return join(open, name);
  };
  const warned = (path: string) =>
    findConfig(path, { cwd: open, env: { X: 'y' } })
      .diagnostics.filter(({ message }) => message.startsWith('everybody'))
      .map(({ origin }) => `${origin.file.slice(open.length + 1)}:${origin.line}`);
  const one = '[supervisor:one]\n';
  await write('secret', 'hunter2\n');
  await write('more.conf', '[supervisor:two]\nurl = http://ann:pw@h:9001\n');
  t.deepEqual(warned(await write('a.conf', `${one}username = u\npassword = p\n`)), ['a.conf:3']);
  t.deepEqual(warned(await write('b.conf', `${one}username = u\npassword = p\n`, 0o600)), []);
  t.deepEqual(warned(await write('c.conf', `${one}username = u\npassword = \${X}\n`)), []);
  t.deepEqual(warned(await write('d.conf', `${one}username = u\npassword_file = secret\n`)), ['secret:1']);
  t.deepEqual(warned(await write('e.conf', `[include]\nfiles = more.conf\n${one}`)), ['more.conf:2']);
  await mkdir(join(open, 'closed'), { mode: 0o700 });
  t.deepEqual(warned(await write('closed/f.conf', `${one}username = u\npassword = p\n`)), [], 'nobody gets to it');
});

test('choices, history and names are kept nowhere that others decide about', async (t) => {
  const folder = await makeFolder();
  t.teardown(folder.remove);
  const home = join(folder.path, 'home');
  const state = join(home, '.local/state/multivisor');
  const keeps = () => ownFolder('state', { env: { HOME: home } });
  t.is(keeps(), state, 'what is not there yet is made');
  await mkdir(state, { recursive: true });
  t.is(keeps(), state);
  t.is(ownFolder('cache', { env: { HOME: home, XDG_CACHE_HOME: state } }), join(state, 'multivisor'));
  for (const path of [state, join(home, '.local'), home]) {
    await chmod(path, 0o777);
    t.is(keeps(), null, `others may write to ${path}`);
    await chmod(path, 0o755);
  }
  await rm(state, { recursive: true });
  await symlink('/tmp', state);
  t.is(keeps(), null, 'a link to where everybody writes');
});

asRoot('root in the home of somebody else, as with sudo, keeps nothing there', async (t) => {
  const folder = await makeFolder();
  t.teardown(folder.remove);
  const state = join(folder.path, '.local/state/multivisor');
  await mkdir(state, { recursive: true });
  await chown(folder.path, STRANGER, STRANGER);
  t.is(
    ownFolder('state', { env: { HOME: folder.path } }),
    null,
    'also below a folder of ours: they may put another there',
  );
});
