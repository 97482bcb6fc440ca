// What is told to whom, what is guessed, and what is written down of it.
import { once } from 'node:events';
import { connect } from 'node:net';
import test from 'ava';
import { redactConfig } from '../../src/server/redact.ts';
import { hashPassword, verifyAmong } from '../../src/server/access/passwords.ts';
import { createToken } from '../../src/server/access/tokens.ts';
import { createManualClock } from '../helpers/core/manual-clock.ts';
import { deadline } from '../helpers/deadline.ts';
import { FORM, login, raw, upgrade } from '../helpers/server/http.ts';
import { openServed } from '../helpers/server/served-world.ts';
import { readCertificate } from '../helpers/server/certificate.ts';
import { accounts, basic, user } from '../helpers/server/server.ts';

const LIMIT_MS = 60_000;

test('1,000 wrong guesses from 100 addresses keep neither the right password, nor a token, nor a session waiting', async (t) => {
  const { token, hash } = createToken();
  const ann = user('ann', { password: await hashPassword('ann-password') });
  const bob = user('bob', { password: await hashPassword('bob-password') });
  const machine = { name: 'm', hash, role: 'admin', supervisors: ['*'] } as const;
  const { server } = await openServed(t, { accounts: accounts([ann, bob], [machine]), trustedProxies: ['127.0.0.1'] });
  const { cookie } = await login(server, 'ann');
  const over = new AbortController();
  const guess = (i: number) => {
    const headers = { ...FORM, 'x-forwarded-for': `10.0.0.${i % 100}` };
    const body = new URLSearchParams({ username: i % 2 === 0 ? 'ann' : 'bob', password: `guess ${i}` }).toString();
    return server
      .fetch('/api/login', { method: 'POST', headers, body, signal: over.signal })
      .then(({ status }) => status);
  };
  const all = async () => {
    const statuses: number[] = [];
    for (let i = 0; i < 1_000; i += 100) {
      statuses.push(...(await Promise.all(Array.from({ length: 100 }, (_, n) => guess(i + n)))));
    }
    return statuses;
  };
  const guessed = all().catch((error: unknown) => String(error));
  // From the very addresses that guess, and from another one.
  const from = { 'x-forwarded-for': '10.0.0.1' };
  const fine = await Promise.all([
    server.fetch('/api/data', { headers: { ...from, cookie } }),
    server.fetch('/api/data', { headers: { ...from, authorization: `Bearer ${token}` } }),
    server.fetch('/api/data', { headers: { ...from, ...basic('ann', 'ann-password') } }),
    server.fetch('/api/data', { headers: { 'x-forwarded-for': '10.9.9.9', ...basic('bob', 'bob-password') } }),
  ]);
  t.deepEqual(
    fine.map(({ status }) => status),
    [200, 200, 200, 200],
  );
  over.abort();
  t.regex(String(await guessed), /abort/iu, 'the guesses were still going on');
});

test('five wrong guesses refuse neither a right token nor another user at that address', async (t) => {
  const { token, hash } = createToken();
  const machine = { name: 'm', hash, role: 'admin', supervisors: ['*'] } as const;
  const { server } = await openServed(t, { accounts: accounts([user('ann'), user('bob')], [machine]) });
  const guesses = Array.from({ length: 20 }, (_, i) =>
    server.fetch('/api/data', { headers: basic('ann', `guess ${i}`) }),
  );
  t.true((await Promise.all(guesses)).some(({ status }) => status === 429));
  t.is((await server.fetch('/api/data', { headers: { authorization: `Bearer ${token}` } })).status, 200);
  t.is((await server.fetch('/api/data', { headers: basic('bob', 'bob-password') })).status, 200);
});

test('wrong Basic, Bearer and upgrades are counted and audited, and a flood is summed up', async (t) => {
  const clock = createManualClock(Date.now());
  const { server } = await openServed(t, { accounts: accounts([user('ann')]), clock });
  const attempts = [basic('ann', 'x'), { authorization: 'Bearer mv1_x' }, { authorization: 'Basic !' }];
  for (const headers of attempts) await server.fetch('/api/data', { headers });
  await upgrade(server.url, { authorization: 'Bearer mv1_y' });
  t.is(server.audit.filter((line) => line.includes('"login-failed"')).length, 4);
  const metrics = await (await server.fetch('/metrics', { headers: basic('ann', 'ann-password') })).text();
  t.regex(metrics, /refused_total\{why="login"\} 4/);
  for (let i = 0; i < 500; i++) {
    await raw(`${server.url}/api/process/stop`, {
      method: 'POST',
      headers: { ...FORM, origin: 'http://evil.example' },
    });
  }
  const told = server.audit.filter((line) => line.includes('"refused"')).length;
  t.true(told <= 30, `${told} lines for 500 requests`);
  await clock.advance(60_000);
  t.like(JSON.parse(server.audit.at(-1) ?? '{}'), { event: 'refused', times: 500 - told, addresses: 1 });
});

