import test from 'ava';
import { WebSocket } from 'ws';
import { SUBPROTOCOL } from '../../src/core/wire/messages.ts';
import { deadline } from '../helpers/deadline.ts';
import type { Headers } from '../helpers/server/http.ts';
import { FORM, raw, upgrade } from '../helpers/server/http.ts';
import { openServed as open } from '../helpers/server/served-world.ts';
import { accounts, basic, startTestServer, user } from '../helpers/server/server.ts';
import { openWorld } from '../helpers/core/world.ts';

test('requests of other sites are refused on the upgrade and on everything that changes something', async (t) => {
  const { server, link } = await open(t);
  const { host } = new URL(server.url);
  const rows: readonly (readonly [Headers, boolean])[] = [
    [{}, true],
    [{ origin: `http://${host}` }, true],
    [{ origin: 'http://evil.example' }, false],
    [{ origin: 'null' }, false],
    [{ origin: `http://${host}.evil.example` }, false],
    [{ origin: 'http://127.0.0.1:1' }, false],
    [{ 'sec-fetch-site': 'cross-site' }, false],
    [{ 'sec-fetch-site': 'same-site' }, false],
    [{ 'sec-fetch-site': 'same-origin' }, true],
  ];
  for (const [headers, fine] of rows) {
    const told = JSON.stringify(headers);
    t.is(await upgrade(server.url, headers), fine ? 101 : 403, told);
    const body = 'uid=none';
    const stop = raw(`${server.url}/api/process/stop`, { method: 'POST', headers: { ...FORM, ...headers }, body });
    t.is(await stop, fine ? 404 : 403, told);
    t.is(await raw(`${server.url}/api/admin/reload`, { headers }), fine ? 200 : 403, `a GET that acts: ${told}`);
  }
  t.deepEqual(link('a').calls, []);
});

test('without accounts a name that is not ours is refused, also for reading: DNS rebinding', async (t) => {
  const { server } = await open(t, { allowedHosts: ['mv.example', '*.lab.example'] });
  const plain = await open(t);
  const { port } = server.address;
  const rows = [
    [`127.0.0.1:${port}`, 200, 200],
    [`localhost:${port}`, 200, 200],
    [`[::1]:${port}`, 200, 200],
    [`evil.example:${port}`, 421, 421],
    [`127.0.0.1.evil.example`, 421, 421],
    [`mv.example`, 200, 421],
    [`x.lab.example:${port}`, 200, 421],
  ] as const;
  for (const [host, allowed, strict] of rows) {
    t.is(await raw(`${server.url}/api/data`, { headers: { host } }), allowed, host);
    t.is(await raw(`${plain.server.url}/api/data`, { headers: { host } }), strict, host);
    t.is(await upgrade(plain.server.url, { host }), strict === 200 ? 101 : 421, host);
  }
  const closed = await open(t, { accounts: accounts([user('ann')]) });
  const headers = { host: 'any.example', ...basic('ann', 'ann-password') };
  t.is(await raw(`${closed.server.url}/api/data`, { headers }), 200, 'who proves who he is may call us what he likes');
});

test('beyond this machine an open door is refused with the reason and the two ways out', async (t) => {
  const { session } = openWorld(['a']);
  t.teardown(session.close);
  for (const host of ['', '0.0.0.0', '::']) {
    const opened = startTestServer(session, { bind: { host, port: 0 } });
    const refusal = await opened.then(
      async (server) => {
        await server.close({ drainMs: 10 });
        return `nothing: it listens at ${server.url}`;
      },
      (error: unknown) => String(error),
    );
    t.regex(refusal, /^ServerError.*\[global\].*\[token:NAME\].*--insecure-no-auth/s);
  }
  for (const options of [{ insecureNoAuth: true }, { accounts: accounts([user('ann')]) }]) {
    const server = await startTestServer(session, { bind: { host: '0.0.0.0', port: 0 }, ...options });
    t.teardown(() => server.close({ drainMs: 10 }));
    if (options.accounts) {
      t.regex(server.warnings.join('\n'), /plain HTTP/);
      t.throws(() => server.reload(accounts([])), { name: 'ServerError' }, 'also not by a reload');
      t.is((await server.fetch('/api/data')).status, 401);
    }
  }
});

test('a forwarded address counts only from a proxy that is trusted', async (t) => {
  const rows = [
    [[], '203.0.113.9', '127.0.0.1'],
    [['127.0.0.1'], '203.0.113.9', '203.0.113.9'],
    [['127.0.0.1'], '6.6.6.6, 203.0.113.9', '203.0.113.9'],
    [['127.0.0.0/8', '10.0.0.0/8'], '6.6.6.6, 203.0.113.9, 10.1.2.3', '203.0.113.9'],
  ] as const;
  for (const [trustedProxies, forwarded, told] of rows) {
    const { server } = await open(t, { trustedProxies });
    await server.fetch('/api/process/stop', {
      method: 'POST',
      headers: { ...FORM, 'x-forwarded-for': forwarded, 'x-forwarded-proto': 'https' },
      body: 'uid=a:g:y',
    });
    t.is(JSON.parse(server.audit.at(-1) ?? '{}').from, told);
  }
  const { server } = await open(t, { accounts: accounts([user('ann')]), trustedProxies: ['127.0.0.1'] });
  const body = new URLSearchParams({ username: 'ann', password: 'ann-password' });
  const response = await server.fetch('/api/login', {
    method: 'POST',
    headers: { 'x-forwarded-proto': 'https' },
    body,
  });
  t.regex(response.headers.get('set-cookie') ?? '', /; Secure/, 'TLS ends at the proxy');
});

