// What people ask of the alerts of a server and change of them: at the command line, over REST, by their roles.
import { readFile } from 'node:fs/promises';
import test from 'ava';
import * as v from 'valibot';
import { incidentsAnswer, mutesAnswer } from '../../../src/server/routes/alerts-api-schema.ts';
import { runMain } from '../../cli/run-main.ts';
import { openAlerted } from '../../helpers/server/alerted.ts';
import { openReceiver } from '../../helpers/server/receiver.ts';
import { basic } from '../../helpers/server/server.ts';

const LIMIT_MS = 120_000;
const ACCOUNTS = ['admin', 'operator', 'viewer']
  .map((role) => `[user:${role}]\npassword = ${role}-password\nrole = ${role}\n`)
  .join('');
const NARROW = '[user:narrow]\npassword = narrow-password\nrole = operator\nsupervisors = b\n';

test('mutes, tests and lists go by roles, are written down, and work at the command line and over REST', async (t) => {
  t.timeout(3 * LIMIT_MS);
  const [receiver, broken] = [await openReceiver(t), await openReceiver(t)];
  broken.answer(404);
  const { host, serve, audit } = await openAlerted(t, {
    headers: basic('admin', 'admin-password'),
    sections:
      `[alert:night]\nwhen = unexpected-exit, fatal\nto = ${receiver.url}/s3cret\n` +
      `[alert:broken]\nwhen = flapping\nto = ${broken.url}/s3cret\n${ACCOUNTS}${NARROW}`,
  });
  const { url, running } = await serve();
  const as = (role: string, ...args: string[]) =>
    runMain([...args, '--remote', url.replace('//', `//${role}@`)], {
      env: { MULTIVISOR_PASSWORD: `${role}-password` },
    });
  const get = (role: string, path: string, body?: unknown) =>
    fetch(url + path, {
      headers: { ...basic(role, `${role}-password`), 'content-type': 'application/json' },
      ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
    });

  // A test reaches the other side, and shows what it answers.
  t.is((await as('viewer', 'alert', 'test', 'night')).code, 8);
  const tested = await as('operator', 'alert', 'test', 'night');
  t.is(tested.code, 0, tested.err);
  t.is(tested.out, `${receiver.url}: 200 OK: said 200\n`);
  t.like(receiver.messages()[0], { kind: 'test', alert: 'night', name: 'lab' });
  const failed = await as('operator', 'alert', 'test', 'broken');
  t.is(failed.out, `${broken.url}: 404 Not Found: said 404\n`);
  t.is(failed.code, 5);
  t.is((await as('operator', 'alert', 'test', 'nonesuch')).code, 4);

  // Muted, and told when it is not muted any more.
  t.is((await as('viewer', 'mute', 'a:*', '--for', '1h')).code, 8);
  t.is((await get('viewer', '/api/v1/mutes', { selectors: ['*'], forMs: 60_000 })).status, 403);
  const muted = await as('operator', 'mute', 'a:*', '--for', '1h', '--why', 'new disk');
  t.regex(muted.out, /^m[0-9a-f]{8} muted for (59 min|1 h) more by operator: a:\*: new disk\n$/);
  await host.rpc('supervisor.signalProcess', 'crash', 'KILL');
  const listed = async (role: string) =>
    v.parse(incidentsAnswer, await (await get(role, '/api/v1/incidents')).json()).incidents;
  for (;;) if ((await listed('viewer')).length > 0) break;
  const [incident] = await listed('operator');
  t.like(incident, { uid: 'a:crash:crash', cause: 'unexpected-exit', end: null, told: null });
  t.is(incident?.mute, muted.out.split(' ')[0] ?? '');
  t.is((await listed('viewer'))[0]?.why, '', 'a viewer sees no line of a log');
  t.deepEqual(await listed('narrow'), [], 'what is not theirs does not exist');
  const list = await as('operator', 'alert', 'list');
  t.regex(list.out, /unexpected-exit +a:crash:crash +1 +muted by operator; killed by SIGKILL/);
  t.regex((await as('operator', 'alert', 'show', incident?.id ?? '')).out, /^uid +a:crash:crash$/mu);
  t.is((await as('narrow', 'unmute', 'a:*')).code, 8, 'it is more than theirs');
  t.is(receiver.messages().length, 1);
  t.is((await as('operator', 'unmute', 'a:*')).out, 'nothing is muted\n');
  await receiver.got.until(() => receiver.messages().length >= 2 || undefined, { what: 'it is told', ms: LIMIT_MS });
  t.like(receiver.messages()[1], { kind: 'opened', incidents: [{ process: 'a:crash:crash' }] });

  // Over REST, and kept by the next server.
  const posted = await get('admin', '/api/v1/mutes', { selectors: ['crash'], forMs: 3_600_000, why: 'x' });
  t.is(v.parse(mutesAnswer, await posted.json()).mutes.length, 1);
  t.is((await get('admin', '/api/v1/mutes', { selectors: ['colour=red'], forMs: 3_600_000 })).status, 400);
  t.is((await get('admin', '/api/v1/mutes', { selectors: [], forMs: 3_600_000 })).status, 400);
  t.is((await get('admin', '/api/v1/unmute', { which: 'nonesuch' })).status, 404);
  running.child.kill('SIGKILL');
  await running.ended;
  const second = await serve();
  const kept = await fetch(`${second.url}/api/v1/mutes`, { headers: basic('viewer', 'viewer-password') });
  t.like(v.parse(mutesAnswer, await kept.json()).mutes[0], { selectors: ['crash'], by: 'admin', why: 'x' });

  const lines = (await readFile(audit, 'utf8')).trimEnd().split('\n');
  const acts = lines.map((line) => v.parse(v.looseObject({ event: v.string() }), JSON.parse(line)));
  const told = acts
    .filter(({ event }) => event === 'command')
    .map(({ who, command }) => `${String(who)} ${String(command)}`);
  for (const act of [
    'viewer test',
    'operator test',
    'operator mute',
    'narrow unmute',
    'operator unmute',
    'admin mute',
  ]) {
    t.true(told.includes(act), `${act}: ${told.join(', ')}`);
  }
  t.false([list.out, list.err, running.stderr(), lines.join()].join().includes('s3cret'));
});

