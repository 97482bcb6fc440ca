// What a viewer does not read is held in memory: so much for each, and so much for all.
import { connect } from 'node:net';
import { once } from 'node:events';
import type { ExecutionContext } from 'ava';
import test from 'ava';
import type { WebSocket } from 'ws';
import { encodeClientMessage } from '../../src/core/wire/codec.ts';
import { createUnreadBytes } from '../../src/server/unread-bytes.ts';
import { deadline, eventually } from '../helpers/deadline.ts';
import type { OpenSocket } from '../helpers/server/open-socket.ts';
import { openSocket } from '../helpers/server/open-socket.ts';
import { openServed } from '../helpers/server/served-world.ts';
import { reading } from '../helpers/core/readings.ts';

const LIMIT_MS = 60_000;
const MIB = 1024 * 1024;

type Served = Awaited<ReturnType<typeof openServed>>;

async function figure({ server }: Served, name: string): Promise<number> {
  const text = await (await server.fetch('/metrics')).text();
  return Number(
    text
      .split('\n')
      .find((line) => line.startsWith(`${name} `))
      ?.split(' ')[1],
  );
}
const unread = (served: Served) => figure(served, 'multivisor_unread_bytes');
const sentAway = (served: Served) => figure(served, 'multivisor_dropped_total{what="clients"}');
const open = (served: Served) => figure(served, 'multivisor_clients{kind="sockets"}');

/** Has its first snapshot, and reads nothing more. */
async function openDeaf(t: ExecutionContext, served: Served): Promise<OpenSocket> {
  const viewer = await openSocket(served.server.url);
  t.teardown(() => viewer.socket.terminate());
  viewer.socket.on('error', () => viewer.socket.terminate());
  viewer.say({ type: 'hello', resume: null });
  await viewer.messages.until(({ type }) => type === 'snapshot' || undefined, { what: 'the snapshot' });
  viewer.socket.pause();
  return viewer;
}

const memory = () => process.memoryUsage().rss / MIB;

/** Says it again and again, no faster than it is taken, until the signal. */
async function flood(say: (taken: () => void) => void, signal: AbortSignal): Promise<void> {
  for (let i = 0; !signal.aborted && i < 400_000; i++) {
    const { promise, resolve } = Promise.withResolvers<void>();
    say(resolve);
    if (i % 100 === 0) await Promise.race([promise, aborted(signal)]);
    if (i % 100 === 0) await new Promise((done) => setImmediate(done));
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
    if (signal.aborted) resolve();
  });
}

test.serial(
  'answers to pings and hellos that are never read cost a few MB, and whoever asks for them is sent away',
  async (t) => {
    const served = await openServed(t, { limits: { farewellMs: 500 } });
    const ping = encodeClientMessage({ type: 'ping', id: 1 });
    const hello = encodeClientMessage({ type: 'hello', resume: null });
    const kinds: readonly (readonly [string, (socket: WebSocket, taken: () => void) => void])[] = [
      ['pings in JSON', (socket, taken) => socket.send(ping, taken)],
      ['pings of the WebSocket', (socket, taken) => socket.ping('x'.repeat(125), true, taken)],
      ['hellos', (socket, taken) => socket.send(hello, taken)],
    ];
    for (const [kind, say] of kinds) {
      const viewer = await openDeaf(t, served);
      const before = memory();
      const over = new AbortController();
      const flooding = flood((taken) => say(viewer.socket, taken), over.signal);
      let most = 0;
      await eventually(
        async () => {
          most = Math.max(most, await unread(served));
          return open(served);
        },
        (count) => count === 0,
        { what: `${kind}: it is cut off`, ms: LIMIT_MS },
      );
      over.abort();
      await flooding;
      viewer.socket.terminate();
      t.true(most < 3 * MIB, `${kind}: ${most}`);
      t.log(`${kind}: at most ${most} bytes held; ${(memory() - before).toFixed(0)} MB of memory more`);
    }
  },
);

