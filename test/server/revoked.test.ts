// A right that was taken is gone: whatever was opened under it ends with it, and whatever was begun begins nothing more.
// Everything that can be under way, for each kind of login, by each way to take it; the table is printed at the end.
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import type { ExecutionContext } from 'ava';
import test from 'ava';
import type { LinkResult, TailChunk } from '../../src/core/ports.ts';
import { createToken } from '../../src/server/access/tokens.ts';
import { createManualClock } from '../helpers/core/manual-clock.ts';
import { deadline, eventually } from '../helpers/deadline.ts';
import type { Headers } from '../helpers/server/http.ts';
import { FORM, login } from '../helpers/server/http.ts';
import { openSocket } from '../helpers/server/open-socket.ts';
import { openServed } from '../helpers/server/served-world.ts';
import { accounts, basic, user } from '../helpers/server/server.ts';

const { token, hash } = createToken();
const machine = { name: 'm', hash, role: 'admin', supervisors: ['*'] } as const;
const LIMIT_MS = 30_000;

type Served = Awaited<ReturnType<typeof serve>>;

async function serve(t: ExecutionContext) {
  const clock = createManualClock(Date.now());
  const served = await openServed(t, { accounts: accounts([user('ann'), user('bob')], [machine]), clock });
  const { cookie } = await login(served.server, 'ann');
  const identities: Readonly<Record<string, Headers>> = {
    session: { cookie },
    token: { authorization: `Bearer ${token}` },
    basic: basic('ann', 'ann-password'),
  };
  return { ...served, clock, cookie, headersOf: (name: string): Headers => identities[name] ?? {} };
}

const WAYS: readonly (readonly [
  title: string,
  identities: readonly string[],
  revoke: (served: Served) => Promise<unknown>,
])[] = [
  [
    'SIGHUP with other accounts',
    ['session', 'token', 'basic'],
    async ({ server }) => server.reload(accounts([user('bob')])),
  ],
  [
    'SIGHUP that demotes',
    ['session', 'token', 'basic'],
    async ({ server }) => server.reload(accounts([user('ann', { role: 'viewer' })], [{ ...machine, role: 'viewer' }])),
  ],
  [
    'SIGHUP with another password or hash',
    ['session', 'token', 'basic'],
    async ({ server }) =>
      server.reload(accounts([user('ann', { password: 'new' })], [{ ...machine, hash: createToken().hash }])),
  ],
  ['logout', ['session'], ({ server, cookie }) => server.fetch('/api/logout', { method: 'POST', headers: { cookie } })],
  ['the end of the session', ['session'], ({ clock }) => clock.advance(25 * 3_600_000)],
];

type Row = { readonly title: string; readonly identity: string; readonly revoke: (served: Served) => Promise<unknown> };
const rows: readonly Row[] = WAYS.flatMap(([title, identities, revoke]) =>
  identities.map((identity) => ({ title, identity, revoke })),
);

const held = new Map<string, Map<Row, string>>();

/** A field of the table for each row. */
function under(what: string, check: (t: ExecutionContext, row: Row) => Promise<void>): void {
  const column = new Map<Row, string>(rows.map((row) => [row, 'NOT SHOWN']));
  held.set(what, column);
  for (const row of rows) {
    test(`${row.title} (${row.identity}): ${what}`, async (t) => {
      await check(t, row);
      column.set(row, t.passed ? 'gone' : 'FAILED');
    });
  }
}

test.after.always('the table', (t) => {
  const columns = Array.from(held.values());
  const lines = rows.map((row) => {
    const fields = columns.map((column, index) => `${index + 1} ${column.get(row) ?? ''}`);
    return `${row.title.padEnd(36)} ${row.identity.padEnd(8)} ${fields.join('  ')}`;
  });
  t.log([...Array.from(held.keys(), (what, index) => `${index + 1} ${what}`), ...lines].join('\n'));
});

/** Yields the first text, and the second as soon as it may. */
function twoTexts(): { readonly tail: () => AsyncGenerator<TailChunk>; readonly goOn: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return {
    goOn: () => resolve(),
    tail: async function* () {
      yield { type: 'text', text: 'before' };
      await promise;
      yield { type: 'text', text: 'after' };
    },
  };
}

under('the WebSocket and both kinds of streams end', async (t, { identity, revoke }) => {
  const served = await serve(t);
  const headers = served.headersOf(identity);
  const viewer = await openSocket(served.server.url, headers);
  const streams = await Promise.all(
    ['/api/stream', '/api/v1/logs/a:g:x?follow'].map((path) => served.server.fetch(path, { headers })),
  );
  await revoke(served);
  t.is(await deadline(viewer.closed, LIMIT_MS, 'the socket is closed'), 1008);
  for (const stream of streams)
    await deadline(
      stream.text().catch(() => 'cut'),
      LIMIT_MS,
      'the stream ends',
    );
});

