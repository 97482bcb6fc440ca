import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import test from 'ava';
import type { Snapshot } from '../../src/core/model.ts';
import { reduce } from '../../src/core/engine/reduce.ts';
import type { ServerMessage } from '../../src/core/wire/messages.ts';
import { fromWireSnapshot } from '../../src/core/wire/model-schema.ts';
import { deadline, eventually } from '../helpers/deadline.ts';
import { openSocket } from '../helpers/server/open-socket.ts';
import { reading } from '../helpers/core/readings.ts';
import { openServed } from '../helpers/server/served-world.ts';
import { connect } from '../helpers/server/server.ts';

/** What a viewer of these messages has in the end. */
function held(messages: readonly ServerMessage[]): Snapshot | null {
  let snapshot: Snapshot | null = null;
  for (const message of messages) {
    if (message.type === 'snapshot') snapshot = fromWireSnapshot(message.snapshot);
    else if (message.type === 'delta') snapshot = snapshot && reduce(snapshot, message.delta);
  }
  return snapshot;
}

test('a viewer that does not read gets the latest state in one go when it reads again', async (t) => {
  const { server, session, link } = await openServed(t, { limits: { softBytes: 64 * 1024 } });
  const { socket, messages, say } = await openSocket(server.url);
  t.teardown(() => socket.terminate());
  say({ type: 'hello', resume: null });
  await messages.until((message) => message.type === 'snapshot' || undefined, { what: 'the snapshot' });
  socket.pause();
  const wide = 'x'.repeat(2_000);
  let sent = 0;
  await eventually(
    () => {
      for (let i = 0; i < 500; i++)
        link('a').emitSome([reading(`g:x${i}`, 'RUNNING', { pid: ++sent, spawnError: wide })]);
      return server.fetch('/metrics').then((answer) => answer.text());
    },
    (metrics) => Number(/dropped_total\{what="deltas"\} (\d+)/.exec(metrics)?.[1]) > 3_000,
    { what: 'the server has stopped sending', ms: 45_000 },
  );
  const before = messages.items.length;
  socket.resume();
  const { revision } = session.snapshot();
  await messages.until((message) => (message.type === 'delta' && message.delta.to === revision) || undefined, {
    what: 'the latest',
    ms: 45_000,
  });
  const deltas = messages.items.slice(before).filter(({ type }) => type === 'delta');
  t.true(deltas.length < sent / 2, `${deltas.length} deltas for ${sent} changes`);
  t.deepEqual(held(messages.items), session.snapshot(), 'the deltas it got follow on from one another');
});

test('a storm comes to a viewer that reads in a few deltas, and to the last state', async (t) => {
  const { server, session, link } = await openServed(t);
  const { socket, messages, say } = await openSocket(server.url);
  t.teardown(() => socket.terminate());
  say({ type: 'hello', resume: null });
  await messages.until((message) => message.type === 'snapshot' || undefined, { what: 'the snapshot' });
  for (let i = 0; i < 1_000; i++) link('a').emitSome([reading(`g:x${i % 100}`, 'RUNNING', { pid: i + 1 })]);
  const { revision } = session.snapshot();
  await messages.until((message) => (message.type === 'delta' && message.delta.to === revision) || undefined, {
    what: 'the latest',
  });
  const deltas = messages.items.flatMap((message) => (message.type === 'delta' ? [message.delta] : []));
  t.true(deltas.length <= 8, `${deltas.length} deltas for 1,000 changes`);
  t.true((deltas.at(-1)?.changes.length ?? 0) <= 101, 'each process once');
  t.deepEqual(held(messages.items), session.snapshot());
});

