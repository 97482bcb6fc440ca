// What the original multivisor was seen to fail at, one test for each: none of it may be true of us.
import test from 'ava';
import * as v from 'valibot';
import { parseConfig } from '../../src/core/config/parse-config.ts';
import { makeFolder, startChild } from '../cli/run-main.ts';
import { eventually } from '../helpers/deadline.ts';
import { readEvents } from '../helpers/server/event-source.ts';
import { FORM, login, raw } from '../helpers/server/http.ts';
import { openServed } from '../helpers/server/served-world.ts';
import { serveSupervisords } from '../helpers/server/served-supervisords.ts';
import { accounts, user } from '../helpers/server/server.ts';
import { startSupervisord } from '../helpers/supervisord/supervisord.ts';

const LIMIT_MS = 60_000;
const sleeper = (name: string) => `[program:${name}]\ncommand=sleep 1000\nstartsecs=0\n`;
const stubborn = (seconds: number) =>
  `[program:stubborn]\ncommand=sh -c 'trap "" TERM; while :; do sleep 0.1; done'\nstartsecs=0\nstopwaitsecs=${seconds}\n`;

const processSchema = v.object({ statename: v.string(), pid: v.number(), description: v.string() });
const supervisorSchema = v.object({ running: v.boolean(), pid: v.number() });
const dataSchema = v.object({
  supervisors: v.record(v.string(), v.object({ running: v.boolean(), processes: v.record(v.string(), processSchema) })),
});
const outcomesSchema = v.object({ outcomes: v.array(v.object({ target: v.string(), code: v.string() })) });
const eventSchema = v.object({ event: v.string(), payload: v.record(v.string(), v.unknown()) });

test('1. not stale for ever after a burst', async (t) => {
  const programs = `[program:p]\ncommand=sleep 1000\nprocess_name=p%(process_num)03d\nnumprocs=100\nstartsecs=0\n`;
  const { host, server, untilState } = await serveSupervisords(t, { a: programs });
  await untilState('a:p:p099', 'RUNNING');
  await host('a').rpc('supervisor.stopProcessGroup', 'p', false);
  await host('a').rpc('supervisor.startProcessGroup', 'p', false);
  const truth = await eventually(
    () => host('a').readAll(),
    (all) => all.every(({ statename }) => statename === 'RUNNING'),
    { what: 'all run again', ms: LIMIT_MS },
  );
  const wanted = Object.fromEntries(truth.map(({ name, pid }) => [`a:p:${name}`, pid]));
  await eventually(
    async () => {
      const data = v.parse(dataSchema, await (await server.fetch('/api/data')).json());
      const rows = Object.entries(data.supervisors['a']?.processes ?? {});
      return rows.filter(([uid, row]) => row.statename !== 'RUNNING' || row.pid !== wanted[uid]).length;
    },
    (wrong) => wrong === 0,
    { what: 'every row is right', ms: LIMIT_MS },
  );
  t.is(truth.length, 100);
});

test('2. a crash shows as EXITED, not as RUNNING → STARTING', async (t) => {
  const { host, session, untilState } = await serveSupervisords(t, { a: sleeper('web') });
  await untilState('a:web:web', 'RUNNING');
  process.kill((await host('a').info('web')).pid, 'SIGKILL');
  const crash = await eventually(
    () => session.timeline().find(({ to }) => to === 'EXITED'),
    (found) => found !== undefined,
    { what: 'EXITED is told', ms: LIMIT_MS },
  );
  t.like(crash, { from: 'RUNNING', to: 'EXITED', reason: { kind: 'signal', signal: 'SIGKILL' } });
});

