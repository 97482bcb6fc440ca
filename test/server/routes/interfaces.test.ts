import { request as httpsRequest } from 'node:https';
import test from 'ava';
import { Ajv2020 } from 'ajv/dist/2020.js';
import * as v from 'valibot';
import { createLocalSession } from '../../../src/core/session/local-session.ts';
import { toOpenApi } from '../../../src/server/routes/openapi.ts';
import { createFakeLink } from '../../helpers/core/fake-link.ts';
import { readCertificate } from '../../helpers/server/certificate.ts';
import { reading, reported, spec } from '../../helpers/core/readings.ts';
import { openServed } from '../../helpers/server/served-world.ts';
import { accounts, connect, startTestServer, user } from '../../helpers/server/server.ts';
import { realClock } from '../../helpers/core/world.ts';

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z$/u;
const JSON_TYPE = { 'content-type': 'application/json' };
const post = (body: unknown): RequestInit => ({ method: 'POST', headers: JSON_TYPE, body: JSON.stringify(body) });

function pointer(path: string, method: string, status: string): string {
  const escaped = path.replaceAll('/', '~1').replace('{', '%7B').replace('}', '%7D');
  return `openapi#/paths/${escaped}/${method}/responses/${status}/content/application~1json/schema`;
}

test('every answer of /api/v1 is what openapi.json says it is', async (t) => {
  const { server, link } = await openServed(t);
  link('a').emit({ type: 'transitions', transitions: [reported('g:x', 'EXITED')] });
  link('b').emit({ type: 'down', error: { code: 'refused', message: 'nobody listens' } });
  link('a').logs.set('a:g:x stdout', 'hello\n');
  const description = toOpenApi('1.2.3');
  t.deepEqual(await (await server.fetch('/openapi.json')).json(), JSON.parse(JSON.stringify(description)));

  const ajv = new Ajv2020({ strict: false, formats: { 'date-time': ISO } });
  ajv.addSchema({ ...description, $id: 'openapi' });
  const rows: readonly (readonly [string, string, RequestInit, number])[] = [
    ['/api/v1/status', '/api/v1/status', {}, 200],
    ['/api/v1/status', '/api/v1/status?select=x&select=!b:*', {}, 200],
    ['/api/v1/status', '/api/v1/status?select=colour%3Dred', {}, 400],
    ['/api/v1/supervisors', '/api/v1/supervisors', {}, 200],
    ['/api/v1/timeline', '/api/v1/timeline?limit=5', {}, 200],
    ['/api/v1/timeline', '/api/v1/timeline?limit=none', {}, 400],
    ['/api/v1/events', '/api/v1/events?since=1h', {}, 200],
    ['/api/v1/events', '/api/v1/events?since=soon', {}, 400],
    ['/api/v1/report', '/api/v1/report?since=7d&select=x', {}, 200],
    ['/api/v1/report', '/api/v1/report?since=1h&until=2h', {}, 400],
    ['/api/v1/commands', '/api/v1/commands', post({ action: 'stop', select: ['a:g:y'] }), 200],
    ['/api/v1/commands', '/api/v1/commands', post({ action: 'explode', targets: ['a:g:y'] }), 400],
    ['/api/v1/commands', '/api/v1/commands', post({ action: 'stop', select: ['none'] }), 404],
    ['/api/v1/logs/{uid}', '/api/v1/logs/a:g:none', {}, 404],
    ['/api/v1/logs/{uid}', '/api/v1/logs/a:g:x?bytes=-1', {}, 400],
    // Nobody tells alerts here; who does is looked at in alerts/.
    ['/api/v1/incidents', '/api/v1/incidents', {}, 404],
    ['/api/v1/mutes', '/api/v1/mutes', {}, 404],
    ['/api/v1/mutes', '/api/v1/mutes', post({ selectors: [], forMs: 1 }), 400],
    ['/api/v1/unmute', '/api/v1/unmute', post({}), 400],
  ];
  const asked = new Set(rows.map(([path]) => path));
  t.deepEqual(
    [...asked].toSorted((a, b) => a.localeCompare(b)),
    Object.keys(description.paths).toSorted((a, b) => a.localeCompare(b)),
  );
  for (const [path, url, init, status] of rows) {
    const response = await server.fetch(url, init);
    t.is(response.status, status, url);
    const schema = ajv.getSchema(pointer(path, init.method === 'POST' ? 'post' : 'get', String(status)));
    const valid = schema?.(await response.json());
    t.true(valid, `${url} ${JSON.stringify(schema?.errors)}`);
  }
  const log = await server.fetch('/api/v1/logs/a%3Ag%3Ax?download');
  t.is(await log.text(), 'hello\n');
  t.is(log.headers.get('content-disposition'), "attachment; filename*=UTF-8''x.stdout.log");
});

