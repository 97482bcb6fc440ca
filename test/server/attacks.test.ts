// What somebody who means harm would try: none of it is answered, and none of it costs anybody else anything.
import { once } from 'node:events';
import test from 'ava';
import { WebSocket } from 'ws';
import { encodeClientMessage } from '../../src/core/wire/codec.ts';
import type { ClientMessage } from '../../src/core/wire/messages.ts';
import { SUBPROTOCOL } from '../../src/core/wire/messages.ts';
import { createToken } from '../../src/server/access/tokens.ts';
import { deadline, eventually } from '../helpers/deadline.ts';
import type { Headers } from '../helpers/server/http.ts';
import { FORM, login, raw, upgrade } from '../helpers/server/http.ts';
import { createMutator } from '../helpers/mutate.ts';
import { reading } from '../helpers/core/readings.ts';
import { openServed } from '../helpers/server/served-world.ts';
import { accounts, basic, connect, user } from '../helpers/server/server.ts';

const LIMIT_MS = 60_000;
const never = new AbortController().signal;

/** Everything but the page, the login, the description and the health. */
const GUARDED: readonly (readonly [method: string, path: string])[] = [
  ...[
    '/api/data',
    '/api/refresh',
    '/api/admin/reload',
    '/api/config/file',
    '/api/process/list',
    '/api/process/info/a:g:x',
    '/api/supervisor/info/a',
    '/api/process/log/out/tail/a:g:x',
    '/api/stream',
    '/api/v1/status',
    '/api/v1/supervisors',
    '/api/v1/timeline',
    '/api/v1/events',
    '/api/v1/report',
    '/api/v1/logs/a:g:x',
    '/metrics',
  ].map((path) => ['GET', path] as const),
  ...[
    '/api/process/start',
    '/api/process/stop',
    '/api/process/restart',
    '/api/supervisor/update',
    '/api/supervisor/reread',
    '/api/supervisor/restart',
    '/api/supervisor/shutdown',
    '/api/v1/commands',
  ].map((path) => ['POST', path] as const),
];

test('without a session, with a wrong token, a forged cookie or a wrong password every path and the upgrade say 401', async (t) => {
  const { server, link } = await openServed(t, { accounts: accounts([user('ann')]) });
  const { cookie } = await login(server, 'ann');
  const attempts: readonly Headers[] = [{}, { cookie: `${cookie}x` }, { cookie: 'multivisor_session=a.1.b.c' }];
  for (const headers of attempts) {
    for (const [method, path] of GUARDED) {
      const body =
        method === 'POST' ? { body: 'uid=a:g:x&supervisor=a', headers: { ...FORM, ...headers } } : { headers };
      t.is(await raw(server.url + path, { method, ...body }), 401, `${method} ${path} ${JSON.stringify(headers)}`);
    }
    t.is(await upgrade(server.url, headers), 401);
  }
  for (const headers of [{ authorization: 'Bearer mv1_wrong' }, basic('ann', 'wrong')]) {
    t.is(await raw(`${server.url}/api/data`, { headers }), 401);
    t.is(await upgrade(server.url, headers), 401);
  }
  t.deepEqual(link('a').calls, []);
});

test('a token for lid* sees and touches nothing else, whatever it asks for', async (t) => {
  const { token, hash } = createToken();
  const machine = { name: 'm', hash, role: 'admin', supervisors: ['lid*'] } as const;
  const { server, link, session } = await openServed(t, { accounts: accounts([], [machine]) }, ['lid001', 'bas001']);
  link('bas001').emitSome([reading('g:x', 'FATAL')]);
  const headers = { authorization: `Bearer ${token}` };
  for (const [method, path] of GUARDED) {
    if (method !== 'GET' || path === '/api/stream') continue;
    const response = await server.fetch(path.replace(/\ba\b/u, 'bas001'), { headers });
    t.notRegex(await response.text().then((text) => text.replace(/no such \w+: \S+/u, '')), /bas001/, path);
  }
  t.is((await server.fetch('/api/config/file', { headers })).status, 403);
  for (const [path, body] of [
    ['/api/process/stop', 'uid=bas001:g:x'],
    ['/api/process/restart', 'uid=bas*'],
    ['/api/supervisor/shutdown', 'supervisor=bas001'],
  ] as const) {
    const response = await server.fetch(path, { method: 'POST', headers: { ...FORM, ...headers }, body });
    t.is(response.status, 404, `${path} ${body}`);
  }
  const remote = await connect(t, server.url, { token });
  const outcomes = await remote.send({ action: 'stop', targets: ['bas001:g:x', 'lid001:g:y'] }, { signal: never });
  t.deepEqual(
    outcomes.map(({ code }) => code === 'not-found'),
    [true, false],
  );
  t.deepEqual([...remote.snapshot().supervisors.keys()], ['lid001']);
  t.false(remote.timeline().some(({ uid }) => uid.startsWith('bas')));
  t.true(session.timeline().some(({ uid }) => uid.startsWith('bas')));
  t.deepEqual(link('bas001').calls, []);
});