test('3. a log tail sends each line once', async (t) => {
  const counter = `[program:count]\ncommand=sh -c 'i=0; while :; do i=$((i+1)); echo line $i; sleep 0.1; done'\nstartsecs=0\n`;
  const { server, untilState } = await serveSupervisords(t, { a: counter });
  await untilState('a:count:count', 'RUNNING');
  const events = readEvents(t, await server.fetch('/api/process/log/out/tail/a:count:count'));
  const text = () => events.items.map(({ data }) => v.parse(v.object({ message: v.string() }), data).message).join('');
  const told = await eventually(text, (all) => /line 40\n/.test(all), { what: '40 lines', ms: LIMIT_MS });
  const numbers = Array.from(told.matchAll(/line (\d+)\n/gu), ([, number]) => Number(number));
  t.deepEqual(
    numbers,
    numbers.map((_, index) => (numbers[0] ?? 0) + index),
  );
});

test('4. a stop that takes for ever wedges nothing, and is no OK', async (t) => {
  const { host, server, post, untilState } = await serveSupervisords(t, { a: stubborn(1_000) + sleeper('web') });
  await untilState('a:stubborn:stubborn', 'RUNNING');
  const { pid } = await host('a').info('stubborn');
  const stop = await server.fetch('/api/v1/commands', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ action: 'stop', targets: ['a:stubborn:stubborn'], wait: true, timeoutMs: 1_000 }),
  });
  t.is(stop.status, 504);
  t.is((await post('/api/process/restart', { uid: 'a:web:web' })).status, 200, 'calls go on');
  process.kill((await host('a').info('web')).pid, 'SIGKILL');
  await eventually(
    async () => (await host('a').info('web')).statename,
    (state) => state === 'RUNNING',
    { what: 'it runs again', ms: LIMIT_MS },
  );
  t.true(v.parse(supervisorSchema, await (await server.fetch('/api/supervisor/info/a')).json()).running);
  process.kill(pid, 'SIGKILL');
  await untilState('a:stubborn:stubborn', 'STOPPED');
});

test('5. a slow stop delays no other call and no event of its supervisor', async (t) => {
  const programs = stubborn(1_000) + sleeper('web') + sleeper('other');
  const { host, post, session, untilState } = await serveSupervisords(t, { a: programs });
  await untilState('a:stubborn:stubborn', 'RUNNING');
  const { pid } = await host('a').info('stubborn');
  let over = false;
  const slow = post('/api/process/stop', { uid: 'a:stubborn:stubborn' }).finally(() => (over = true));
  await untilState('a:stubborn:stubborn', 'STOPPING');
  t.is((await post('/api/process/restart', { uid: 'a:web:web' })).status, 200);
  process.kill((await host('a').info('other')).pid, 'SIGKILL');
  await eventually(
    () => session.timeline().some(({ uid, to }) => uid === 'a:other:other' && to === 'EXITED'),
    (told) => told,
    { what: 'the event is told', ms: LIMIT_MS },
  );
  t.false(over, 'all of that while the stop was under way');
  process.kill(pid, 'SIGKILL');
  t.is((await slow).status, 200);
});

test('6. kill -9 of supervisord is noticed although its programs live on, and it is seen again afterwards', async (t) => {
  const { host, server, untilState } = await serveSupervisords(t, { a: sleeper('web') });
  await untilState('a:web:web', 'RUNNING');
  const orphan = (await host('a').info('web')).pid;
  const running = async () =>
    v.parse(dataSchema, await (await server.fetch('/api/data')).json()).supervisors['a']?.running;
  host('a').signal('SIGKILL');
  await eventually(running, (is) => is === false, { what: 'it is down', ms: LIMIT_MS });
  process.kill(orphan, 'SIGKILL');
  await host('a').start();
  await eventually(running, (is) => is === true, { what: 'it is up again', ms: LIMIT_MS });
  await eventually(
    async () => v.parse(processSchema, await (await server.fetch('/api/process/info/a:web:web')).json()).pid,
    (pid) => pid > 0 && pid !== orphan,
    { what: 'its programs are its own', ms: LIMIT_MS },
  );
  t.pass();
});