test('without a server a test is sent from here, and the rest says whose it is', async (t) => {
  const receiver = await openReceiver(t);
  const { config } = await openAlerted(t, { sections: `[alert:night]\nwhen = fatal\nto = ${receiver.url}\n` });
  const tested = await runMain(['alert', 'test', 'night', '-c', config]);
  t.is(tested.out, `${receiver.url}: 200 OK: said 200\n`, tested.err);
  t.is(receiver.messages()[0]?.kind, 'test');
  t.is((await runMain(['alert', 'test', 'day', '-c', config])).code, 4);
  const local = await runMain(['alert', 'list', '-c', config]);
  t.is(local.code, 2);
  t.regex(local.err, /--remote HOST/);
  for (const args of [
    ['mute', '*'],
    ['mute', '*', '--for', 'soon'],
    ['mute', '--for', '1h'],
    ['alert', 'show'],
    ['unmute'],
  ]) {
    t.is((await runMain([...args, '-c', config])).code, 2, args.join(' '));
  }
});

test('a server without alerts says so, and one without a login lets everybody mute', async (t) => {
  t.timeout(LIMIT_MS);
  const { serve, write, host } = await openAlerted(t, { sections: '' });
  const { url, running } = await serve();
  const list = await runMain(['alert', 'list', '--remote', url]);
  t.is(list.code, 4);
  t.regex(list.err, /there is no \[alert:NAME\] in its configuration/);
  // From then on it has some.
  const receiver = await openReceiver(t);
  await write(
    `[alert:night]\nwhen = unexpected-exit\nto = ${receiver.url}\n[heartbeat]\nurl = ${receiver.url}/ping\nevery = 1s\n`,
  );
  running.child.kill('SIGHUP');
  await receiver.got.until(({ path }) => path === '/ping' || undefined, { what: 'the first ping', ms: LIMIT_MS });
  await receiver.got.until((_, index) => index >= 1 || undefined, { what: 'and the next', ms: LIMIT_MS });
  t.true(receiver.got.items.every(({ method, body }) => method === 'GET' && body === ''));
  t.is((await runMain(['alert', 'list', '--remote', url])).out, 'no incidents\n');
  await host.rpc('supervisor.signalProcess', 'crash', 'KILL');
  await receiver.got.until(({ method }) => method === 'POST' || undefined, { what: 'the crash', ms: LIMIT_MS });
  // Gone: whoever expects the pings misses them.
  running.child.kill('SIGTERM');
  await running.ended;
  t.is((await runMain(['mute', '*', '--for', '1h', '--remote', url])).code, 7);
});