test.serial(
  'many who read nothing hold together no more than the total: who holds the most is cut off, others stay',
  async (t) => {
    const limits = { softBytes: 1024 * MIB, hardBytes: 1024 * MIB, totalBytes: 8 * MIB };
    const served = await openServed(t, { limits });
    served
      .link('a')
      .emitSome(
        Array.from({ length: 500 }, (_, i) => reading(`g:x${i}`, 'RUNNING', { spawnError: 'x'.repeat(1_000) })),
      );
    const reader = await openSocket(served.server.url);
    t.teardown(() => reader.socket.terminate());
    reader.say({ type: 'hello', resume: null });
    await reader.messages.until(({ type }) => type === 'snapshot' || undefined, { what: 'the snapshot' });
    const deaf = await Promise.all(Array.from({ length: 6 }, () => openDeaf(t, served)));
    let most = 0;
    await eventually(
      async () => {
        for (const viewer of deaf) viewer.say({ type: 'hello', resume: null });
        most = Math.max(most, await unread(served));
        return sentAway(served);
      },
      (count) => count >= 3,
      { what: 'three are sent away', ms: LIMIT_MS },
    );
    t.true(most <= 9 * MIB, `${most} bytes`);
    served.link('a').emitSome([reading('g:x', 'STOPPED')]);
    await reader.messages.until(
      (message) =>
        (message.type === 'delta' &&
          message.delta.changes.some((change) => change.type === 'process' && change.process.state === 'STOPPED')) ||
        undefined,
      { what: 'who reads goes on', ms: LIMIT_MS },
    );
    deaf.forEach(({ socket }) => socket.terminate());
    await eventually(
      () => open(served),
      (count) => count === 1,
      { what: 'they are gone' },
    );
    await eventually(
      () => unread(served),
      (bytes) => bytes < MIB,
      { what: 'nothing is held for them' },
    );
  },
);

test.serial('answers over HTTP that nobody reads count with them', async (t) => {
  const served = await openServed(t, { limits: { totalBytes: 16 * MIB } });
  served.link('a').tail = async function* () {
    yield { type: 'text', text: 'x'.repeat(12 * MIB) };
  };
  const sockets = Array.from({ length: 6 }, () =>
    connect({ port: served.server.address.port, host: '127.0.0.1' }).pause(),
  );
  t.teardown(() => sockets.forEach((socket) => socket.destroy()));
  const ends = sockets.map((socket) => {
    socket.on('error', () => socket.destroy());
    socket.write('GET /api/v1/logs/a:g:x HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
    return once(socket, 'close');
  });
  let most = 0;
  await eventually(
    async () => {
      most = Math.max(most, await unread(served));
      return figure(served, 'multivisor_clients{kind="streams"}');
    },
    (streams) => streams === 1,
    { what: 'all but one are cut off', ms: LIMIT_MS },
  );
  t.true(most < 30 * MIB, `${most} bytes`);
  sockets.forEach((socket) => socket.resume());
  sockets.forEach((socket) => socket.end());
  await deadline(Promise.all(ends), LIMIT_MS, 'all are closed');
  const whole = sockets.filter(({ bytesRead }) => bytesRead > 12 * MIB).length;
  t.is(whole, 1, 'the one that stayed has it all');
});

test.serial('names of targets that are never done with are refused before they fill the memory', async (t) => {
  const served = await openServed(t);
  const viewer = await openSocket(served.server.url);
  t.teardown(() => viewer.socket.terminate());
  viewer.say({ type: 'hello', resume: null });
  const before = memory();
  const targets = Array.from({ length: 15 }, () => 'a'.repeat(4_000));
  // 20 commands of 20,000 names of 4,000 letters would be 1.6 GB.
  for (let i = 0; i < 2_000 && viewer.socket.readyState === viewer.socket.OPEN; i++) {
    viewer.say({ type: 'targets', id: i % 20, targets });
    if (i % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  t.is(await deadline(viewer.closed, LIMIT_MS, 'it is closed'), 1008);
  t.true(memory() - before < 150, `${memory() - before} MB`);
});

test('bytes that many hold are counted once, and what is let go, or gone, is not counted', (t) => {
  const cut: string[] = [];
  const all = createUnreadBytes(10_000);
  const [a, b] = ['a', 'b'].map((name) => all.open(() => void cut.push(name)));
  if (!a || !b) return t.fail();
  const shared = Buffer.alloc(4_000);
  const releases = [a.hold(shared), b.hold(shared), b.hold('x'.repeat(1_000))];
  const each = a.bytes() - 4_000;
  t.is(all.total(), 5_000 + 3 * each);
  releases[0]?.();
  releases[0]?.();
  t.is(all.total(), 5_000 + 2 * each);
  t.is(a.bytes(), 0);
  b.hold('x'.repeat(6_000));
  t.deepEqual(cut, ['b'], 'who holds the most');
  a.hold('x'.repeat(6_000));
  t.deepEqual(cut, ['b'], 'what is about to be let go does not count');
  a.hold('x'.repeat(6_000));
  t.deepEqual(cut, ['b', 'a']);
  b.close();
  a.close();
  t.is(all.total(), 0);
  b.hold('late');
  t.is(all.total(), 0);
});