test('a followed log drops what a slow viewer does not read, and counts it; a whole log waits', async (t) => {
  const { server, link } = await openServed(t, { limits: { softBytes: 64 * 1024 } });
  const piece = 'y'.repeat(60_000);
  link('a').tail = async function* ({ follow }) {
    for (let i = 0; i < 400; i++) {
      yield { type: 'text', text: piece };
      if (follow) await new Promise((resolve) => setImmediate(resolve));
    }
    yield { type: 'text', text: 'the end' };
  };
  const { socket, messages, say } = await openSocket(server.url);
  t.teardown(() => socket.terminate());
  say({ type: 'hello', resume: null });
  for (const [id, follow] of [
    [1, true],
    [2, false],
  ] as const) {
    await messages.until((message) => message.type === 'snapshot' || undefined, { what: 'the snapshot' });
    say({ type: 'tail-open', id, request: { uid: 'a:g:x', stream: 'stdout', backlogBytes: 0, follow } });
    await messages.until((message) => (message.type === 'tail-chunk' && message.id === id) || undefined, {
      what: 'text',
    });
    if (follow) {
      socket.pause();
      await eventually(
        () => server.fetch('/metrics').then((answer) => answer.text()),
        (metrics) => Number(/dropped_total\{what="logCharacters"\} (\d+)/.exec(metrics)?.[1]) > piece.length,
        { what: 'log text is dropped', ms: 45_000 },
      );
      socket.resume();
    }
    await messages.until((message) => (message.type === 'tail-end' && message.id === id) || undefined, {
      what: 'the end',
      ms: 20_000,
    });
    let told = 0;
    let gaps = 0;
    for (const message of messages.items) {
      if (message.type !== 'tail-chunk' || message.id !== id) continue;
      if (message.chunk.type === 'text') told += message.chunk.text.length;
      else gaps += Number(/^(\d+) characters were dropped/.exec(message.chunk.reason)?.[1]);
    }
    t.is(told + gaps, 400 * piece.length + 'the end'.length, 'nothing is lost without a word');
    t.is(gaps > 0, follow);
  }
});

test('a viewer that stays too slow is sent away; the others notice nothing', async (t) => {
  const { server, link } = await openServed(t, { limits: { softBytes: 16 * 1024, patienceMs: 200 } });
  const other = await connect(t, server.url);
  const { socket, messages, say } = await openSocket(server.url);
  t.teardown(() => socket.terminate());
  say({ type: 'hello', resume: null });
  await messages.until((message) => message.type === 'snapshot' || undefined, { what: 'the snapshot' });
  socket.pause();
  const wide = 'x'.repeat(4_000);
  let pid = 0;
  await eventually(
    () => {
      for (let i = 0; i < 100; i++) link('a').emitSome([reading('g:x', 'RUNNING', { pid: ++pid, spawnError: wide })]);
      return server.fetch('/metrics').then((answer) => answer.text());
    },
    (metrics) => /dropped_total\{what="clients"\} 1/.test(metrics),
    { what: 'it is sent away', ms: 45_000 },
  );
  const process = await eventually(
    () => other.snapshot().supervisors.get('a')?.processes.get('a:g:x')?.pid,
    (told) => told === pid,
    { what: 'the other viewer is up to date' },
  );
  t.is(process, pid);
});

test('what a viewer may not say ends its connection, and the reason is told', async (t) => {
  const { server } = await openServed(t);
  const rows = [
    ['{"type":"ping","id":1}', 1008],
    ['nonsense', 1008],
    [JSON.stringify({ type: 'hello', resume: null, more: 'x'.repeat(70_000) }), 1009],
    [Buffer.from('{}'), 1003],
  ] as const;
  for (const [text, code] of rows) {
    const { socket, closed } = await openSocket(server.url);
    socket.send(text);
    t.is(await deadline(closed, 30_000, 'it is closed'), code);
  }
  const { say, closed } = await openSocket(server.url);
  say({ type: 'hello', resume: null });
  const targets = Array.from({ length: 3_000 }, (_, i) => `a:g:${i}`);
  for (let i = 0; i < 8; i++) say({ type: 'targets', id: 1, targets });
  t.is(await deadline(closed, 30_000, 'too many targets'), 1008);
});

test('a revision that is too long ago, or of another engine, is answered with a whole snapshot', async (t) => {
  const { server, session } = await openServed(t);
  const { epoch, revision } = session.snapshot();
  const rows = [
    [null, 'snapshot'],
    [{ epoch, revision }, 'delta'],
    [{ epoch, revision: revision + 5 }, 'snapshot'],
    [{ epoch: 'another', revision }, 'snapshot'],
  ] as const;
  for (const [resume, type] of rows) {
    const { socket, messages, say } = await openSocket(server.url);
    say({ type: 'hello', resume });
    const first = await messages.until((message) => (message.type === 'hello' ? undefined : message), {
      what: 'the state',
    });
    t.is(first.type, type);
    t.is(messages.items[0]?.type, 'hello');
    socket.terminate();
  }
});