test('7. one that hangs blocks nobody, is down, and what could not be done is no OK', async (t) => {
  const { host, server, post, untilState } = await serveSupervisords(t, { a: sleeper('web'), b: sleeper('web') });
  await untilState('a:web:web', 'RUNNING');
  await untilState('b:web:web', 'RUNNING');
  host('b').signal('SIGSTOP');
  const data = await eventually(
    async () => v.parse(dataSchema, await (await server.fetch('/api/refresh')).json()),
    ({ supervisors }) => supervisors['b']?.running === false,
    { what: 'the one that hangs is down', ms: LIMIT_MS },
  );
  t.true(data.supervisors['a']?.running);
  const mixed = await post('/api/process/restart', { uid: 'a:web:web,b:web:web' });
  t.not(mixed.status, 200);
  const { outcomes } = v.parse(outcomesSchema, await mixed.json());
  t.deepEqual(
    outcomes.map(({ target, code }) => [target, code]),
    [
      ['a:web:web', 'ok'],
      ['b:web:web', 'unreachable'],
    ],
  );
  host('b').signal('SIGCONT');
});

test('8. a program that update adds is there at once, with its events', async (t) => {
  const { host, server, post, session, untilState } = await serveSupervisords(t, { a: sleeper('web') });
  await untilState('a:web:web', 'RUNNING');
  await host('a').setPrograms(sleeper('web') + sleeper('added'));
  t.is((await post('/api/supervisor/update', { supervisor: 'a' })).status, 200);
  t.is((await server.fetch('/api/process/info/a:added:added')).status, 200);
  await untilState('a:added:added', 'RUNNING');
  process.kill((await host('a').info('added')).pid, 'SIGKILL');
  await eventually(
    () => session.timeline().some(({ uid, to }) => uid === 'a:added:added' && to === 'EXITED'),
    (told) => told,
    { what: 'its crash is told', ms: LIMIT_MS },
  );
});

test('9. reloads double nothing, and clients of the stream are forgotten when they leave', async (t) => {
  const host = await startSupervisord({ programs: sleeper('web') });
  t.teardown(host.stop);
  const folder = await makeFolder();
  t.teardown(folder.remove);
  const config = await folder.write('multivisor.conf', `[supervisor:a]\nurl = ${host.url}\n`);
  const serve = startChild(['serve', '-c', config, '--bind', '127.0.0.1:0']);
  t.teardown(async () => {
    serve.child.kill('SIGKILL');
    await serve.ended;
  });
  const url = await eventually(
    () => / at (http:\S+)/.exec(serve.stderr())?.[1] ?? '',
    (found) => found !== '',
    { what: 'it serves', ms: LIMIT_MS },
  );
  const text = async (path: string) => (await fetch(url + path)).text();
  for (let i = 0; i < 5; i++) t.is(await text('/api/admin/reload'), 'OK');
  await eventually(
    () => text('/api/v1/status'),
    (status) => status.includes('"RUNNING"'),
    {
      what: 'it runs',
      ms: LIMIT_MS,
    },
  );
  const leaving = new AbortController();
  const events = readEvents(t, await fetch(`${url}/api/stream`, { signal: leaving.signal }));
  process.kill((await host.info('web')).pid, 'SIGKILL');
  const messages = () =>
    events.items
      .map(({ data }) => v.parse(eventSchema, data))
      .filter(({ event }) => event === 'notification')
      .map(({ payload }) => String(payload['message']));
  await eventually(messages, (all) => all.some((one) => one.endsWith('to RUNNING')), {
    what: 'it is back',
    ms: LIMIT_MS,
  });
  t.is(messages().filter((message) => message.endsWith('RUNNING to EXITED')).length, 1);
  t.regex(await text('/metrics'), /clients\{kind="streams"\} 1\n/);
  leaving.abort();
  await eventually(
    () => text('/metrics'),
    (metrics) => /clients\{kind="streams"\} 0\n/.test(metrics),
    {
      what: 'the client is forgotten',
      ms: LIMIT_MS,
    },
  );
});

