import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import type { LinkOptions } from '../../../src/bridge/link/link-options.ts';
import { createSupervisordLink } from '../../../src/bridge/supervisord/supervisord-link.ts';
import type { Observation } from '../../../src/core/observation.ts';
import { eventually } from '../../helpers/deadline.ts';
import type { RunningLink } from '../../helpers/supervisord/run-link.ts';
import { rowsOf, rowsOfInfo, runLink } from '../../helpers/supervisord/run-link.ts';
import type { Supervisord, SupervisordOptions } from '../../helpers/supervisord/supervisord.ts';
import { startSupervisord } from '../../helpers/supervisord/supervisord.ts';

async function setUp(t: ExecutionContext, options: SupervisordOptions, linkOptions: Partial<LinkOptions> = {}) {
  const host = await startSupervisord(options);
  t.teardown(host.stop);
  const run = runLink(createSupervisordLink(host.config(), linkOptions));
  t.teardown(run.stop);
  return { host, run };
}

const WEB = '[program:web]\ncommand=sleep 1000\nstartsecs=0\n';

async function kill(host: Supervisord, name: string): Promise<void> {
  const { pid } = await host.info(name);
  process.kill(pid, 'SIGKILL');
}

/** What was told of a process, as words. */
function story(run: RunningLink, name: string, from = 0): readonly string[] {
  return run.told(name, from).map(({ to, reason }) => (reason ? `${to} ${reason.kind}` : to));
}

const wrongCredentials = [
  { title: 'no password', credentials: null, words: /asks for a username and a password/ },
  { title: 'a wrong password', credentials: { username: 'me', password: 'wrong' }, words: /refused the username/ },
];

for (const listen of ['unix', 'tcp'] as const) {
  for (const { title, credentials, words } of wrongCredentials) {
    test(`${title} over ${listen} is unauthorized, in words that do not hold it`, async (t) => {
      const host = await startSupervisord({
        listen,
        credentials: { username: 'me', password: 'right' },
        programs: WEB,
      });
      t.teardown(host.stop);
      const run = runLink(createSupervisordLink(host.config({ credentials })));
      t.teardown(run.stop);
      const { error } = await run.next('down');
      t.is(error.code, 'unauthorized');
      t.regex(error.message, words);
      t.notRegex(error.message, /wrong$|right/);
    });
  }
}

const withoutLog: readonly { readonly title: string; readonly options: SupervisordOptions; readonly note: RegExp }[] = [
  { title: 'its main log in syslog', options: { logfile: 'syslog' }, note: /syslog/ },
  {
    title: 'its main log thrown away',
    options: { logfile: '/dev/null', settings: 'logfile_maxbytes=0' },
    note: /empty/,
  },
  { title: 'a main log of errors alone', options: { loglevel: 'error' }, note: /loglevel/ },
];

for (const { title, options, note } of withoutLog) {
  test(`with ${title} it polls, says why, and still finds what changes`, async (t) => {
    const { host, run } = await setUp(t, { ...options, programs: WEB });
    await run.next('all');
    const sources = run.seen.items.filter(({ type }) => type === 'source');
    t.like(sources, [{ source: 'poll' }]);
    t.regex((await run.next('source')).note, note);
    await run.seen.until((seen) => (seen.type === 'all' && seen.pollMs <= 2_000 ? seen : undefined), {
      what: 'it polls often',
      ms: 60_000,
    });
    const { pid } = await run.untilState('web:web', 'RUNNING');
    await kill(host, 'web');
    await eventually(
      () => run.rows.get('web:web')?.pid,
      (now) => now !== null && now !== pid,
      { what: 'the new pid' },
    );
  });
}

const isLog = (seen: Observation) => (seen.type === 'source' && seen.source === 'log') || undefined;

test('a main log below level info is found out, and polling takes its place until it speaks', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'mv-'));
  t.teardown(() => rm(dir, { recursive: true, force: true }));
  const logfile = join(dir, 'main.log');
  await writeFile(logfile, "2026-01-31 12:00:00,123 INFO spawned: 'web' with pid 42\n".repeat(30));
  const { host, run } = await setUp(t, { logfile, loglevel: 'error', programs: WEB });
  await run.untilState('web:web', 'RUNNING');
  await run.seen.until(isLog, { what: 'nothing tells at first' });
  await run.next('all', { from: 4 });
  await kill(host, 'web');
  const found = await run.seen.until(
    (observation) => (observation.type === 'source' && observation.source === 'poll' ? observation : undefined),
    { what: 'the silence is noticed', ms: 60_000, from: run.seen.items.findIndex(isLog) },
  );
  t.regex(found.note, /loglevel/);
  const { pid } = await host.info('web');
  t.is(run.rows.get('web:web')?.pid, pid);
});