test('the end of the server lets a command come to its end, and then says goodbye', async (t) => {
  const { server, session, link } = await openServed(t);
  const remote = await connect(t, server.url);
  const stream = await server.fetch('/api/stream');
  const never = new AbortController().signal;
  const done = remote.send({ action: 'stop', targets: ['a:g:x'], wait: true }, { signal: never });
  await eventually(
    () => link('a').calls.length,
    (calls) => calls === 1,
    { what: 'the stop is under way' },
  );
  const closed = server.close({ drainMs: 3_000 });
  t.is((await server.fetch('/readyz').catch(() => null))?.status ?? 'refused', 'refused');
  link('a').emitSome([reading('g:x', 'STOPPED')]);
  t.deepEqual(
    (await deadline(done, 30_000, 'the outcome')).map(({ code }) => code),
    ['ok'],
  );
  await deadline(closed, 30_000, 'the server is closed');
  await stream.text().catch(() => 'a stream may also be cut');
  await eventually(
    () => remote.connection().state,
    (state) => state === 'lost',
    { what: 'the goodbye is heard' },
  );
  t.is(session.snapshot().supervisors.size, 2, 'the engine is not ended with it');
});

test('the end of the server does not wait for ever, not even for a client that says nothing', async (t) => {
  const { server } = await openServed(t);
  const mute = connectTcp(server.address.port, '127.0.0.1');
  await once(mute, 'connect');
  mute.write('POST /api/process/stop HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n');
  const remote = await connect(t, server.url);
  void remote.send({ action: 'stop', targets: ['a:g:x'], wait: true }, { signal: new AbortController().signal });
  const cut = once(mute, 'close');
  await deadline(Promise.all([server.close({ drainMs: 200 }), cut]), 30_000, 'the server is closed');
  t.pass();
});

test('viewers leave nothing behind', async (t) => {
  const { server, link } = await openServed(t);
  for (let i = 0; i < 5; i++) {
    const stop = new AbortController();
    const remote = await connect(t, server.url);
    const stream = await server.fetch('/api/stream', { signal: stop.signal });
    t.is(stream.status, 200);
    await remote.close();
    stop.abort();
  }
  const metrics = await eventually(
    () => server.fetch('/metrics').then((answer) => answer.text()),
    (text) => /clients\{kind="sockets"\} 0/.test(text) && /clients\{kind="streams"\} 0/.test(text),
    { what: 'none is counted any more' },
  );
  t.truthy(metrics);
  await eventually(
    () => link('a').attended.at(-1),
    (attended) => attended === false,
    { what: 'nobody looks' },
  );
});

test.serial('a thousand streams are open, no more, and those that are open go on', async (t) => {
  const { server, link } = await openServed(t);
  const over = new AbortController();
  const open = (signal = over.signal) => server.fetch('/api/v1/logs/a:g:x?follow', { signal });
  let tails = 0;
  link('a').tail = async function* ({ follow }, { signal }) {
    yield { type: 'text', text: 'x' };
    if (!follow) return;
    tails += 1;
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  };
  const streams: Response[] = [];
  for (let i = 0; i < 1_000; i += 50) streams.push(...(await Promise.all(Array.from({ length: 50 }, open))));
  t.true(streams.every(({ status }) => status === 200));
  t.is((await open()).status, 503);
  t.is((await server.fetch('/api/v1/logs/a:g:x')).status, 503, 'and a whole log');
  t.is((await server.fetch('/api/data')).status, 200);
  t.is(tails, 1_000, 'of what is refused nothing is followed');
  over.abort();
  await eventually(
    async () => {
      const last = new AbortController();
      const { status } = await open(last.signal);
      last.abort();
      return status;
    },
    (status) => status === 200,
    { what: 'there is room again' },
  );
});
