import test from 'ava';
import { WebSocket } from 'ws';
import { SUBPROTOCOL } from '../../src/core/wire/messages.ts';
import { hashPassword } from '../../src/server/access/passwords.ts';
import { createToken } from '../../src/server/access/tokens.ts';
import { deadline } from '../helpers/deadline.ts';
import { FORM, login, upgrade } from '../helpers/server/http.ts';
import { openServed as open } from '../helpers/server/served-world.ts';
import { accounts, basic, user } from '../helpers/server/server.ts';

const PROTECTED = ['/api/data', '/api/process/list', '/api/stream', '/api/config/file', '/metrics', '/api/v1/status'];

test('without an account nothing but the page, the login and the health is answered', async (t) => {
  const { server } = await open(t, { accounts: accounts([user('ann')]) });
  for (const path of PROTECTED) t.is((await server.fetch(path)).status, 401, path);
  t.deepEqual(await (await server.fetch('/api/data')).json(), { message: 'Authentication is required' });
  t.is((await server.fetch('/api/process/stop', { method: 'POST', headers: FORM, body: 'uid=x' })).status, 401);
  t.is(await upgrade(server.url), 401);
  for (const path of ['/livez', '/readyz', '/api/auth']) t.is((await server.fetch(path)).status, 200, path);
  t.like(await (await server.fetch('/api/auth')).json(), { use_authentication: true, is_authenticated: false });
});