test('a viewer may not act and an operator may not shut down, on either interface', async (t) => {
  const people = [user('vic', { role: 'viewer' }), user('olga', { role: 'operator' })];
  const { server, link } = await openServed(t, { accounts: accounts(people) });
  const rows = [
    ['vic', '/api/process/stop', 'uid=a:g:x'],
    ['vic', '/api/supervisor/update', 'supervisor=a'],
    ['olga', '/api/supervisor/shutdown', 'supervisor=a'],
    ['olga', '/api/supervisor/restart', 'supervisor=a'],
  ] as const;
  for (const [name, path, body] of rows) {
    const headers = { ...FORM, ...basic(name, `${name}-password`) };
    t.is((await server.fetch(path, { method: 'POST', headers, body })).status, 403, `${name} ${path}`);
  }
  for (const [name, action] of [
    ['vic', 'stop'],
    ['olga', 'clear'],
  ] as const) {
    const remote = await connect(t, server.url, { credentials: { username: name, password: `${name}-password` } });
    const [outcome] = await remote.send({ action, targets: ['a:g:x'] }, { signal: never });
    t.is(outcome?.code, 'not-allowed', `${name} ${action}`);
  }
  t.deepEqual(link('a').calls, []);
});

test('1,000 wrong logins are throttled: no more than a few are even looked at', async (t) => {
  const { server } = await openServed(t, { accounts: accounts([user('ann')]) });
  const statuses: number[] = [];
  for (let i = 0; i < 1_000; i += 50) {
    const some = Array.from({ length: 50 }, (_, n) => login(server, 'ann', `guess ${i + n}`));
    for (const { response } of await Promise.all(some)) statuses.push(response.status);
  }
  const looked = statuses.filter((status) => status === 400).length;
  t.is(statuses.filter((status) => status === 429).length, 1_000 - looked);
  // Five are free; after that each waits longer than the one before, so that a minute has room for six.
  t.true(looked < 20, `${looked} of 1,000`);
});

test('10,000 broken messages each end their own socket or nothing; another viewer and the engine go on', async (t) => {
  const { server, link } = await openServed(t);
  const other = await connect(t, server.url);
  const sound: readonly ClientMessage[] = [
    { type: 'hello', resume: { epoch: 'epoch-1', revision: 1 } },
    { type: 'targets', id: 1, targets: ['a:g:none'] },
    { type: 'command', id: 2, command: { action: 'stop', targets: ['a:g:none'] } },
    { type: 'tail-open', id: 3, request: { uid: 'a:g:none', stream: 'stdout', backlogBytes: 9, follow: false } },
    { type: 'ping', id: 4 },
    { type: 'hello', resume: null, only: 'links' },
    { type: 'link-open', id: 5, supervisor: 'a', watched: true },
    { type: 'link-attend', id: 5, watched: false },
    { type: 'link-look', id: 5, names: ['g:x', 'g:none'] },
    { type: 'link-call', id: 6, supervisor: 'a', call: { op: 'stop', target: 'g:none' } },
    { type: 'link-call', id: 7, supervisor: 'none', call: { op: 'add-group', group: 'g' } },
    { type: 'link-close', id: 5 },
  ];
  const mutate = createMutator(2_026);
  const hello = encodeClientMessage({ type: 'hello', resume: null });
  let sent = 0;
  let closed = 0;
  const codes = new Set<number>();
  const attack = async () => {
    while (sent < 10_000) {
      const socket = new WebSocket(`${server.url.replace('http', 'ws')}/ws`, SUBPROTOCOL);
      const over = new Promise<void>((resolve) => {
        socket.once('close', (code) => {
          codes.add(code);
          closed++;
          resolve();
        });
      });
      await deadline(once(socket, 'open'), LIMIT_MS, 'the socket opens');
      socket.send(hello);
      // A hundred at a time, the first bad one of which ends it: what comes after must not matter either.
      for (let i = 0; i < 100; i++) {
        const message = sound[sent++ % sound.length] ?? hello;
        const text = typeof message === 'string' ? message : encodeClientMessage(message);
        socket.send(mutate(Buffer.from(text)), { binary: false });
      }
      socket.send('the end');
      await deadline(over, LIMIT_MS, 'the socket is ended');
    }
  };
  await Promise.all([attack(), attack(), attack(), attack()]);
  t.true(closed >= 100);
  t.deepEqual(
    [...codes].filter((code) => code !== 1008 && code !== 1007),
    [],
    'each with a reason: not understood, or no UTF-8',
  );
  link('a').emitSome([reading('g:x', 'STOPPED')]);
  await eventually(
    () => other.snapshot().supervisors.get('a')?.processes.get('a:g:x')?.state,
    (state) => state === 'STOPPED',
    { what: 'the other viewer sees what happens', ms: LIMIT_MS },
  );
  await eventually(
    async () => (await server.fetch('/metrics')).text(),
    (metrics) => /clients\{kind="sockets"\} 1\n/.test(metrics),
    { what: 'none of them is left', ms: LIMIT_MS },
  );
  t.deepEqual(link('a').calls, []);
  t.deepEqual(server.warnings, [], 'nothing of it was a failure of ours');
});

test('a log full of markup, escapes and NULs comes to a viewer as it is written, and as text', async (t) => {
  const { server, link } = await openServed(t);
  const evil = '<script>x</script>\u001B]0;title\u0007\u001B[2J\u0000\u202E\n';
  link('a').logs.set('a:g:x stdout', evil);
  const response = await server.fetch('/api/v1/logs/a:g:x');
  t.is(response.headers.get('content-type'), 'text/plain; charset=utf-8');
  t.is(response.headers.get('x-content-type-options'), 'nosniff');
  t.is(await response.text(), evil);
});