test('some failed: the status says so, unless others worked, and each target why', async (t) => {
  const { server, link } = await openServed(t);
  link('a').answer = (call) =>
    'target' in call && call.target === 'g:y'
      ? { ok: false, code: 'fault', message: 'no' }
      : { ok: true, unchanged: true };
  const schema = v.object({
    ok: v.boolean(),
    message: v.string(),
    outcomes: v.array(v.object({ target: v.string(), code: v.string() })),
  });
  const send = async (targets: readonly string[]) => {
    const response = await server.fetch('/api/v1/commands', post({ action: 'start', targets }));
    const { ok, message, outcomes } = v.parse(schema, await response.json());
    return [response.status, ok, message, ...outcomes.map(({ code }) => code)];
  };
  t.deepEqual(await send(['a:g:y']), [502, false, '1 of 1 failed: a:g:y: no', 'fault']);
  const unknown = '1 of 1 failed: a:g:none: no such process';
  t.deepEqual(await send(['a:g:none']), [404, false, unknown, 'not-found']);
  t.deepEqual(await send(['a:g:y', 'a:g:none']), [500, false, '2 of 2 failed: a:g:y: no', 'fault', 'not-found']);
  t.like(await send(['a:g:x', 'a:g:none']), { 0: 200, 1: false, 4: 'not-found' });
  t.like(await send(['a:g:none', 'a:g:x', 'a:g:y']), { 0: 200, 1: false, 3: 'not-found', 5: 'fault' });
});

test('what is wrong with a request is said in words, not in those of a checker', async (t) => {
  const { server } = await openServed(t);
  const told = async (url: string, init: RequestInit = {}) => {
    const response = await server.fetch(url, init);
    return [response.status, v.parse(v.object({ message: v.string() }), await response.json()).message];
  };
  const bodies: readonly (readonly [unknown, string])[] = [
    [7, 'the body is an object in JSON, with an action'],
    [{}, 'action is one of start, stop, restart, signal, clear, reread, update, reload, shutdown'],
    [{ action: 'stop', targets: 'a:g:x' }, 'targets is a list of at least one name'],
    [{ action: 'stop', targets: [] }, 'targets is a list of at least one name'],
    [{ action: 'stop', select: [7] }, 'select is a list of at least one selector'],
    [{ action: 'update', select: ['a'] }, 'targets is a list of at least one name'],
    [{ action: 'stop' }, 'name the targets, or select some'],
    [
      { action: 'signal', targets: ['a'], signal: 'kill -9' },
      'signal is the name or the number of a signal, as HUP or 1',
    ],
    [{ action: 'stop', targets: ['a'], wait: 'no' }, 'wait is true or false'],
    [{ action: 'stop', targets: ['a'], timeoutMs: -1 }, 'timeoutMs is a number of milliseconds, a day at most'],
    [
      { action: 'stop', targets: ['a'], roll: { batch: 0, pauseMs: 0, maxFailures: 0 } },
      'roll is an object of three numbers: batch (from 1 on), pauseMs and maxFailures',
    ],
  ];
  for (const [body, message] of bodies) t.deepEqual(await told('/api/v1/commands', post(body)), [400, message]);
  for (const [url, message] of [
    ['/api/v1/timeline?after=', 'after is a whole number'],
    ['/api/v1/timeline?limit=1e3', 'limit is a whole number from 1 on'],
    ['/api/v1/timeline?limit=0', 'limit is a whole number from 1 on'],
    ['/api/v1/logs/a:g:x?bytes=1.5', 'bytes is a whole number from 0 to 16777216'],
    ['/api/v1/logs/a:g:x?stream=out', 'stream is stdout or stderr'],
    ['/api/v1/logs/a:g:x?follow=maybe', 'follow is true or false'],
  ] as const) {
    t.deepEqual(await told(url), [400, message]);
  }
});

