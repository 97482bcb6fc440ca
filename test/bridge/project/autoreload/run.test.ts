// The watcher, on a real Django project: rows 27 to 33 and 37 of the parity table.
import { readFileSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { eventually } from '../../../helpers/deadline.ts';
import { testWithDjango } from '../../../helpers/project/django.ts';
import type { TestProject } from '../../../helpers/project/project.ts';
import { testUnless } from '../../../helpers/peers.ts';
import { openProject } from '../../../helpers/project/project.ts';
import type { InotifyLimit } from '../../../helpers/server/restricted.ts';
import { withInotifyLimit } from '../../../helpers/server/restricted.ts';

const testDjango = testWithDjango();

/** Starts it, and waits until the watcher knows every file. */
async function start(project: TestProject, ...options: readonly string[]): Promise<void> {
  await project.mv('-d', ...options);
  await project.untilState('RUNNING', 'web', 'worker', 'autoreload');
  await untilSaid(project, 'autoreload: watching');
}

/** All that the watcher has said by then. */
function untilSaid(project: TestProject, words: string): Promise<string> {
  return eventually(
    async () => (await project.mv('tail', 'autoreload')).out,
    (out) => out.includes(words),
    { what: `the watcher says "${words}"`, ms: 60_000 },
  );
}

const restarts = async (project: TestProject) =>
  (await project.mv('tail', '-100000', 'autoreload')).out.split('\n').filter((line) => line.endsWith(' changed'))
    .length;

testDjango(
  'parity 27, 28, 37: a save, an atomic save, a deletion restart what is to be restarted, and nothing else',
  async (t) => {
    const project = await openProject(t, 'django', { env: { PYTHONUNBUFFERED: '1' } });
    const config = await project.read('supervisord.conf');
    const still =
      '\n[program:still]\ncommand=sleep 1000\nautoreload=false\n[program:many]\ncommand=sleep 1000\nnumprocs=2\nprocess_name=%(process_num)d\n[group:g]\nprograms=many\n';
    await project.write('supervisord.conf', config + still);
    await start(project);
    const names = ['web', 'worker', 'g:0', 'g:1'];
    let pids = await Promise.all(names.map(project.pid));
    const [kept, watcher] = [await project.pid('still'), await project.pid('autoreload')];
    const view = join(project.dir, 'shop/views.py');
    const edits: readonly (() => Promise<void>)[] = [
      async () => project.write('shop/views.py', `${await project.read('shop/views.py')}\n`),
      async () => {
        await project.write('shop/.views.tmp', `${await project.read('shop/views.py')}\n`);
        await rename(join(project.dir, 'shop/.views.tmp'), view);
      },
      () => project.write('shop/fresh/new.py', 'x = 1\n'),
      () => rm(join(project.dir, 'shop/fresh/new.py')),
    ];
    for (const edit of edits) {
      await edit();
      pids = await Promise.all(names.map((name, index) => project.newPid(name, pids[index] ?? 0)));
    }
    await project.untilState('RUNNING', ...names);
    t.is(await project.pid('still'), kept);
    t.is(await project.pid('autoreload'), watcher);
    t.deepEqual(
      project.alive().filter((pid) => readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')),
      [],
    );
  },
);

testDjango(
  'parity 29, 30: --autoreload restarts only what it names, also without DEBUG; --noreload nothing',
  async (t) => {
    const project = await openProject(t, 'django');
    await start(project, '--settings=mysite.prod', '--autoreload=worker');
    const [web, worker] = [await project.pid('web'), await project.pid('worker')];
    await project.write('shop/more.py', 'x = 1\n');
    await project.newPid('worker', worker);
    t.is(await project.pid('web'), web);
    await project.mv('shutdown');
    await project.mv('-d', '--noreload');
    t.like(await project.mv('status', 'autoreload'), { code: 4 });
    await project.mv('shutdown');
    const config = await project.read('supervisord.conf');
    await project.write('supervisord.conf', `${config}\n[program:autoreload]\nexclude=true\n`);
    await project.mv('-d');
    t.like(await project.mv('status', 'autoreload'), { code: 4 });
  },
);

testDjango('parity 31: the settings say which files matter, and so may a program', async (t) => {
  const project = await openProject(t, 'django');
  const settings = await project.read('mysite/settings.py');
  await project.write(
    'mysite/settings.py',
    `${settings}SUPERVISOR_AUTORELOAD_PATTERNS = ["*.py", "*.html"]\nSUPERVISOR_AUTORELOAD_IGNORE_PATTERNS = ["skip*"]\n`,
  );
  const config = await project.read('supervisord.conf');
  await project.write(
    'supervisord.conf',
    config.replace('[program:worker]', '[program:worker]\nautoreload_patterns=*.toml'),
  );
  await start(project);
  const [web, worker] = [await project.pid('web'), await project.pid('worker')];
  await project.write('skipped.py', '');
  await project.write('x.txt', '');
  await project.write('page.html', '');
  await project.newPid('web', web);
  t.is(await project.pid('worker'), worker);
  t.is(await restarts(project), 1);
  const next = await project.pid('web');
  await project.write('conf.toml', '');
  await project.newPid('worker', worker);
  t.is(await project.pid('web'), next);
});

testDjango('parity 32: a burst of saves is at most two restarts', async (t) => {
  const project = await openProject(t, 'django');
  await start(project);
  const worker = await project.pid('worker');
  await Promise.all(Array.from({ length: 20 }, (_, index) => project.write(`shop/burst${index}.py`, 'x = 1\n')));
  await project.newPid('worker', worker);
  await project.untilState('RUNNING', 'web', 'worker');
  const count = await restarts(project);
  t.true(count === 1 || count === 2, String(count));
});

testDjango('parity 33: --poll sees a save without a watch of the system', async (t) => {
  const project = await openProject(t, 'django');
  await start(project, '--poll');
  t.true((await project.mv('tail', 'autoreload')).out.includes('by polling'));
  const worker = await project.pid('worker');
  await project.write('shop/views.py', `${await project.read('shop/views.py')}\n`);
  await project.newPid('worker', worker);
});

testDjango(
  'parity 37: while the code is broken all answers, and its repair brings everything back by itself',
  async (t) => {
    const project = await openProject(t, 'django');
    const config = await project.read('supervisord.conf');
    await project.write(
      'supervisord.conf',
      config.replace('stopwaitsecs=5', 'stopwaitsecs=5\nstartretries=1\nstartsecs=4'),
    );
    await start(project);
    const settings = await project.read('mysite/settings.py');
    const worker = await project.pid('worker');
    await project.write('mysite/settings.py', `${settings}\ndef broken(:\n`);
    await project.untilState('FATAL', 'web', 'worker');
    t.is((await project.mv('status')).code, 3);
    t.is((await project.mv('status', 'autoreload')).code, 0);
    t.regex((await project.mv('reread')).out, /^ERROR: mysite\/settings\.py:\d+: SyntaxError/u);
    await project.write('mysite/settings.py', `${settings}SUPERVISOR_NEW = 1\n`);
    await project.newPid('worker', worker);
    await project.untilState('RUNNING', 'web', 'worker');
    await project.write('shop/models.py', 'raise RuntimeError("broken")\n');
    await project.untilState('FATAL', 'web', 'worker');
    t.is((await project.mv('status')).code, 3);
    t.is((await project.mv('reread')).code, 0);
    await project.write('shop/models.py', '');
    await project.untilState('RUNNING', 'web', 'worker');
  },
);

testDjango('autoreload_action sends a signal instead', async (t) => {
  const project = await openProject(t, 'django');
  const program = `[program:hup]\ncommand={{ PYTHON }} -u -c "import signal, time; signal.signal(signal.SIGHUP, lambda *_: print('again')); [time.sleep(0.2) for _ in iter(int, 1)]"\nautoreload_action=signal:HUP\n`;
  await project.write('supervisord.conf', `${await project.read('supervisord.conf')}\n${program}`);
  await start(project);
  const [pid, worker] = [await project.pid('hup'), await project.pid('worker')];
  await project.write('shop/x.py', '');
  await project.newPid('worker', worker);
  await eventually(
    async () => (await project.mv('tail', 'hup')).out,
    (out) => out.includes('again'),
    { what: 'the signal' },
  );
  t.is(await project.pid('hup'), pid);
});

/** On a busy machine Django takes a while to find the error: to have run for that long is no success yet. */
const PATIENT = 'startretries=100\nstartsecs=8';

testDjango('an error that is mended while its programs are still being retried', async (t) => {
  const project = await openProject(t, 'django');
  const config = await project.read('supervisord.conf');
  await project.write('supervisord.conf', config.replace('stopwaitsecs=5', `stopwaitsecs=5\n${PATIENT}`));
  await start(project);
  const view = await project.read('shop/models.py');
  await project.write('shop/models.py', 'def broken(:\n');
  await project.untilState('BACKOFF', 'web', 'worker');
  await project.write('shop/models.py', view);
  await project.untilState('RUNNING', 'web', 'worker');
  t.is((await project.mv('status')).code, 0);
});

const SCARCE: readonly (readonly [what: string, limit: InotifyLimit, count: number])[] = [
  ['no inotify instance', 'max_inotify_instances', 0],
  ['no inotify watch', 'max_inotify_watches', 0],
];

for (const [what, limit, count] of SCARCE) {
  const { words, reason } = withInotifyLimit(limit, count);

  testUnless(reason, test)(`${what}: it says so, and polls`, async (t) => {
    const project = await openProject(t, 'node');
    t.is(await project.spawnUnder(words, '-d').exit, 0);
    await project.untilState('RUNNING', 'web', 'mail', 'images', 'autoreload');
    const said = await untilSaid(project, 'autoreload: watching');
    t.regex(said, new RegExp(`${limit.replace('inotify', 'user')}.*: looking at every file twice a second`, 'u'));
    const web = await project.pid('web');
    await project.write('server.js', `${await project.read('server.js')}\n`);
    await project.newPid('web', web);
  });
}

const ENOUGH = withInotifyLimit('max_inotify_watches', 20);

testUnless(ENOUGH.reason, test)('watches that run out while it watches: it polls from then on', async (t) => {
  const project = await openProject(t, 'node');
  t.is(await project.spawnUnder(ENOUGH.words, '-d').exit, 0);
  await project.untilState('RUNNING', 'web', 'mail', 'images', 'autoreload');
  t.false((await untilSaid(project, 'autoreload: watching')).includes('twice a second'));
  const web = await project.pid('web');
  for (let i = 0; i < 50; i++) await project.write(`more/dir${i}/x.js`, '');
  await untilSaid(project, 'twice a second');
  const then = await project.newPid('web', web);
  await project.write('more/dir49/x.js', '//');
  await project.newPid('web', then);
});