test('10. stopping everything from the page does not cut the supervisor off', async (t) => {
  const { post, server, untilState } = await serveSupervisords(t, { a: sleeper('web') + sleeper('other') });
  await untilState('a:web:web', 'RUNNING');
  t.is((await post('/api/process/stop', { uid: '*' })).status, 200);
  await untilState('a:web:web', 'STOPPED');
  t.true(v.parse(supervisorSchema, await (await server.fetch('/api/supervisor/info/a')).json()).running);
  t.is((await post('/api/process/start', { uid: 'a:web:web' })).status, 200);
  await untilState('a:web:web', 'RUNNING');
});

test('11. other sites, old sessions, guesses and readers of the configuration get nothing', async (t) => {
  const { server, link } = await openServed(t, { accounts: accounts([user('ann')]) });
  const { cookie } = await login(server, 'ann');
  const stop = { method: 'POST', headers: { ...FORM, cookie, origin: 'http://evil.example' }, body: 'uid=a:g:x' };
  t.is(await raw(`${server.url}/api/process/stop`, stop), 403);
  t.deepEqual(link('a').calls, []);
  const file = await (await server.fetch('/api/config/file', { headers: { cookie } })).text();
  t.regex(file, /password/);
  t.notRegex(file, /hunter2/);
  await server.fetch('/api/logout', { method: 'POST', headers: { cookie } });
  t.is((await server.fetch('/api/data', { headers: { cookie } })).status, 401);
  const statuses: number[] = [];
  for (let i = 0; i < 12; i++) statuses.push((await login(server, 'ann', `guess ${i}`)).response.status);
  t.is(statuses.at(-1), 429);
});

test('11. a password without a username is a mistake that is told, without the password', (t) => {
  const text = '[global]\npassword = hunter2\n[supervisor:a]\nurl = http://127.0.0.1:9001\n';
  const world = { env: {}, resolve: (path: string) => path, read: noFile, list: () => [] };
  const { config, diagnostics } = parseConfig({ file: 'm.conf', text }, world);
  t.is(config, null);
  t.true(diagnostics.length > 0);
  t.notRegex(JSON.stringify(diagnostics), /hunter2/);
});

test('12. a % in a password is a character, and paths and ids that are not there are 404 in JSON', async (t) => {
  const text = '[global]\nusername = ann\npassword = 50%off%(x)s\n[supervisor:a]\nurl = http://127.0.0.1:9001\n';
  const world = { env: {}, resolve: (path: string) => path, read: noFile, list: () => [] };
  t.is(parseConfig({ file: 'm.conf', text }, world).config?.accounts.users[0]?.password, '50%off%(x)s');
  const { server } = await openServed(t);
  for (const path of ['/api/x', '/api/process/info/nonsense', '/api/process/info/a:g:none', '/api/supervisor/info/x']) {
    const response = await server.fetch(path);
    t.is(response.status, 404, path);
    t.regex(await response.text(), /^\{"message":/, path);
  }
});

test('13. what was never started says so, and a command line can log in', async (t) => {
  const programs = `${sleeper('idle')}autostart=false\n`;
  const { server, untilState } = await serveSupervisords(t, { a: programs }, { accounts: accounts([user('ann')]) });
  await untilState('a:idle:idle', 'STOPPED');
  const { cookie } = await login(server, 'ann');
  const response = await server.fetch('/api/process/info/a:idle:idle', { headers: { cookie } });
  t.is(v.parse(processSchema, await response.json()).description, 'Not started');
  const url = server.url.replace('//', '//ann@');
  const status = startChild(['status', '--remote', url], { env: { MULTIVISOR_PASSWORD: 'ann-password' } });
  t.is(await status.ended, 3, 'it is let in, and says that not everything runs');
  t.notRegex(status.lines.items.join('\n'), /ago ago|1970/);
});

function noFile(path: string) {
  return { ok: false, message: `there is no ${path}` } as const;
}
