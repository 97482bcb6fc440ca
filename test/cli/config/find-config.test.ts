import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { findConfig } from '../../../src/cli/config/find-config.ts';
import { fromSupervisordConf } from '../../../src/cli/config/local-supervisord.ts';
import { makeFolder, runMain } from '../run-main.ts';

const ONE = '[supervisor:one]\n';

test('the file that is named counts, then the environment, then the nearest', async (t) => {
  const folder = await makeFolder();
  t.teardown(folder.remove);
  await mkdir(join(folder.path, 'xdg/multivisor'), { recursive: true });
  await mkdir(join(folder.path, 'home/.config/multivisor'), { recursive: true });
  const named = await folder.write('named.conf', ONE);
  const other = await folder.write('other.conf', ONE);
  const inXdg = await folder.write('xdg/multivisor/multivisor.conf', ONE);
  const inHome = await folder.write('home/.config/multivisor/multivisor.conf', ONE);
  const env = { MULTIVISOR_CONFIG: other, XDG_CONFIG_HOME: join(folder.path, 'xdg'), HOME: join(folder.path, 'home') };
  const cwd = join(folder.path, 'home');
  const { MULTIVISOR_CONFIG: _, ...without } = env;
  const { XDG_CONFIG_HOME: __, ...onlyHome } = without;
  t.is(findConfig(named, { env, cwd }).path, named);
  t.is(findConfig('named.conf', { env, cwd: folder.path }).path, named);
  t.is(findConfig(null, { env, cwd }).path, other);
  t.is(findConfig(null, { env: without, cwd }).path, inXdg);
  t.is(findConfig(null, { env: onlyHome, cwd }).path, inHome);
  const here = await folder.write('home/multivisor.conf', ONE);
  t.is(findConfig(null, { env: without, cwd }).path, here);
});

test("without a configuration this machine's supervisord is found as supervisorctl finds it", async (t) => {
  const folder = await makeFolder();
  t.teardown(folder.remove);
  await mkdir(join(folder.path, 'etc'));
  const path = await folder.write('etc/supervisord.conf', '[unix_http_server]\nfile = %(here)s/s.sock ; here\n');
  const found = findConfig(null, { env: { HOME: folder.path }, cwd: folder.path });
  t.is(found.path, path);
  t.true(found.local);
  t.is(found.config?.supervisors[0]?.url, `unix://${folder.path}/etc/s.sock`);
});

const CONFS: readonly (readonly [string, string, string | null])[] = [
  ['[supervisorctl]\nserverurl = http://h:9001\nusername = u\npassword = p', 'http://h:9001', 'u:p'],
  ['[supervisorctl]\nserverurl = unix://%(here)s/x.sock', 'unix:///srv/x.sock', null],
  [
    '[supervisorctl]\nserverurl = unix:///a.sock\n[unix_http_server]\nfile=/a.sock\nusername=u\npassword=p%%',
    'unix:///a.sock',
    'u:p%',
  ],
  ['[unix_http_server]\nfile = %(ENV_RUN)s/s.sock', 'unix:///run/s.sock', null],
  ['[unix_http_server]\nfile = s.sock\nusername = u\npassword = {SHA}abc', 'unix:///srv/s.sock', null],
  ['[inet_http_server]\nport = *:9001', 'http://localhost:9001', null],
  ['[inet_http_server]\nport = :9002\nusername=u\npassword=p', 'http://localhost:9002', 'u:p'],
  ['[inet_http_server]\nport = 127.0.0.1:9003', 'http://127.0.0.1:9003', null],
  ['[inet_http_server]\nport = 9004', 'http://localhost:9004', null],
  ['[inet_http_server]\nport = 9004\n[unix_http_server]\nfile=/b.sock', 'unix:///b.sock', null],
];