test('what is done is written down: who, from where, in which role, and what became of each target', async (t) => {
  const { server } = await open(t, { accounts: accounts([user('eve', { role: 'viewer' }), user('ann')]) });
  for (const [name, uid] of [
    ['ann', 'a:g:y,b:g:none,b:g:y'],
    ['eve', 'a:g:x'],
  ] as const) {
    const headers = { ...FORM, ...basic(name, `${name}-password`) };
    await server.fetch('/api/process/stop', { method: 'POST', headers, body: `uid=${uid}` });
  }
  const lines = server.audit.map((line) => JSON.parse(line));
  t.true(server.audit.every((line) => line.endsWith('\n') && line.indexOf('\n') === line.length - 1));
  t.like(lines[0], { event: 'command', who: 'ann', role: 'admin', via: 'basic', from: '127.0.0.1', command: 'stop' });
  t.is(lines[0].outcomes.length, 2);
  t.like(lines[1], { who: 'eve', role: 'viewer' });
  t.deepEqual(lines[1].outcomes, [{ target: 'a:g:x', ok: false, code: 'not-allowed' }]);
});

test('nothing of ours can be framed, sniffed or cached, and the configuration is shown without its secrets', async (t) => {
  const page = { html: '<!doctype html><title>x</title>', script: '', style: '' };
  const { server } = await open(t, { page });
  for (const path of ['/', '/page.js', '/api/data', '/api/nothing', '/livez']) {
    const { headers } = await server.fetch(path);
    t.is(headers.get('x-content-type-options'), 'nosniff', path);
    t.regex(headers.get('content-security-policy') ?? '', /default-src 'none'.*frame-ancestors 'none'/, path);
    t.notRegex(headers.get('content-security-policy') ?? '', /unsafe/, path);
  }
  t.is((await server.fetch('/api/data')).headers.get('cache-control'), 'no-store');
  const content = '[global]\nname=lab\nusername=ann\npassword= ********\n';
  t.deepEqual(await (await server.fetch('/api/config/file')).json(), { content });
});

test('an account that is changed or taken away ends what it holds open', async (t) => {
  const { server } = await open(t, { accounts: accounts([user('ann'), user('bob')]) });
  const sockets = ['ann', 'bob'].map((name) => {
    const headers = basic(name, `${name}-password`);
    return new WebSocket(`${server.url.replace('http', 'ws')}/ws`, SUBPROTOCOL, { headers });
  });
  const [ann, bob] = sockets;
  if (!ann || !bob) return t.fail();
  const closed = new Promise<number>((resolve) => void bob.once('close', resolve));
  await Promise.all(sockets.map((socket) => new Promise((resolve) => void socket.once('open', resolve))));
  server.reload(accounts([user('ann'), user('bob', { role: 'viewer' })]));
  t.is(await deadline(closed, 30_000, 'bob is sent away'), 1008);
  t.is(ann.readyState, WebSocket.OPEN);
  ann.terminate();
});

test('paths, methods and bodies that make no sense get a plain answer', async (t) => {
  const { server } = await open(t);
  const post = (body: string, type: string) =>
    server.fetch('/api/process/stop', { method: 'POST', headers: { 'content-type': type }, body });
  const rows: readonly (readonly [Promise<Response>, number])[] = [
    [server.fetch('/api/x'), 404],
    [server.fetch('/nothing/here'), 404],
    [server.fetch('/api/data', { method: 'DELETE' }), 405],
    [server.fetch('/api/process/stop'), 405],
    [server.fetch('/api/process/info/a:g:none'), 404],
    [server.fetch('/api/process/info/%E0%A4%A'), 404],
    [server.fetch('/api/supervisor/info/none'), 404],
    [post('', 'application/x-www-form-urlencoded'), 400],
    [post('{', 'application/json'), 400],
    [post('<x/>', 'text/xml'), 415],
    [post(`uid=${'x'.repeat(70_000)}`, 'application/x-www-form-urlencoded'), 413],
  ];
  for (const [answer, status] of rows) {
    const response = await answer;
    t.is(response.status, status, response.url);
    t.regex(await response.text(), /^\{"message":"[^"]+/u);
  }
  t.is((await server.fetch('/api/data', { method: 'HEAD' })).status, 200);
  t.is(await upgrade(server.url, {}, 'other.v1'), 400);
});