test('a refused upgrade is closed, and whatever is half open, the server ends', async (t) => {
  const { server } = await openServed(t, { accounts: accounts([user('ann')]) });
  const sockets = Array.from({ length: 50 }, () =>
    connect({ port: server.address.port, host: '127.0.0.1', allowHalfOpen: true }),
  );
  const closed = sockets.map((socket) => once(socket, 'close'));
  for (const socket of sockets) {
    socket.resume();
    socket.on('error', () => socket.destroy());
    socket.write(
      'GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
        'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: multivisor.v1\r\n\r\n',
    );
  }
  const ends = sockets.map((socket) => once(socket, 'end'));
  await deadline(Promise.all(ends), LIMIT_MS, 'each is refused');
  await deadline(server.close({ drainMs: 100 }), 10_000, 'the server ends');
  sockets.forEach((socket) => socket.destroy());
  await Promise.all(closed);
  t.pass();
});

test.serial('an unknown name takes as long as a known one, whatever kinds of hashes there are', async (t) => {
  const slow = await hashPassword('x');
  const users = [{ password: 'plain' }, { password: '{SHA}00' }, { password: slow }];
  const kinds = [null, 'plain', '{SHA}00', slow];
  // The least of many, each kind in its turn: a neighbour makes some of them longer and none shorter.
  const least = kinds.map(() => Infinity);
  for (let i = 0; i < 10; i++) {
    for (const [kind, stored] of kinds.entries()) {
      const begun = performance.now();
      t.false(await verifyAmong(users, stored, 'guess'));
      least[kind] = Math.min(least[kind] ?? Infinity, performance.now() - begun);
    }
  }
  t.true(Math.max(...least) < 2 * Math.min(...least), least.join(' '));
  t.true(await verifyAmong(users, slow, 'x'));
  t.true(await verifyAmong(users, 'plain', 'plain'));
});

test('the configuration is shown as far as its keys are known, and nothing of comments and mistyped keys', (t) => {
  const secret = 'hunter2';
  const text = [
    '# the old password was hunter2',
    '[global]',
    'username = ann ; hunter2',
    'pasword = hunter2',
    'pwd: hunter2',
    'password = hunter2',
    '  hunter2',
    '[supervisor:a]',
    'url = http://u:hunter2@h:9001',
    'tags = x',
    '  y',
    'page_url = https://h/x?key=hunter2',
    'name = ftp://u:hun/hunter2@h',
    'token_file = /hunter2',
    'hunter2',
    '',
  ].join('\n');
  const shown = redactConfig(text);
  t.false(shown.includes(secret), shown);
  t.regex(shown, /username = ann\n/);
  t.regex(shown, /url = http:\/\/\*{8}@h:9001\ntags = x\n {2}y\n/);
  t.is(shown.split('\n').length, text.split('\n').length);
});

test('without a login neither the number of supervisors nor the version is told, and counters only to who sees all', async (t) => {
  const part = user('pat', { supervisors: ['a'] });
  const { server } = await openServed(t, { accounts: accounts([user('ann'), part]) });
  const ready = async (headers = {}) => (await server.fetch('/readyz?verbose', { headers })).text();
  t.notRegex(await ready(), /\d/);
  t.notRegex(await ready(basic('pat', 'pat-password')), /\d/);
  t.regex(await ready(basic('ann', 'ann-password')), /2 of 2 supervisors/);
  t.notRegex(await (await server.fetch('/openapi.json')).text(), /1\.2\.3/);
  const metrics = async (name: string) =>
    (await server.fetch('/metrics', { headers: basic(name, `${name}-password`) })).text();
  t.notRegex(await metrics('pat'), /commands_total|refused_total|clients/);
  t.regex(await metrics('ann'), /multivisor_refused_total/);
});

test('a page of our name but of another scheme, and a proxy that passes on localhost, are refused', async (t) => {
  const { server } = await openServed(t, { trustedProxies: ['127.0.0.1'] });
  const { host } = new URL(server.url);
  t.is(await upgrade(server.url, { origin: `https://${host}` }), 403);
  t.is(await upgrade(server.url, { origin: `http://${host}` }), 101);
  for (const name of ['localhost', '127.0.0.1', 'x.localhost:22000', '[::1]']) {
    t.is(await raw(`${server.url}/api/data`, { headers: { 'x-forwarded-host': name } }), 421, name);
  }
});

test('under TLS browsers are told to come back by TLS only', async (t) => {
  const { cert, key } = await readCertificate();
  const { server } = await openServed(t, { tls: { cert, key } });
  const { request } = await import('node:https');
  const headers = await new Promise<Readonly<Record<string, unknown>>>((resolve, reject) => {
    const asked = request(`${server.url}/livez`, { ca: cert, agent: false }, (response) => {
      response.resume();
      resolve(response.headers);
    });
    asked.on('error', reject).end();
  });
  t.regex(String(headers['strict-transport-security']), /^max-age=\d{7,}$/);
  const plain = await openServed(t);
  t.false((await plain.server.fetch('/livez')).headers.has('strict-transport-security'));
});

const full = async () => false;

test('an act that cannot be written down is not done where the audit is required', async (t) => {
  const { server, link } = await openServed(t, { audit: full, auditRequired: true });
  const stop = () => server.fetch('/api/process/stop', { method: 'POST', headers: FORM, body: 'uid=a:g:x' });
  const answer = await stop();
  t.is(answer.status, 403);
  t.regex(await answer.text(), /the audit cannot be written/);
  t.deepEqual(link('a').calls, []);
  const lax = await openServed(t, { audit: full });
  lax.link('a').answer = () => ({ ok: false, code: 'fault', message: 'no' });
  await lax.server.fetch('/api/process/stop', { method: 'POST', headers: FORM, body: 'uid=a:g:x' });
  t.is(lax.link('a').calls.length, 1);
});