test('metrics carry the names that exporters of supervisord use, escaped, and our own', async (t) => {
  const { server, link } = await openServed(t);
  link('a').emitAll([reading('g:x', 'RUNNING'), reading('g:o"dd\\\n', 'EXITED', { exitStatus: 3 })]);
  link('b').emit({ type: 'down', error: { code: 'refused', message: '' } });
  await server.fetch('/api/v1/commands', post({ action: 'stop', targets: ['b:g:x'] }));
  const response = await server.fetch('/metrics');
  t.is(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
  const text = await response.text();
  for (const line of [
    'supervisor_process_info{supervisor="a",name="x",group="g",state="RUNNING"} 1',
    'node_supervisord_up{supervisor="a",name="x",group="g"} 1',
    'node_supervisord_state{supervisor="a",name="x",group="g"} 20',
    String.raw`node_supervisord_exit_status{supervisor="a",name="o\"dd\\\n",group="g"} 3`,
    'node_supervisord_start_time_seconds{supervisor="a",name="x",group="g"} 1699999000',
    'multivisor_reachable{supervisor="a"} 1',
    'multivisor_reachable{supervisor="b"} 0',
    'multivisor_poll_interval_seconds{supervisor="a"} 1',
    'multivisor_commands_total{command="stop",result="unreachable"} 1',
  ]) {
    t.true(text.includes(`\n${line}\n`), line);
  }
  for (const line of text.trimEnd().split('\n')) {
    t.regex(line, /^(# (HELP|TYPE) \w+ .+|\w+(\{(\w+="([^"\\]|\\.)*",?)+\})? -?\d+(\.\d+)?(e[+-]\d+)?)$/u);
  }
});

test('it lives at once, and is ready when every supervisor has been tried, even when one is down', async (t) => {
  const [up, down] = [createFakeLink(), createFakeLink()];
  const supervisors = [
    { spec: spec('up'), link: up },
    { spec: spec('down'), link: down },
  ];
  const session = createLocalSession({ name: 'lab', epoch: 'e', by: 'o', supervisors, clock: realClock });
  const server = await startTestServer(session);
  t.teardown(async () => {
    await server.close({ drainMs: 10 });
    await session.close();
  });
  const ready = async () => (await server.fetch('/readyz')).status;
  t.deepEqual([(await server.fetch('/livez')).status, await ready()], [200, 503]);
  up.emitAll([]);
  t.is(await ready(), 503);
  t.is(
    await (await server.fetch('/readyz?verbose')).text(),
    '[+] accepting requests\n[-] 1 of 2 supervisors have been tried\nnot ready\n',
  );
  down.emit({ type: 'down', error: { code: 'timeout', message: '' } });
  t.is(await ready(), 200);
});

test('over TLS the cookie is Secure, and a remote session trusts the authority it is given and no other', async (t) => {
  const { cert, key } = await readCertificate();
  const { server } = await openServed(t, { tls: { cert, key }, accounts: accounts([user('ann')]) });
  t.true(server.url.startsWith('https://'));
  const cookie = new Promise<string>((resolve, reject) => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const request = httpsRequest(
      `${server.url}/api/login`,
      { method: 'POST', headers, ca: cert, agent: false },
      (response) => {
        response.resume();
        resolve(response.headers['set-cookie']?.[0] ?? '');
      },
    );
    request.on('error', reject);
    request.end('username=ann&password=ann-password');
  });
  t.regex(await cookie, /; Secure$/);
  const credentials = { username: 'ann', password: 'ann-password' };
  const remote = await connect(t, server.url, { ca: cert, credentials });
  t.is(remote.snapshot().supervisors.size, 2);
  await t.throwsAsync(connect(t, server.url, { credentials }), { message: /certificate is not trusted/ });
});

test('below a base path everything is there, and nothing at the root', async (t) => {
  const page = { html: '<!doctype html>', script: '', style: '' };
  const { server } = await openServed(t, { basePath: '/mv/', page });
  const rows = [
    ['/mv/api/data', 200],
    ['/mv/', 200],
    ['/mv/page.js', 200],
    ['/api/data', 404],
    ['/mvx/api/data', 404],
  ] as const;
  for (const [path, status] of rows) t.is((await server.fetch(path)).status, status, path);
  const bare = await server.fetch('/mv', { redirect: 'manual' });
  t.deepEqual([bare.status, bare.headers.get('location')], [308, '/mv/']);
  const remote = await connect(t, `${server.url}/mv`);
  t.is(remote.snapshot().supervisors.size, 2);
});
