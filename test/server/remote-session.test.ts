import type { ExecutionContext } from 'ava';
import test from 'ava';
import { createRemoteSession } from '../../src/bridge/multivisor/remote-session.ts';
import type { Connection, Outcome, SessionEvent, TailChunk } from '../../src/core/ports.ts';
import { SessionError } from '../../src/core/ports.ts';
import { findProcess } from '../../src/core/engine/reduce.ts';
import { openCuttable } from '../helpers/server/cuttable.ts';
import { collect, deadline, eventually } from '../helpers/deadline.ts';
import { reading } from '../helpers/core/readings.ts';
import { accounts, connect, startTestServer, user } from '../helpers/server/server.ts';
import { openWorld, realClock } from '../helpers/core/world.ts';

const never = new AbortController().signal;

async function open(t: ExecutionContext) {
  const world = openWorld(['a', 'b']);
  const server = await startTestServer(world.session);
  t.teardown(async () => {
    await server.close({ drainMs: 100 });
    await world.session.close();
  });
  const relay = await openCuttable(t, server.address.port);
  const remote = await connect(t, relay.url);
  const events = collect<SessionEvent>();
  remote.subscribe(events.push);
  const connection = (state: Connection['state']) =>
    events.until((event) => (event.type === 'connection' && event.connection.state === state ? event : undefined), {
      what: `the connection is ${state}`,
    });
  return { ...world, server, relay, remote, events, connection };
}

test('after a lost connection it goes on from where it was, without a reset', async (t) => {
  const { relay, remote, events, connection, link, session } = await open(t);
  relay.refuse(true);
  relay.cut();
  const lost = await connection('lost');
  t.true(lost.connection.state === 'lost' && lost.connection.error !== null);
  t.is(findProcess(remote.snapshot(), 'a:g:x')?.state, 'RUNNING', 'what was known is kept');
  link('a').emitSome([reading('g:x', 'STOPPED')]);
  link('a').emitSome([reading('g:y', 'RUNNING')]);
  relay.refuse(false);
  await connection('live');
  t.is(remote.snapshot().revision, session.snapshot().revision);
  t.deepEqual(remote.snapshot(), session.snapshot());
  t.false(events.items.some(({ type }) => type === 'reset'));
  t.true(events.items.some(({ type }) => type === 'delta'));
  await eventually(
    () => remote.timeline().length,
    (length) => length === session.timeline().length,
    { what: 'the timeline' },
  );
});

test('another engine at the same address is another world: a reset, and nothing of before', async (t) => {
  const { relay, remote, events, connection, server, session } = await open(t);
  const { port } = server.address;
  relay.refuse(true);
  await server.close({ drainMs: 10 });
  await connection('lost');
  const other = openWorld(['c'], { epoch: 'epoch-2' });
  const second = await startTestServer(other.session, { bind: { host: '127.0.0.1', port } });
  t.teardown(async () => {
    await second.close({ drainMs: 10 });
    await other.session.close();
  });
  relay.refuse(false);
  await connection('live');
  t.true(events.items.some(({ type }) => type === 'reset'));
  t.deepEqual([...remote.snapshot().supervisors.keys()], ['c']);
  t.is(remote.snapshot().epoch, 'epoch-2');
  t.deepEqual(remote.timeline(), other.session.timeline());
  t.not(remote.snapshot().epoch, session.snapshot().epoch);
});

test('commands under way when the connection is lost end as unreachable, and the server carries them through', async (t) => {
  const { relay, remote, link, session } = await open(t);
  const progress: Outcome[] = [];
  const done = remote.send(
    { action: 'stop', targets: ['a:g:none', 'a:g:x'], wait: true },
    { signal: never, progress: (outcome) => progress.push(outcome) },
  );
  await eventually(
    () => [findProcess(session.snapshot(), 'a:g:x')?.pending, progress.length] as const,
    ([pending, told]) => pending === 'stop' && told === 1,
    { what: 'the stop is under way' },
  );
  relay.refuse(true);
  relay.cut();
  const outcomes = await deadline(done, 30_000, 'the outcomes');
  t.deepEqual(
    outcomes.map(({ code }) => code),
    ['not-found', 'unreachable'],
    'what was told stays true',
  );
  t.regex(outcomes[1]?.message ?? '', /not known/);
  t.is(progress.length, 2);
  link('a').emitSome([reading('g:x', 'STOPPED')]);
  await eventually(
    () => findProcess(session.snapshot(), 'a:g:x')?.pending,
    (pending) => pending === null,
    { what: 'it is carried through' },
  );
  const [later] = await remote.send({ action: 'start', targets: ['a:g:y'] }, { signal: never });
  t.is(later?.code, 'unreachable');
});