test('a login is a cookie that no script reads and no other site sends; logging out ends it everywhere', async (t) => {
  const { server } = await open(t, { accounts: accounts([user('ann')]) });
  const { response, cookie } = await login(server, 'ann');
  t.deepEqual([response.status, await response.json()], [200, {}]);
  t.regex(response.headers.get('set-cookie') ?? '', /; Path=\/; HttpOnly; SameSite=Strict$/);
  t.is((await server.fetch('/api/data', { headers: { cookie } })).status, 200);
  t.is(await upgrade(server.url, { cookie }), 101);

  const stream = await server.fetch('/api/stream', { headers: { cookie } });
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/ws`, SUBPROTOCOL, { headers: { cookie } });
  const closed = new Promise<number>((resolve) => void socket.once('close', resolve));
  await new Promise((resolve) => void socket.once('open', resolve));
  t.is((await server.fetch('/api/logout', { method: 'POST', headers: { cookie } })).status, 200);
  t.is(
    (await server.fetch('/api/data', { headers: { cookie } })).status,
    401,
    'the cookie itself is worth nothing now',
  );
  t.is(await deadline(closed, 30_000, 'the socket of the session is closed'), 1008);
  await deadline(stream.text(), 30_000, 'the stream of the session is ended');
});

test('a wrong login tells nothing and is throttled, without locking out others', async (t) => {
  // A slow hash: guesses that come together are all still being checked when the last one arrives.
  const ann = user('ann', { password: await hashPassword('ann-password') });
  const { server } = await open(t, { accounts: accounts([ann, user('bob')]), trustedProxies: ['127.0.0.1'] });
  const attempt = (name: string, password: string, from: string) =>
    server.fetch('/api/login', {
      method: 'POST',
      headers: { ...FORM, 'x-forwarded-for': from },
      body: new URLSearchParams({ username: name, password }).toString(),
    });
  const errors = { errors: { password: 'Invalid username or password' } };
  for (const [name, password] of [
    ['ann', 'x'],
    ['nobody', 'x'],
    ['', ''],
  ] as const) {
    const response = await attempt(name, password, '10.0.0.1');
    t.deepEqual([response.status, await response.json()], [400, errors]);
  }
  const guesses = await Promise.all(Array.from({ length: 12 }, (_, i) => attempt('ann', `guess ${i}`, '10.0.0.1')));
  const statuses = guesses.map(({ status }) => status);
  t.true(
    statuses.filter((status) => status === 429).length >= 9,
    `also guesses at the same time: ${statuses.join(' ')}`,
  );
  const waits = guesses.filter(({ status }) => status === 429).map(({ headers }) => Number(headers.get('retry-after')));
  t.true(
    waits.every((seconds) => seconds >= 1),
    'each that has to wait is told how long',
  );
  t.is((await attempt('ann', 'ann-password', '10.0.0.1')).status, 429, 'even the right one has to wait there');
  t.is((await attempt('ann', 'ann-password', '10.0.0.2')).status, 200, 'its owner elsewhere does not');
  t.true(server.audit.some((line) => line.includes('"login-failed"') && line.includes('"from":"10.0.0.1"')));
  t.false(server.audit.some((line) => line.includes('guess') || line.includes('ann-password')));
});

test('guessing tokens and basic passwords is throttled like logging in', async (t) => {
  const { server } = await open(t, { accounts: accounts([user('ann')]) });
  const statuses: number[] = [];
  for (let i = 0; i < 8; i++) {
    const headers = i % 2 === 0 ? basic('ann', `guess ${i}`) : { authorization: `Bearer guess-${i}` };
    statuses.push((await server.fetch('/api/data', { headers })).status);
  }
  t.deepEqual(statuses, [401, 401, 401, 401, 401, 429, 429, 429]);
});

test('passwords are accepted as stored: plain, {SHA} with a warning, {SCRYPT} without', async (t) => {
  const sha = '{SHA}5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8';
  const users = [
    user('plain', { password: 'sécret' }),
    user('sha', { password: sha }),
    user('scrypt', { password: await hashPassword('pässword') }),
    user('broken', { password: '{SCRYPT}broken' }),
  ];
  const { server } = await open(t, { accounts: accounts(users) });
  const rows = [
    ['plain', 'sécret', 200],
    ['sha', 'password', 200],
    ['scrypt', 'pässword', 200],
    ['scrypt', 'password', 401],
    ['sha', sha, 401],
    ['broken', '{SCRYPT}broken', 401],
  ] as const;
  for (const [name, password, status] of rows) {
    t.is((await server.fetch('/api/data', { headers: basic(name, password) })).status, status, `${name} ${password}`);
  }
  const warned = server.warnings.join('\n');
  t.regex(warned, /password of plain is stored as plain text/);
  t.regex(warned, /password of sha is stored as a fast hash/);
  t.regex(warned, /password of broken is malformed/);
  t.notRegex(warned, /password of scrypt/);
  t.notRegex(warned, /sécret|5baa/);
});

test('a token opens the API and the WebSocket in its role and scope', async (t) => {
  const { token, hash } = createToken();
  const ci = { name: 'ci', hash, role: 'viewer', supervisors: ['a'] } as const;
  const { server } = await open(t, { accounts: accounts([], [ci]) });
  const headers = { authorization: `Bearer ${token}` };
  t.is(await upgrade(server.url, headers), 101);
  t.deepEqual(await (await server.fetch('/api/process/list', { headers })).json(), ['a:g:x', 'a:g:y']);
  const stop = await server.fetch('/api/process/stop', {
    method: 'POST',
    headers: { ...FORM, ...headers },
    body: 'uid=a:g:x',
  });
  t.is(stop.status, 403);
  t.is((await server.fetch('/api/data', { headers: { authorization: `Bearer ${token}x` } })).status, 401);
  t.is((await server.fetch(`/api/data?token=${token}`)).status, 401, 'a URL is no place for a secret');
});

test('sessions outlive a restart with the same key, and neither another key nor another password', async (t) => {
  const secretKey = 'a key of the operator';
  const first = await open(t, { accounts: accounts([user('ann')]), secretKey });
  const { cookie } = await login(first.server, 'ann');
  const rows = [
    [{ accounts: accounts([user('ann')]), secretKey }, 200],
    [{ accounts: accounts([user('ann')]), secretKey: 'another' }, 401],
    [{ accounts: accounts([user('ann')]) }, 401],
    [{ accounts: accounts([user('ann', { password: 'changed' })]), secretKey }, 401],
    [{ accounts: accounts([user('bob')]), secretKey }, 401],
  ] as const;
  for (const [options, status] of rows) {
    const { server } = await open(t, options);
    t.is((await server.fetch('/api/data', { headers: { cookie } })).status, status);
  }
  const [name = '', expires = '', ...rest] = cookie.split('.');
  const longer = [name, String(Number(expires) + 1), ...rest].join('.');
  t.is((await first.server.fetch('/api/data', { headers: { cookie: longer } })).status, 401, 'a longer life');
});
