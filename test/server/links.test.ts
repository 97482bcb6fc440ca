// Supervisors of a server that another multivisor has as links of its own.
import { once } from 'node:events';
import type { ExecutionContext } from 'ava';
import test from 'ava';
import type { Observation } from '../../src/core/observation.ts';
import type { LinkCall, LinkResult } from '../../src/core/ports.ts';
import type { Actor } from '../../src/core/access/actor.ts';
import type { ClientMessage, ServerMessage } from '../../src/core/wire/messages.ts';
import { LONGEST_NAME } from '../../src/core/sayable.ts';
import { MAX_REREAD_NAMES } from '../../src/core/wire/messages.ts';
import { createToken } from '../../src/server/access/tokens.ts';
import { deadline, eventually } from '../helpers/deadline.ts';
import type { OpenSocket } from '../helpers/server/open-socket.ts';
import { openSocket } from '../helpers/server/open-socket.ts';
import { reading } from '../helpers/core/readings.ts';
import { openServed } from '../helpers/server/served-world.ts';
import { accounts, basic, startTestServer, user } from '../helpers/server/server.ts';
import { openWorld } from '../helpers/core/world.ts';

const HELLO: ClientMessage = { type: 'hello', resume: null, only: 'links' };

async function open(t: ExecutionContext, url: string, headers: Readonly<Record<string, string>> = {}) {
  const viewer = await openSocket(url, headers);
  t.teardown(() => viewer.socket.terminate());
  viewer.say(HELLO);
  await viewer.messages.until((message) => message.type === 'hello' || undefined, { what: 'hello' });
  return viewer;
}

function observed({ messages }: OpenSocket, from = 0): readonly Observation[] {
  return messages.items.slice(from).flatMap((message) => (message.type === 'observation' ? [message.observation] : []));
}

function answer<T extends ServerMessage['type']>({ messages }: OpenSocket, type: T, id: number) {
  return messages.until(
    (message): Extract<ServerMessage, { type: T }> | undefined =>
      isOfType(message, type) && 'id' in message && message.id === id ? message : undefined,
    { what: `${type} ${id}` },
  );
}

function isOfType<T extends ServerMessage['type']>(
  message: ServerMessage,
  type: T,
): message is Extract<ServerMessage, { type: T }> {
  return message.type === type;
}

let lastId = 100;

async function call(viewer: OpenSocket, supervisor: string, linkCall: LinkCall): Promise<LinkResult> {
  const id = ++lastId;
  viewer.say({ type: 'link-call', id, supervisor, call: linkCall });
  return (await answer(viewer, 'link-result', id)).result;
}

test('who only wants links gets no snapshot, and what the link tells from the beginning', async (t) => {
  const { server, link, session } = await openServed(t);
  const viewer = await open(t, server.url);
  viewer.say({ type: 'link-open', id: 1, supervisor: 'a', watched: true });
  const route = await answer(viewer, 'link-route', 1);
  t.deepEqual(route.engines, [session.snapshot().epoch]);
  await eventually(
    () => link('a').attended.at(-1),
    (attended) => attended === true,
    { what: 'somebody looks' },
  );
  t.deepEqual(link('b').attended, [], 'at this one alone');
  link('a').emitSome([reading('g:x', 'STOPPED')]);
  link('b').emitSome([reading('g:x', 'STOPPED')]);
  await viewer.messages.until(
    (message) => (message.type === 'observation' && message.observation.type === 'some') || undefined,
    { what: 'the news' },
  );
  t.deepEqual(
    viewer.messages.items.map((message) => (message.type === 'observation' ? message.observation.type : message.type)),
    ['hello', 'link-route', 'connecting', 'all', 'agent', 'some'],
  );
  const hello = viewer.messages.items[0];
  t.true(hello?.type === 'hello' && hello.capabilities.includes('links'));
  viewer.say({ type: 'link-close', id: 1 });
  await eventually(
    () => link('a').attended.at(-1),
    (attended) => attended === false,
    { what: 'nobody looks' },
  );
});

test('who goes away looks no more', async (t) => {
  const { server, link } = await openServed(t);
  const viewer = await open(t, server.url);
  viewer.say({ type: 'link-open', id: 1, supervisor: 'a', watched: false });
  viewer.say({ type: 'link-attend', id: 1, watched: true });
  await eventually(
    () => link('a').attended.at(-1),
    (attended) => attended === true,
    { what: 'somebody looks' },
  );
  viewer.socket.terminate();
  const attended = await eventually(
    () => link('a').attended,
    (all) => all.at(-1) === false,
    { what: 'nobody looks' },
  );
  t.deepEqual(attended, [true, false]);
});