test('a followed tail outlives a lost connection with a gap to show for it; others fail', async (t) => {
  const { relay, remote, link } = await open(t);
  let opened = 0;
  link('a').tail = async function* (_request, { signal }) {
    opened++;
    yield { type: 'text', text: `part ${opened}` };
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
  };
  const chunks = collect<TailChunk>();
  const stop = new AbortController();
  t.teardown(() => stop.abort());
  const read = async (follow: boolean) => {
    const request = { uid: 'a:g:x', stream: 'stdout', backlogBytes: 100, follow } as const;
    for await (const chunk of remote.tail(request, { signal: stop.signal })) if (follow) chunks.push(chunk);
  };
  const whole = read(false).then(
    () => null,
    (error: unknown) => error,
  );
  void read(true);
  await chunks.until((chunk) => chunk.type === 'text' || undefined, { what: 'the first text' });
  await eventually(
    () => opened,
    (count) => count === 2,
    { what: 'both are open' },
  );
  relay.cut();
  const gap = await chunks.until((chunk) => (chunk.type === 'gap' ? chunk : undefined), { what: 'the gap' });
  t.regex(gap.reason, /connection to the server was lost/);
  await chunks.until((chunk) => (chunk.type === 'text' && chunk.text === 'part 3') || undefined, {
    what: 'it goes on',
  });
  const error = await whole;
  t.true(error instanceof SessionError && error.code === 'unreachable');
});

test('a server that refuses the login is told apart from one that is not there', async (t) => {
  const { session } = openWorld(['a']);
  const server = await startTestServer(session, { accounts: accounts([user('ann')]) });
  t.teardown(async () => {
    await server.close({ drainMs: 10 });
    await session.close();
  });
  const free = await openCuttable(t, 1);
  const rows = [
    [server.url, { username: 'ann', password: 'wrong' }, 'unauthorized'],
    [server.url, undefined, 'unauthorized'],
    [`${server.url}/elsewhere`, undefined, 'not-supervisor'],
    ['127.0.0.1:1', undefined, 'refused'],
    ['no-such-host.invalid', undefined, 'unreachable'],
    [free.url, undefined, 'closed'],
  ] as const;
  for (const [url, credentials, code] of rows) {
    const remote = createRemoteSession({ url, clock: realClock, ...(credentials && { credentials }) });
    const connection = await eventually(
      () => remote.connection(),
      (each) => each.state !== 'live' && each.error !== null,
      { what: `an error of ${url}` },
    );
    t.is(connection.state, 'connecting');
    t.is(connection.state === 'connecting' && connection.error?.code, code, url);
    await remote.close();
  }
});

test('the actor is told who it is', async (t) => {
  const { session } = openWorld(['a', 'b']);
  const server = await startTestServer(session, {
    accounts: accounts([user('eve', { role: 'viewer', supervisors: ['a'] })]),
  });
  t.teardown(async () => {
    await server.close({ drainMs: 10 });
    await session.close();
  });
  const remote = await connect(t, server.url.replace('//', '//eve:eve-password@'));
  const connection = remote.connection();
  t.deepEqual(connection, { state: 'live', actor: { name: 'eve', role: 'viewer', supervisors: ['a'] } });
  t.deepEqual([...remote.snapshot().supervisors.keys()], ['a']);
  const [outcome] = await remote.send({ action: 'stop', targets: ['a:g:x'] }, { signal: never });
  t.is(outcome?.code, 'not-allowed');
  t.is((await remote.send({ action: 'stop', targets: ['b:g:x'] }, { signal: never }))[0]?.code, 'not-found');
});

test('targets of a name that JSON makes six times as long do not end the connection', async (t) => {
  const { remote } = await open(t);
  const targets = Array.from({ length: 40 }, (_, i) => `a:g:${'\u0001'.repeat(900)}${i}`);
  const outcomes = await remote.send({ action: 'stop', targets }, { signal: never });
  t.deepEqual(new Set(outcomes.map(({ code }) => code)), new Set(['not-found']));
  t.is(remote.connection().state, 'live');
});