test('a supervisord.conf tells where it listens', (t) => {
  const context = { file: '/srv/supervisord.conf', cwd: '/srv', env: { RUN: '/run' }, hostName: 'h' };
  for (const [text, url, login] of CONFS) {
    const result = fromSupervisordConf(text, context);
    const supervisor = result.ok ? result.config.supervisors[0] : undefined;
    t.is(supervisor?.url, url, text);
    const credentials = supervisor?.credentials ?? null;
    t.is(credentials && `${credentials.username}:${credentials.password}`, login, text);
  }
  const nothing = fromSupervisordConf('[supervisord]\n', context);
  t.true(!nothing.ok && nothing.message.startsWith('it opens no port and no socket'));
});

test('what cannot be read says why, each in its own words', async (t) => {
  const folder = await makeFolder();
  t.teardown(folder.remove);
  const secret = await folder.write('secret.conf', ONE);
  await chmod(secret, 0);
  const rows: readonly (readonly [string, RegExp])[] = [
    [
      join(folder.path, 'missing.conf'),
      /missing\.conf: there is no such file; correct what stands after -c, or leave it out/,
    ],
    [join(folder.path, 'secret.conf/x'), /there is no such file/],
    [folder.path, /it is a directory; name a file in it/],
    ['/dev/zero', /it is a socket or a device, not a file/],
    [await folder.write('binary.conf', 'a\0b'), /it is not a text file \(a zero byte at offset 1\)/],
  ];
  for (const [path, expected] of rows) {
    const { code, err } = await runMain(['status', '-c', path]);
    t.is(code, 2, path);
    t.regex(err, expected, path);
  }
  if (process.getuid?.() !== 0) t.regex((await runMain(['status', '-c', secret])).err, /may not read it/);
  const fromEnv = await runMain(['status'], { env: { MULTIVISOR_CONFIG: '/nonexistent/x' } });
  t.regex(fromEnv.err, /\/nonexistent\/x \(from MULTIVISOR_CONFIG\): there is no such file; correct it or unset it/);
});

test('with nothing anywhere it says where it looked and what to write', async (t) => {
  const folder = await makeFolder();
  t.teardown(folder.remove);
  const places = ['multivisor.conf', '.config/multivisor/multivisor.conf', 'supervisord.conf', 'etc/supervisord.conf'];
  const run = () => findConfig(null, { env: { HOME: folder.path }, cwd: folder.path });
  // A machine that runs the tests may have a configuration of its own below /etc.
  try {
    const { path } = run();
    t.true(path.startsWith('/etc/'));
  } catch (error) {
    const message = error instanceof Error ? error.message : '';
    for (const place of places) t.true(message.includes(join(folder.path, place)), place);
    t.regex(message, /\[supervisor:web1\]/);
  }
});

test('config check tells everything that is wrong, and ends with 2', async (t) => {
  const folder = await makeFolder();
  t.teardown(folder.remove);
  const bad = await folder.write('bad.conf', '[supervisor:a]\nurl = http://u:hush@h:0\nread_only = maybe\nfoo = 1\n');
  const { code, out } = await runMain(['config', 'check', '-c', bad]);
  t.is(code, 2);
  t.deepEqual(
    out
      .trimEnd()
      .split('\n')
      .map((line) => line.replace(/: (error|warning): .*/u, ' $1')),
    [`${bad}:2 error`, `${bad}:3 error`, `${bad}:4 warning`],
  );
  t.false(out.includes('hush'));
  const good = await folder.write('good.conf', '[supervisor:w{1..3}]\n');
  t.is((await runMain(['config', 'check', '-c', good])).out, `${good}: ok, 3 supervisors\n`);
  const json: unknown = JSON.parse((await runMain(['config', 'check', '--json', '-c', good])).out);
  t.like(json, { file: good, ok: true, local: false, diagnostics: [] });
});

test('a warning goes to stderr and does not stop a command', async (t) => {
  const folder = await makeFolder();
  t.teardown(folder.remove);
  const config = await folder.write('mv.conf', '[supervisor:a]\nurl = http://127.0.0.1:1\nreadonly = yes\n');
  const { code, out, err } = await runMain(['status', '--json', '-c', config]);
  t.is(code, 7);
  t.regex(err, /mv\.conf:3: warning: key "readonly" of \[supervisor:a\] is not known; did you mean "read_only"\?/);
  t.like(JSON.parse(out), { schema: 'multivisor.status/v1' });
});
