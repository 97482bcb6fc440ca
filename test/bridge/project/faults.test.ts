// What goes wrong around a project ends in the right state or in words that say what to do, and leaves nothing behind.
import { readFileSync, readdirSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { eventually } from '../../helpers/deadline.ts';
import { testWithDjango } from '../../helpers/project/django.ts';
import { portOpens } from '../../helpers/free-port.ts';
import { openTerminal } from '../../helpers/terminal/terminal.ts';
import { testUnless, testWith } from '../../helpers/peers.ts';
import { openProject } from '../../helpers/project/project.ts';
import { withPermissions } from '../../helpers/server/restricted.ts';
import { isDirectory } from '../../../src/bridge/project/project-files.ts';
import { toRunDirectory } from '../../../src/bridge/project/run-directory/paths.ts';

const testDjango = testWithDjango();
const PERMITTED = withPermissions();
const testReadOnly = testDjango === test ? testUnless(PERMITTED.reason, test) : testDjango;
const BUNDLE = new URL('../../../dist/multivisor.js', import.meta.url).pathname;

const setModes = async (paths: readonly string[], mode: number) => {
  for (const path of paths) await chmod(path, mode);
};

const listFiles = (dir: string) => readdirSync(dir, { recursive: true, encoding: 'utf8' }).toSorted();

test('elsewhere than on Linux a start says so, and starts nothing', async (t) => {
  const mac = 'Object.defineProperty(process, "platform", { value: "darwin" })';
  const project = await openProject(t, 'node', {
    env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(mac)}` },
  });
  const started = project.spawn('-d');
  t.is(await started.exit, 1);
  t.regex(started.output(), /on Linux only.*darwin/u);
  t.deepEqual(project.alive(), []);
});

test('two starts at once are one supervisord', async (t) => {
  const project = await openProject(t, 'node');
  const both = [project.spawn('-d'), project.spawn('-d')];
  t.deepEqual(await Promise.all(both.map(({ exit }) => exit)), [0, 0]);
  const words = both.map(({ output }) => output()).join('');
  t.is(words.match(/it runs already, with pid \d+/gu)?.length, 1, words);
  await project.untilState('RUNNING', 'web', 'mail', 'images', 'autoreload');
  // One daemon, its three programs and its watcher.
  t.is(project.alive().length, 5);
});

test('supervisord killed under a foreground start: its programs are stopped, and the words say so', async (t) => {
  const project = await openProject(t, 'node');
  const started = project.spawn();
  await project.untilState('RUNNING', 'web', 'mail', 'images', 'autoreload');
  process.kill(Number((await project.mv('pid')).out), 'SIGKILL');
  t.is(await started.exit, 128 + constants.signals.SIGKILL);
  t.regex(started.output(), /supervisord was ended by SIGKILL; \d processes that it left behind were stopped/u);
  t.deepEqual(project.alive(), []);
});

test('a daemon that was killed: status says what it left, and the next start clears it away', async (t) => {
  const project = await openProject(t, 'node');
  await project.mv('-d');
  await project.untilState('RUNNING', 'web', 'mail', 'images', 'autoreload');
  const [web, watcher] = [await project.pid('web'), await project.pid('autoreload')];
  process.kill(Number((await project.mv('pid')).out), 'SIGKILL');
  await eventually(project.alive, (pids) => !pids.includes(watcher), {
    what: 'the watcher ends by itself',
    ms: 30_000,
  });
  const status = await project.mv('status');
  t.is(status.code, 4);
  t.regex(status.err, /supervisord is gone, but \d of its processes still run/u);
  t.true(project.alive().includes(web));
  const again = await project.mv('-d');
  t.is(again.code, 0);
  t.regex(again.err, /stopped \d processes that an earlier supervisord had left behind/u);
  t.false(project.alive().includes(web));
  t.is((await project.mv('status', 'web')).code, 0);
});

test('whoever started it is killed: it goes on, and is found again', async (t) => {
  const project = await openProject(t, 'node');
  const started = project.spawn();
  await project.untilState('RUNNING', 'web', 'mail', 'images', 'autoreload');
  const pid = (await project.mv('pid')).out;
  started.child.kill('SIGKILL');
  await started.exit;
  t.is((await project.mv('status')).code, 0);
  const again = await project.mv();
  t.is(again.code, 0);
  t.true(again.err.includes(`pid ${pid.trim()}`));
});

test('a watcher that was killed comes again, and watches', async (t) => {
  const project = await openProject(t, 'node');
  await project.mv('-d');
  await project.untilState('RUNNING', 'web', 'autoreload');
  const watcher = await project.pid('autoreload');
  process.kill(watcher, 'SIGKILL');
  await project.newPid('autoreload', watcher);
  await eventually(
    async () => (await project.mv('tail', 'autoreload')).out.match(/watching/gu)?.length ?? 0,
    (times) => times === 2,
    { what: 'it watches again', ms: 30_000 },
  );
  const web = await project.pid('web');
  await project.write('server.js', `${await project.read('server.js')}\n`);
  t.not(await project.newPid('web', web), web);
});

testDjango('a path with spaces, a comment mark, percent signs and letters of other languages', async (t) => {
  const project = await openProject(t, 'django', { name: `mein %(x)s ;Übung #2` });
  // Words of a command are the author's to quote.
  const config = await project.read('supervisord.conf');
  await project.write('supervisord.conf', config.replaceAll('{{ PROJECT_DIR }}/', ''));
  const started = await project.mv('-d');
  t.is(started.code, 0, started.err);
  await project.untilState('RUNNING', 'web', 'worker', 'autoreload');
  await eventually(
    async () => (await project.mv('tail', 'autoreload')).out,
    (out) => out.includes('Übung'),
    {
      what: 'the watcher watches',
      ms: 30_000,
    },
  );
  const worker = await project.pid('worker');
  await project.write('shop/views.py', `${await project.read('shop/views.py')}\n`);
  await project.newPid('worker', worker);
});

testReadOnly('a project directory that may not be written to: nothing is, and all goes well', async (t) => {
  const project = await openProject(t, 'django', { env: { PYTHONDONTWRITEBYTECODE: '1' } });
  const before = listFiles(project.dir);
  const folders = ['', ...listFiles(project.dir)].map((name) => join(project.dir, name)).filter(isDirectory);
  t.teardown(() => setModes(folders, 0o755));
  await setModes(folders, 0o555);
  const refused = project.spawnUnder([...PERMITTED.words, 'sh', '-c', 'echo > x || exit 9']);
  t.is(await refused.exit, 9, 'or it would prove nothing');
  const mv = async (...args: readonly string[]) => {
    const { exit, output } = project.spawnUnder(PERMITTED.words, ...args);
    return { code: await exit, output: output() };
  };
  t.like(await mv('-d'), { code: 0 });
  await project.untilState('RUNNING', 'web', 'worker', 'autoreload');
  t.like(await mv('update'), { code: 0 });
  t.like(await mv('shutdown'), { code: 0 });
  t.deepEqual(listFiles(project.dir), before);
  t.deepEqual(project.alive(), []);
});

const LEFT_BY_A_CRASH: readonly (readonly [name: string, text: string])[] = [
  ['state.json', '{"projectDir":"/x","opt'],
  ['plan.json', ''],
  ['password.json', '"short"'],
  ['supervisord.conf', '[supervisord'],
  ['s.sock', 'no socket any more'],
  ['state.json.99.aabb', 'half'],
];

test('whatever a crash left in the run directory, the next start starts', async (t) => {
  const project = await openProject(t, 'node');
  const { dir } = toRunDirectory(project.dir, project.env);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  for (const [name, text] of LEFT_BY_A_CRASH) await writeFile(join(dir, name), text);
  t.is((await project.mv('status')).code, 4);
  const { code, err } = await project.mv('-d');
  t.is(code, 0, err);
  await project.untilState('RUNNING', 'web', 'mail', 'images', 'autoreload');
  t.is((await project.mv('shutdown')).code, 0);
  t.deepEqual(project.alive(), []);
});

const BAD_SETTINGS: readonly (readonly [what: string, settings: string, words: RegExp])[] = [
  ['raise', 'raise ValueError("no key")', /mysite\/settings\.py:1: ValueError: no key/u],
  ['exit', 'print("bye")\nraise SystemExit(0)', /mysite\/settings\.py:2: SystemExit/u],
  ['do not end', 'import subprocess, time\nsubprocess.Popen(["sleep", "600"])\ntime.sleep(600)', /more than \d+ s/u],
];

for (const [what, settings, words] of BAD_SETTINGS) {
  testDjango(`settings that ${what}: a start says where and starts nothing; what runs goes on`, async (t) => {
    const project = await openProject(t, 'django');
    const good = await project.read('mysite/settings.py');
    await project.write('mysite/settings.py', settings);
    const refused = await project.mv('-d');
    t.is(refused.code, 2);
    t.regex(refused.err, words);
    t.deepEqual(project.alive(), []);
    await project.write('mysite/settings.py', `print("noise")\n${good}`);
    t.is((await project.mv('-d', '--noreload')).code, 0);
    await project.untilState('RUNNING', 'web', 'worker');
    // Until then they may still be about to read the settings.
    await portOpens(project.port);
    await eventually(
      async () => (await project.mv('tail', 'worker')).out,
      (out) => /job \d+/u.test(out),
      { what: 'the worker works', ms: 60_000 },
    );
    const [worker, count] = [await project.pid('worker'), project.alive().length];
    await project.write('mysite/settings.py', settings);
    t.is((await project.mv('status')).code, 0);
    const reread = await project.mv('reread');
    t.is(reread.code, 1);
    t.regex(reread.out, words);
    t.is(await project.pid('worker'), worker);
    t.is(project.alive().length, count);
  });
}

test('what supervisord itself refuses is said in its words', async (t) => {
  const project = await openProject(t, 'node');
  await project.write('supervisord.conf', '[program:a]\ncommand=x\nstartsecs=soon\n');
  const { code, err } = await project.mv('-d');
  t.is(code, 2);
  t.regex(err, /supervisord ended instead of starting:\n.*startsecs|invalid.*soon/su);
});

test('a program that cannot start is named at the start', async (t) => {
  const project = await openProject(t, 'node');
  await project.write('supervisord.conf', '[program:a]\ncommand=false\nstartretries=0\n');
  t.regex((await project.mv('-d', '--noreload')).err, /a is (FATAL|BACKOFF); see "multivisor project tail a"/u);
});

testWith('tmux', test)('the full-screen view of a project: rows at once; killed, the project goes on', async (t) => {
  const project = await openProject(t, 'node');
  const env = Object.fromEntries(
    ['XDG_RUNTIME_DIR', 'PORT', 'MULTIVISOR_TEST', 'PATH'].map((name) => [name, project.env[name] ?? '']),
  );
  const command = `${process.execPath} ${BUNDLE} project tui`;
  const terminal = await openTerminal({
    command,
    cwd: project.dir,
    env: { ...env, XDG_STATE_HOME: `${project.dir}/.state` },
  });
  try {
    await terminal.until((screen) => /RUNNING +mail/u.test(screen), { what: 'the rows', ms: 60_000 });
    const shell = await terminal.ask('pane_pid');
    process.kill(Number(readFileSync(`/proc/${shell}/task/${shell}/children`, 'utf8').trim()), 'SIGKILL');
    await terminal.until((screen) => screen.includes('exit 137'), { what: 'its end' });
    t.is((await project.mv('status')).code, 0);
  } finally {
    await terminal.close();
  }
});