test('a viewer may not stop, an operator may neither reload nor add a group, and read_only holds for all', async (t) => {
  const people = [user('vic', { role: 'viewer' }), user('olga', { role: 'operator' }), user('ann')];
  const world = openWorld(['a', 'locked'], { specs: { locked: { readOnly: true } } });
  const server = await startTestServer(world.session, { accounts: accounts(people) });
  t.teardown(async () => {
    await server.close({ drainMs: 10 });
    await world.session.close();
  });
  const rows = [
    ['vic', 'a', { op: 'stop', target: 'g:x' }],
    ['vic', 'a', { op: 'stop-group', group: 'g' }],
    ['olga', 'a', { op: 'reload' }],
    ['olga', 'a', { op: 'add-group', group: 'g' }],
    ['olga', 'a', { op: 'clear', target: 'g:x' }],
    ['ann', 'locked', { op: 'stop', target: 'g:x' }],
    ['ann', 'locked', { op: 'shutdown' }],
  ] as const satisfies readonly (readonly [string, string, LinkCall])[];
  for (const [name, supervisor, linkCall] of rows) {
    const viewer = await open(t, server.url, basic(name, `${name}-password`));
    const result = await call(viewer, supervisor, linkCall);
    t.like(result, { ok: false, code: 'not-allowed' }, `${name} ${supervisor} ${linkCall.op}`);
  }
  t.deepEqual([world.link('a').calls, world.link('locked').calls], [[], []]);
});

test('a token for lid* has no other supervisor, whatever it asks for', async (t) => {
  const { token, hash } = createToken();
  const machine: Actor & { hash: string } = { name: 'm', hash, role: 'admin', supervisors: ['lid*'] };
  const { server, link } = await openServed(t, { accounts: accounts([], [machine]) }, ['lid001', 'bas001']);
  const viewer = await open(t, server.url, { authorization: `Bearer ${token}` });
  viewer.say({ type: 'link-open', id: 1, supervisor: 'bas001', watched: true });
  viewer.say({ type: 'link-look', id: 1, names: [] });
  const end = await answer(viewer, 'link-end', 1);
  t.deepEqual(end.error, { code: 'not-found', message: 'it has no supervisor "bas001"' });
  t.like(await call(viewer, 'bas001', { op: 'stop', target: 'g:x' }), { ok: false, code: 'not-found' });
  t.like(await call(viewer, 'bas001', { op: 'shutdown' }), { ok: false, code: 'not-found' });
  link('bas001').emitSome([reading('g:x', 'FATAL')]);
  t.deepEqual(await call(viewer, 'lid001', { op: 'stop', target: 'g:x' }), { ok: true, unchanged: false });
  t.deepEqual(observed(viewer), []);
  t.deepEqual([link('bas001').calls, link('bas001').rereads, link('bas001').attended], [[], [], []]);
});

test('every call is in the audit with what became of it, and counted', async (t) => {
  const { server, link } = await openServed(t, { accounts: accounts([user('olga', { role: 'operator' })]) });
  const viewer = await open(t, server.url, basic('olga', 'olga-password'));
  await call(viewer, 'a', { op: 'stop', target: 'g:x' });
  link('a').answer = () => ({ ok: true, unchanged: true });
  await call(viewer, 'a', { op: 'stop-group', group: 'g' });
  await call(viewer, 'a', { op: 'reload' });
  const lines = server.audit.map((line): unknown => JSON.parse(line));
  const rows = [
    ['stop', { target: 'a:g:x', ok: true, code: 'ok' }],
    ['stop-group', { target: 'a:g', ok: true, code: 'unchanged' }],
    ['reload', { target: 'a', ok: false, code: 'not-allowed' }],
  ] as const;
  for (const [index, [command, outcome]] of rows.entries()) {
    t.like(lines[index], {
      event: 'command',
      command,
      relayed: true,
      who: 'olga',
      role: 'operator',
      outcomes: [outcome],
    });
  }
  const metrics = await (await server.fetch('/metrics', { headers: basic('olga', 'olga-password') })).text();
  t.regex(metrics, /multivisor_commands_total\{command="stop-group",result="unchanged"\} 1\n/);
});

test('what a slow viewer misses is a gap and a fresh beginning, and the last state is right', async (t) => {
  const { server, link } = await openServed(t, { limits: { softBytes: 64 * 1024 } });
  const viewer = await open(t, server.url);
  viewer.say({ type: 'link-open', id: 1, supervisor: 'a', watched: false });
  await viewer.messages.until(
    (message) => (message.type === 'observation' && message.observation.type === 'all') || undefined,
    { what: 'the state' },
  );
  viewer.socket.pause();
  const wide = 'x'.repeat(2_000);
  let pid = 0;
  await eventually(
    () => {
      for (let i = 0; i < 500; i++) link('a').emitSome([reading('g:x', 'RUNNING', { pid: ++pid, spawnError: wide })]);
      return server.fetch('/metrics').then((metrics) => metrics.text());
    },
    (metrics) => Number(/dropped_total\{what="observations"\} (\d+)/.exec(metrics)?.[1]) > 3_000,
    { what: 'the server has stopped sending', ms: 45_000 },
  );
  const before = viewer.messages.items.length;
  viewer.socket.resume();
  await viewer.messages.until(
    (message) => (message.type === 'observation' && message.observation.type === 'gap') || undefined,
    { what: 'the gap', ms: 45_000 },
  );
  const fresh = await viewer.messages.until(
    (message) =>
      message.type === 'observation' && message.observation.type === 'all' ? message.observation : undefined,
    { what: 'the fresh state', from: before },
  );
  t.is(fresh.readings.find(({ name }) => name === 'x')?.pid, pid);
  const news = observed(viewer, before);
  const gap = news.findIndex(({ type }) => type === 'gap');
  t.deepEqual(
    news.slice(gap, gap + 3).map(({ type }) => type),
    ['gap', 'connecting', 'all'],
  );
  link('a').emitSome([reading('g:x', 'STOPPED')]);
  await viewer.messages.until(
    (message) =>
      (message.type === 'observation' &&
        message.observation.type === 'some' &&
        message.observation.readings[0]?.state === 'STOPPED') ||
      undefined,
    { what: 'and what comes after it', from: before },
  );
});

