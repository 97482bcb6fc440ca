import type { ExecutionContext } from 'ava';
import test from 'ava';
import * as v from 'valibot';
import { createLink } from '../../../src/bridge/create-link.ts';
import { createLocalSession } from '../../../src/core/session/local-session.ts';
import { findProcess } from '../../../src/core/engine/reduce.ts';
import type { UntilOptions } from '../../helpers/deadline.ts';
import { deadline, eventually } from '../../helpers/deadline.ts';
import type { SentEvent } from '../../helpers/server/event-source.ts';
import { readEvents } from '../../helpers/server/event-source.ts';
import { FORM } from '../../helpers/server/http.ts';
import { startTestServer } from '../../helpers/server/server.ts';
import { startSupervisord } from '../../helpers/supervisord/supervisord.ts';
import { realClock } from '../../helpers/core/world.ts';

// The example of multivisor's own tests: ten processes on one supervisor.
const NAMES = ['a', 'b', 'c', 'd'];
const PROGRAMS = `[program:wcid00d]
command=sleep 1000
redirect_stderr=true
[program:bad]
command=/no/such/program
startretries=0
[program:idle]
command=sleep 1000
autostart=false
[program:stubborn]
command=sh -c 'trap "" TERM; while :; do sleep 0.1; done'
stopwaitsecs=4
startsecs=0
[program:talk]
command=sh -c 'echo hello; echo oops >&2; exec sleep 1000'
[program:once]
command=true
startsecs=0
autorestart=false
[group:PLC]
programs=wcid00d
${NAMES.map((name) => `[program:${name}]\ncommand=sleep 1000\nstartsecs=0\n`).join('')}`;

async function openWorld() {
  const host = await startSupervisord({ programs: PROGRAMS });
  const config = host.config({ name: 'test001' });
  const { url, tags, readOnly } = config;
  const session = createLocalSession({
    name: 'ID00',
    epoch: 'e1',
    by: 'tests',
    supervisors: [
      {
        spec: { name: 'test001', url, host: 'localhost', tags, readOnly, protected: false },
        link: createLink(config),
      },
    ],
    clock: realClock,
  });
  const server = await startTestServer(session);
  const close = async () => {
    await server.close({ drainMs: 10 });
    await session.close();
    await host.stop();
  };
  const get = async (path: string): Promise<unknown> => (await server.fetch(path)).json();
  const process = async (name: string) => {
    const answer = await get(`/api/process/info/test001:${name}`);
    const parsed = v.safeParse(processSchema, answer);
    if (!parsed.success) throw new Error(`no process ${name}: ${JSON.stringify(answer)}`);
    return parsed.output;
  };
  const post = (path: string, fields: Record<string, string>) =>
    server.fetch(path, { method: 'POST', headers: FORM, body: new URLSearchParams(fields).toString() });
  await eventually(
    () => ['PLC:wcid00d', 'bad:bad'].map((name) => findProcess(session.snapshot(), `test001:${name}`)?.state),
    ([up, bad]) => up === 'RUNNING' && bad === 'FATAL',
    { what: 'the programs have started', ms: 60_000, everyMs: 100 },
  );
  return { host, session, server, get, process, post, close };
}

let world: Awaited<ReturnType<typeof openWorld>>;
test.before(async () => {
  world = await openWorld();
});
test.after.always(() => world?.close());

const processSchema = v.object({
  name: v.string(),
  group: v.string(),
  start: v.number(),
  stop: v.number(),
  now: v.number(),
  state: v.number(),
  statename: v.string(),
  spawnerr: v.string(),
  exitstatus: v.number(),
  logfile: v.string(),
  stdout_logfile: v.string(),
  stderr_logfile: v.string(),
  pid: v.number(),
  description: v.string(),
  running: v.boolean(),
  full_name: v.string(),
  supervisor: v.string(),
  host: v.string(),
  uid: v.string(),
});
const supervisorSchema = v.object({
  name: v.string(),
  url: v.string(),
  host: v.string(),
  running: v.boolean(),
  pid: v.number(),
  identification: v.string(),
  api_version: v.string(),
  supervisor_version: v.string(),
  version: v.string(),
  processes: v.record(v.string(), processSchema),
});
const dataSchema = v.strictObject({ name: v.string(), supervisors: v.record(v.string(), supervisorSchema) });