under('of a tail, by WebSocket or over HTTP, no later line is told', async (t, { identity, revoke }) => {
  const served = await serve(t);
  const headers = served.headersOf(identity);
  const texts = twoTexts();
  served.link('a').tail = texts.tail;
  const viewer = await openSocket(served.server.url, headers);
  viewer.say({ type: 'hello', resume: null });
  viewer.say({
    type: 'tail-open',
    id: 1,
    request: { uid: 'a:g:x', stream: 'stdout', backlogBytes: 100, follow: true },
  });
  const whole = await served.server.fetch('/api/v1/logs/a:g:x', { headers });
  const followed = await served.server.fetch('/api/process/log/out/tail/a:g:x', { headers });
  await viewer.messages.until(({ type }) => type === 'tail-chunk' || undefined, { what: 'the first line' });
  await revoke(served);
  texts.goOn();
  await deadline(viewer.closed, LIMIT_MS, 'the socket is closed');
  for (const answer of [whole, followed]) {
    t.is(answer.status, 200);
    const text = await deadline(
      answer.text().catch(() => 'cut'),
      LIMIT_MS,
      'the answer ends',
    );
    t.notRegex(text, /after/u);
  }
  t.notRegex(JSON.stringify(viewer.messages.items), /after/u);
});

under('what a viewer says after the close frame is not done', async (t, { identity, revoke }) => {
  const served = await serve(t);
  const viewer = await openSocket(served.server.url, served.headersOf(identity));
  viewer.say({ type: 'hello', resume: null });
  await viewer.messages.until(({ type }) => type === 'snapshot' || undefined, { what: 'the snapshot' });
  // It never answers the close frame and goes on talking, as who means harm would.
  viewer.socket.pause();
  await revoke(served);
  viewer.say({ type: 'command', id: 1, command: { action: 'restart', targets: ['a:g:x'] } });
  viewer.say({ type: 'link-call', id: 2, supervisor: 'a', call: { op: 'stop', target: 'g:x' } });
  viewer.say({ type: 'link-open', id: 3, supervisor: 'a', watched: true });
  // What was sent has come when the server has answered somebody who came after it.
  const other = await openSocket(served.server.url, basic('bob', 'bob-password')).catch(() => null);
  other?.socket.terminate();
  await new Promise<void>((resolve) => setImmediate(resolve));
  viewer.socket.terminate();
  await deadline(viewer.closed, LIMIT_MS, 'it is gone');
  t.deepEqual(served.link('a').calls, []);
});

under('a POST whose body comes only then is not carried out', async (t, { identity, revoke }) => {
  const served = await serve(t);
  const { server, link } = served;
  const body = 'uid=a:g:x';
  const request = httpRequest(`${server.url}/api/process/stop`, {
    method: 'POST',
    headers: { ...FORM, ...served.headersOf(identity), 'content-length': body.length },
  });
  request.flushHeaders();
  request.write(body.slice(0, 3));
  // Its login has been looked at when the next one's has.
  await server.fetch('/api/data', { headers: served.headersOf(identity) });
  await revoke(served);
  const answered = once(request, 'response');
  request.end(body.slice(3));
  const [response] = await deadline(answered, LIMIT_MS, 'it is answered');
  t.is(Reflect.get(Object(response), 'statusCode'), 401);
  Reflect.get(Object(response), 'resume').call(response);
  t.deepEqual(link('a').calls, []);
});

under('of a roll in flight the next batch is not begun', async (t, { identity, revoke }) => {
  const served = await serve(t);
  const { link } = served;
  const viewer = await openSocket(served.server.url, served.headersOf(identity));
  viewer.say({ type: 'hello', resume: null });
  const { promise, resolve } = Promise.withResolvers<LinkResult>();
  link('a').answer = () => promise;
  const roll = { batch: 1, pauseMs: 86_400_000, maxFailures: 5 };
  viewer.say({
    type: 'command',
    id: 1,
    command: { action: 'signal', signal: 'HUP', targets: ['a:g:x', 'a:g:y'], roll },
  });
  await eventually(
    () => link('a').calls.length,
    (count) => count === 1,
    { what: 'the first batch is begun' },
  );
  await revoke(served);
  resolve({ ok: true, unchanged: false });
  await deadline(viewer.closed, LIMIT_MS, 'the socket is closed');
  t.false(await isCarriedThrough(served));
  t.is(link('a').calls.length, 1);
});