test('no viewer has more links open or calls under way than a server bears', async (t) => {
  const { server, link } = await openServed(t);
  const viewer = await open(t, server.url);
  for (let id = 1; id <= 101; id++) viewer.say({ type: 'link-open', id, supervisor: 'a', watched: false });
  t.is((await answer(viewer, 'link-end', 101)).error.code, 'busy');
  const cancelled: number[] = [];
  link('a').call = (_call, { signal }) =>
    new Promise((resolve) => {
      const index = cancelled.length;
      signal.addEventListener('abort', () => {
        cancelled.push(index);
        resolve({ ok: false, code: 'cancelled', message: 'cancelled' });
      });
    });
  const reread = { op: 'reread' } as const;
  for (let id = 201; id <= 265; id++) viewer.say({ type: 'link-call', id, supervisor: 'a', call: reread });
  t.like((await answer(viewer, 'link-result', 265)).result, { ok: false, code: 'busy' });
  viewer.say({ type: 'cancel', id: 201 });
  t.like((await answer(viewer, 'link-result', 201)).result, { ok: false, code: 'cancelled' });
  t.is(cancelled.length, 1);
});

test('what no supervisord can be told is answered, and the line of all the others stays', async (t) => {
  const { server, link } = await openServed(t);
  const viewer = await open(t, server.url);
  const long = { op: 'stop', target: `g:${'x'.repeat(3_000)}` } as const;
  link('a').emitSome([reading('g:\u0000', 'RUNNING'), reading(long.target, 'RUNNING')]);
  const rows = [
    { op: 'stop', target: 'g:\u0000' },
    { op: 'add-group', group: '\uffff' },
    { op: 'signal', target: 'g:x', signal: '\ud800' },
  ] as const satisfies readonly LinkCall[];
  for (const row of rows) t.like(await call(viewer, 'a', row), { ok: false, code: 'unsayable' }, row.op);
  t.deepEqual(link('a').calls, []);
  t.deepEqual(
    await call(viewer, 'a', long),
    { ok: true, unchanged: false },
    'a name as long as supervisord may have it',
  );
  t.deepEqual(link('a').calls, [long]);
});

test('what is too long or too much ends the connection', async (t) => {
  const { server, link } = await openServed(t);
  const rows = [
    { type: 'link-open', id: 1, supervisor: 'x'.repeat(1_001), watched: true },
    { type: 'link-look', id: 1, names: Array.from({ length: MAX_REREAD_NAMES + 1 }, () => 'g:x') },
    { type: 'link-call', id: 1, supervisor: 'a', call: { op: 'stop', target: 'x'.repeat(LONGEST_NAME + 1) } },
    { type: 'link-call', id: 1, supervisor: 'a', call: { op: 'add-group', group: 'x'.repeat(LONGEST_NAME + 1) } },
    { type: 'link-call', id: 1, supervisor: 'a', call: { op: 'signal', target: 'g:x', signal: 'H'.repeat(101) } },
  ] as const satisfies readonly ClientMessage[];
  for (const message of rows) {
    const viewer = await open(t, server.url);
    viewer.say(message);
    t.is(await deadline(viewer.closed, 30_000, 'it is closed'), 1008, message.type);
  }
  const early = await openSocket(server.url);
  early.say({ type: 'link-call', id: 1, supervisor: 'a', call: { op: 'shutdown' } });
  t.is(await deadline(early.closed, 30_000, 'it must say hello first'), 1008);
  t.deepEqual(link('a').calls, []);
});

test('the end of a server lets a call come to its end', async (t) => {
  const { server, link } = await openServed(t);
  const viewer = await open(t, server.url);
  const finishing = new AbortController();
  const called = new Promise<void>((resolve) => {
    link('a').call = async () => {
      resolve();
      await once(finishing.signal, 'abort');
      return { ok: true, unchanged: false };
    };
  });
  viewer.say({ type: 'link-call', id: 1, supervisor: 'a', call: { op: 'reread' } });
  await deadline(called, 10_000, 'it is called');
  const closed = server.close({ drainMs: 5_000 });
  finishing.abort();
  t.deepEqual((await answer(viewer, 'link-result', 1)).result, { ok: true, unchanged: false });
  await deadline(closed, 30_000, 'the server is closed');
});