test.serial('what the original answers is answered, field for field', async (t) => {
  const { host, get, process, server } = world;
  const data = v.parse(dataSchema, await get('/api/data'));
  t.is(data.name, 'ID00');
  const supervisor = data.supervisors['test001'];
  t.like(supervisor, {
    name: 'test001',
    host: 'localhost',
    running: true,
    identification: 'supervisor',
    pid: host.pid(),
  });
  t.is(Object.keys(supervisor?.processes ?? {}).length, 10);

  const oracle = await host.info('PLC:wcid00d');
  const plc = await process('PLC:wcid00d');
  t.like(plc, {
    name: 'wcid00d',
    group: 'PLC',
    full_name: 'PLC:wcid00d',
    uid: 'test001:PLC:wcid00d',
    supervisor: 'test001',
    running: true,
    state: 20,
    statename: 'RUNNING',
    pid: oracle.pid,
    start: oracle.start,
    stop: oracle.stop,
    exitstatus: 0,
    stdout_logfile: oracle.stdout_logfile,
    logfile: oracle.stdout_logfile,
    stderr_logfile: '',
  });
  t.regex(plc.description, new RegExp(`^pid ${oracle.pid}, uptime 0:00:\\d\\d$`));
  t.true(Math.abs(plc.now - oracle.now) <= 1);
  t.regex((await process('bad:bad')).spawnerr, /can't find command/);

  const list = v.parse(v.array(v.string()), await get('/api/process/list'));
  t.is(list.length, 10);
  t.true(list.includes('test001:PLC:wcid00d'));
  t.is(v.parse(supervisorSchema, await get('/api/supervisor/info/test001')).pid, host.pid());
  t.is(v.parse(dataSchema, await get('/api/refresh')).supervisors['test001']?.running, true);
  t.is(await (await server.fetch('/api/admin/reload')).text(), 'OK');
  t.is(server.configReloads(), 1);
  t.like(await get('/api/auth'), { use_authentication: false, is_authenticated: true });
});

test.serial('stop, start and restart do what they say, by its patterns, and a failure is no OK', async (t) => {
  const { process, post } = world;
  const ok = async (response: Promise<Response>) => t.is(await (await response).text(), 'OK');
  await ok(post('/api/process/stop', { uid: 'wcid00d' }));
  t.false((await process('PLC:wcid00d')).running);
  await ok(post('/api/process/restart', { uid: 'test001:PLC:*' }));
  t.true((await process('PLC:wcid00d')).running);
  await ok(post('/api/process/start', { uid: 'idle' }));
  t.true((await process('idle:idle')).running);
  await ok(post('/api/process/stop', { uid: 'a,b:b,*:[cd]' }));
  for (const name of ['a:a', 'c:c', 'd:d']) t.false((await process(name)).running, name);
  t.true((await process('b:b')).running, 'with a colon a pattern means the whole uid');

  const failed = await post('/api/process/start', { uid: 'bad,a' });
  t.is(failed.status, 500);
  const told = v.parse(
    v.object({ message: v.string(), outcomes: v.array(v.object({ target: v.string(), ok: v.boolean() })) }),
    await failed.json(),
  );
  t.regex(told.message, /^1 of 2 failed: test001:bad:bad: /);
  t.deepEqual(Object.fromEntries(told.outcomes.map(({ target, ok }) => [target, ok])), {
    'test001:a:a': true,
    'test001:bad:bad': false,
  });
  t.is((await post('/api/process/stop', { uid: 'nonesuch' })).status, 404);
});

test.serial('a supervisor is reread, updated and restarted; one that is not there is not', async (t) => {
  const { host, get, post, process } = world;
  await host.setPrograms(`${PROGRAMS}[program:added]\ncommand=sleep 1000\nstartsecs=0\n`);
  t.is(await (await post('/api/supervisor/update', { supervisor: 'test001' })).text(), 'OK');
  t.is((await process('added:added')).name, 'added');
  t.is(await (await post('/api/supervisor/reread', { supervisor: 'test001' })).text(), 'OK');
  const { start } = await process('a:a');
  t.is(await (await post('/api/supervisor/restart', { supervisor: 'test001' })).text(), 'OK');
  await eventually(
    async () => v.parse(dataSchema, await get('/api/data')).supervisors['test001']?.processes['test001:a:a'],
    (a) => a !== undefined && a.running && a.start > start,
    { what: 'it has started afresh', ms: 20_000, everyMs: 200 },
  );
  t.is((await post('/api/supervisor/update', { supervisor: 'none' })).status, 404);
  t.is((await post('/api/supervisor/update', {})).status, 400);
});

test.serial('a slow stop holds up nobody else', async (t) => {
  const { process, post, get } = world;
  const slow = post('/api/process/stop', { uid: 'stubborn' });
  let isOver = false;
  void slow.then(() => (isOver = true));
  t.is(await (await post('/api/process/stop', { uid: 'a' })).text(), 'OK');
  await get('/api/data');
  t.false(isOver, 'the others were answered while it was being stopped');
  t.is(await (await slow).text(), 'OK');
  t.false((await process('stubborn:stubborn')).running);
});

type StreamEvent = { readonly id: string; readonly name: string; readonly payload: Record<string, unknown> };

function toEvent({ id, data }: SentEvent): StreamEvent {
  const { event, payload } = v.parse(
    v.object({ event: v.optional(v.string(), ''), payload: v.optional(v.record(v.string(), v.unknown()), {}) }),
    data,
  );
  return { id, name: event, payload: event === '' ? v.parse(v.record(v.string(), v.unknown()), data) : payload };
}

/** As the original's own clients read it. */
function listen(t: ExecutionContext, response: Response) {
  const { items, until } = readEvents(t, response);
  return {
    all: () => items.map(toEvent),
    until: <U>(find: (event: StreamEvent) => U | undefined, options: UntilOptions) =>
      until((item) => find(toEvent(item)), options),
  };
}

test.serial('the stream tells every change, numbered, and a client that was away gets what it missed', async (t) => {
  const { host, server } = world;
  const stop = new AbortController();
  const response = await deadline(
    server.fetch('/api/stream', { signal: stop.signal }),
    30_000,
    'the headers come at once',
  );
  t.is(response.headers.get('content-type'), 'text/event-stream; charset=utf-8');
  const events = listen(t, response);
  process.kill((await host.info('PLC:wcid00d')).pid, 'SIGKILL');
  const crash = await events.until(
    (event) =>
      event.name === 'notification' && /RUNNING to EXITED/.test(String(event.payload['message'])) ? event : undefined,
    { what: 'the crash is told' },
  );
  t.is(crash.payload['message'], 'wcid00d on test001 changed from RUNNING to EXITED');
  t.is(crash.payload['level'], 'WARNING');
  const changed = await events.until(
    (event) =>
      event.name === 'process_changed' &&
      event.payload['statename'] === 'RUNNING' &&
      event.payload['name'] === 'wcid00d'
        ? event
        : undefined,
    { what: 'it runs again', ms: 60_000, from: events.all().findIndex(({ id }) => id === crash.id) },
  );
  t.notThrows(() => v.parse(processSchema, changed.payload));
  stop.abort();

  const known = new Set(events.all().map(({ id }) => id));
  t.is(known.size, events.all().length, 'each has a number of its own');
  const again = listen(t, await server.fetch('/api/stream', { headers: { 'last-event-id': crash.id } }));
  await again.until((event) => (event.id === changed.id ? event : undefined), { what: 'what was missed' });
  const upTo = (all: readonly { readonly id: string }[], from: number) =>
    all.map(({ id }) => id).slice(from, all.findIndex(({ id }) => id === changed.id) + 1);
  const at = events.all().findIndex(({ id }) => id === crash.id);
  t.deepEqual(upTo(again.all(), 0), upTo(events.all(), at + 1));
});

test.serial('a log is tailed once: what was there, then what comes', async (t) => {
  const { server, host } = world;
  for (const [stream, method] of [
    ['out', 'supervisor.readProcessStdoutLog'],
    ['err', 'supervisor.readProcessStderrLog'],
  ] as const) {
    const text = v.parse(v.string(), await host.rpc(method, 'talk', 0, 0));
    t.regex(text, /hello|oops/);
    const events = listen(t, await server.fetch(`/api/process/log/${stream}/tail/test001:talk:talk`));
    const told = await events.until((event) => event, { what: `the ${stream}` });
    t.deepEqual(told.payload, { message: text, size: text.length });
  }
  t.is((await server.fetch('/api/process/log/out/tail/test001:none:none')).status, 404);
  t.is((await server.fetch('/api/process/log/both/tail/test001:talk:talk')).status, 404);
});