under('a relay link ends and its calls are refused', async (t, { identity, revoke }) => {
  const served = await serve(t);
  const viewer = await openSocket(served.server.url, served.headersOf(identity));
  viewer.say({ type: 'hello', resume: null, only: 'links' });
  viewer.say({ type: 'link-open', id: 1, supervisor: 'a', watched: true });
  await viewer.messages.until(({ type }) => type === 'observation' || undefined, { what: 'it is told' });
  await revoke(served);
  await deadline(viewer.closed, LIMIT_MS, 'the socket is closed');
  t.is(served.link('a').attended.at(-1), false, 'nobody looks');
  const before = viewer.messages.items.length;
  served.link('a').emit({ type: 'gap', message: 'later' });
  t.is(viewer.messages.items.length, before);
});

under(
  'a roll that pauses between two batches ends at once, and the next is not begun',
  async (t, { identity, revoke }) => {
    const served = await serve(t);
    const { link } = served;
    const viewer = await openSocket(served.server.url, served.headersOf(identity));
    viewer.say({ type: 'hello', resume: null });
    const roll = { batch: 1, pauseMs: 86_400_000, maxFailures: 5 };
    viewer.say({
      type: 'command',
      id: 1,
      command: { action: 'signal', signal: 'HUP', targets: ['a:g:x', 'a:g:y'], roll },
    });
    await viewer.messages.until(({ type }) => type === 'progress' || undefined, { what: 'the first batch is done' });
    await revoke(served);
    await deadline(viewer.closed, LIMIT_MS, 'the socket is closed');
    t.false(await isCarriedThrough(served));
    t.is(link('a').calls.length, 1);
  },
);

under('of a command over HTTP in flight the next batch is not begun', async (t, { identity, revoke }) => {
  const served = await serve(t);
  const { server, link } = served;
  const { promise, resolve } = Promise.withResolvers<LinkResult>();
  link('a').answer = () => promise;
  const roll = { batch: 1, pauseMs: 0, maxFailures: 5 };
  const asked = server.fetch('/api/v1/commands', {
    method: 'POST',
    headers: { ...served.headersOf(identity), 'content-type': 'application/json' },
    body: JSON.stringify({ action: 'signal', signal: 'HUP', targets: ['a:g:x', 'a:g:y'], roll }),
  });
  await eventually(
    () => link('a').calls.length,
    (count) => count === 1,
    { what: 'the first batch is begun' },
  );
  await revoke(served);
  resolve({ ok: true, unchanged: false });
  await deadline(
    asked.then((answer) => answer.text()).catch(() => 'cut'),
    LIMIT_MS,
    'it is answered, or cut off',
  );
  t.false(await isCarriedThrough(served));
  t.is(link('a').calls.length, 1);
});

under('a call through a relay link that comes then is not made', async (t, { identity, revoke }) => {
  const served = await serve(t);
  const viewer = await openSocket(served.server.url, served.headersOf(identity));
  viewer.say({ type: 'hello', resume: null, only: 'links' });
  viewer.say({ type: 'link-call', id: 1, supervisor: 'a', call: { op: 'signal', target: 'g:x', signal: 'HUP' } });
  await viewer.messages.until(({ type }) => type === 'link-result' || undefined, { what: 'the first is answered' });
  viewer.socket.pause();
  const revoked = revoke(served);
  viewer.say({ type: 'link-call', id: 2, supervisor: 'a', call: { op: 'stop', target: 'g:x' } });
  await revoked;
  viewer.say({ type: 'link-call', id: 3, supervisor: 'a', call: { op: 'stop', target: 'g:y' } });
  const other = await openSocket(served.server.url, basic('bob', 'bob-password')).catch(() => null);
  other?.socket.terminate();
  viewer.socket.terminate();
  await deadline(viewer.closed, LIMIT_MS, 'it is gone');
  t.false(served.link('a').calls.some((call) => call.op === 'stop' && call.target === 'g:y'));
});

/** Whether the last target was done, too: it stands in the audit. */
async function isCarriedThrough({ server }: Served): Promise<unknown> {
  const told = await eventually(
    () => server.audit.map((line): unknown => JSON.parse(line)).find(isCommand),
    (line) => line !== undefined,
    { what: 'its end is written down', ms: LIMIT_MS },
  );
  const outcomes: unknown = Reflect.get(Object(told), 'outcomes');
  return Reflect.get(Object(Array.isArray(outcomes) ? outcomes.at(-1) : null), 'ok');
}

function isCommand(line: unknown): boolean {
  return Reflect.get(Object(line), 'event') === 'command';
}