test('a program that cannot stay up is told from the first try to the last', async (t) => {
  const { host, run } = await setUp(t, {
    programs: '[program:bad]\ncommand=bash -c "exit 3"\nstartretries=1\nautostart=false\n',
  });
  await run.next('all', { from: 4 });
  await host.rpc('supervisor.startProcess', 'bad', false).catch(() => 'it may fail at once');
  await run.untilTold('bad:bad', 'FATAL');
  t.deepEqual(story(run, 'bad:bad'), ['STARTING', 'BACKOFF exit', 'STARTING', 'BACKOFF exit', 'FATAL gave-up']);
  t.like(run.told('bad:bad')[1]?.reason, { kind: 'exit', status: 3, expected: false });
  await run.untilState('bad:bad', 'FATAL');
});

test('a program that cannot be spawned is told with the reason', async (t) => {
  const { host, run } = await setUp(t, {
    programs: '[program:none]\ncommand=/bin/sleep 1\nstartretries=1\nautostart=false\ndirectory=/\n',
  });
  await run.next('all', { from: 4 });
  await host.setPrograms('[program:none]\ncommand=/nonexistent/command\nstartretries=1\n');
  await host.rpc('supervisor.reloadConfig');
  await host.rpc('supervisor.removeProcessGroup', 'none');
  await host.rpc('supervisor.addProcessGroup', 'none');
  await run.untilTold('none:none', 'FATAL');
  t.deepEqual(story(run, 'none:none'), ['BACKOFF spawn-error', 'FATAL gave-up']);
  t.regex(JSON.stringify(run.told('none:none')[0]?.reason), /can't find command '\/nonexistent\/command'/);
  t.regex((await run.untilState('none:none', 'FATAL')).spawnError, /can't find command/);
});

const TWINS =
  '[program:one]\nprocess_name=twin_%(process_num)d\nnumprocs=2\ncommand=sleep 1000\nstartsecs=0\n[group:left]\nprograms=one\n' +
  '[program:two]\nprocess_name=twin_%(process_num)d\nnumprocs=2\ncommand=sleep 1000\nstartsecs=0\n[group:right]\nprograms=two\n';

test('of processes with the same name in two groups, the one that died is told', async (t) => {
  const { host, run } = await setUp(t, { programs: TWINS });
  await run.untilState('right:twin_1', 'RUNNING');
  await run.next('all', { from: 4 });
  const from = run.seen.items.length;
  await kill(host, 'right:twin_1');
  await run.untilTold('right:twin_1', 'RUNNING', { from });
  t.deepEqual(story(run, 'right:twin_1', from), ['EXITED signal', 'STARTING', 'RUNNING']);
  for (const other of ['left:twin_0', 'left:twin_1', 'right:twin_0']) t.deepEqual(story(run, other, from), [], other);
});

test('names and commands may hold any character', async (t) => {
  const { host, run } = await setUp(t, {
    programs: '[program:wörker-漢😀&<x>]\ncommand=sleep 1000\nstartsecs=0\n',
  });
  const key = 'wörker-漢😀&<x>:wörker-漢😀&<x>';
  await run.untilState(key, 'RUNNING');
  await run.next('all', { from: 4 });
  const from = run.seen.items.length;
  const result = await run.link.call({ op: 'stop', target: key }, { signal: new AbortController().signal });
  t.deepEqual(result, { ok: true, unchanged: false });
  await run.untilTold(key, 'STOPPED', { from });
  await run.untilState(key, 'STOPPED');
  t.deepEqual(rowsOf(run.rows), rowsOfInfo(await host.readAll()));
});

test('a supervisord that answers nothing any more is down within 5 s, and up again when it does', async (t) => {
  const { host, run } = await setUp(t, { listen: 'tcp', programs: WEB });
  await run.untilState('web:web', 'RUNNING');
  const from = run.seen.items.length;
  host.signal('SIGSTOP');
  const begun = performance.now();
  const { error } = await run.next('down', { from, ms: 60_000 });
  t.is(error.code, 'timeout');
  t.true(performance.now() - begun < 5_200);
  const then = run.seen.items.length;
  host.signal('SIGCONT');
  await run.next('all', { from: then });
});

const disturbances: readonly { readonly title: string; readonly disturb: (host: Supervisord) => Promise<unknown> }[] = [
  { title: 'cleared', disturb: (host) => host.rpc('supervisor.clearLog') },
  { title: 'truncated in place', disturb: (host) => truncate(host.logPath, 0) },
];

for (const { title, disturb } of disturbances) {
  test(`a main log that is ${title} goes on telling`, async (t) => {
    const { host, run } = await setUp(t, { programs: WEB });
    await run.untilState('web:web', 'RUNNING');
    await run.next('all', { from: 4 });
    await disturb(host);
    const from = run.seen.items.length;
    await kill(host, 'web');
    await run.untilTold('web:web', 'RUNNING', { from });
    await run.untilState('web:web', 'RUNNING');
    const then = run.seen.items.length;
    await kill(host, 'web');
    await run.untilTold('web:web', 'RUNNING', { from: then });
    t.deepEqual(story(run, 'web:web', then), ['EXITED signal', 'STARTING', 'RUNNING']);
    t.false(run.seen.items.slice(from).some(({ type }) => type === 'down'));
  });
}

test('a main log that is rotated all the time loses no row', async (t) => {
  const { host, run } = await setUp(t, { programs: WEB, settings: 'logfile_maxbytes=300\nlogfile_backups=2' });
  await run.untilState('web:web', 'RUNNING');
  for (let round = 0; round < 5; round += 1) {
    const { pid } = await host.info('web');
    await kill(host, 'web');
    await eventually(
      () => run.rows.get('web:web')?.pid,
      (now) => now !== null && now !== pid,
      { what: 'the row has a new pid' },
    );
  }
  await run.untilState('web:web', 'RUNNING');
  t.deepEqual(rowsOf(run.rows), rowsOfInfo(await host.readAll()));
});

test('old lines are no news: neither at the start nor after a reload', async (t) => {
  const { host, run } = await setUp(t, { programs: WEB });
  await run.next('all', { from: 4 });
  await run.untilState('web:web', 'RUNNING');
  t.deepEqual(story(run, 'web:web'), [], 'it was started before we came');
  await host.rpc('supervisor.restart');
  await run.untilTold('web:web', 'RUNNING');
  // supervisord says that it is stopping only when it is not down within one turn of its loop.
  const told = story(run, 'web:web').filter((to) => to !== 'STOPPING');
  t.deepEqual(told, ['STOPPED', 'STARTING', 'RUNNING']);
});

test('after 200 programs restart at once, every row is right within 3 s of the last change', async (t) => {
  const many =
    '[program:many]\nprocess_name=%(program_name)s_%(process_num)03d\nnumprocs=200\ncommand=sleep 1000\nstartsecs=1\n';
  const { host, run } = await setUp(t, { programs: many });
  const running = () => Array.from(run.rows.values()).filter(({ state }) => state === 'RUNNING').length;
  await eventually(running, (count) => count === 200, { what: 'all run', ms: 60_000 });
  await host.rpc('supervisor.stopProcessGroup', 'many', false);
  await host.rpc('supervisor.startProcessGroup', 'many', true);
  await eventually(
    async () => (await host.readAll()).every(({ statename }) => statename === 'RUNNING'),
    (all) => all,
    { what: 'supervisord has started all', ms: 60_000, everyMs: 100 },
  );
  const truth = rowsOfInfo(await host.readAll());
  await eventually(
    () => JSON.stringify(rowsOf(run.rows)),
    (rows) => rows === JSON.stringify(truth),
    { what: 'all rows are right', ms: 3_000 },
  );
  t.pass();
});

test('nobody watches: it polls less and tells the same', async (t) => {
  const { host, run } = await setUp(t, { programs: WEB });
  run.link.attend(false);
  await run.next('all', { from: 4 });
  const from = run.seen.items.length;
  await kill(host, 'web');
  await run.untilTold('web:web', 'RUNNING', { from });
  t.deepEqual(story(run, 'web:web', from), ['EXITED signal', 'STARTING', 'RUNNING']);
  const then = run.seen.items.length;
  run.link.attend(true);
  await run.next('all', { from: then, ms: 1_000 });
});
