// A port that speaks ZeroMQ and then breaks its word: the link says why, and nothing else happens.
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { connectZerorpc } from '../../../src/bridge/zerorpc/client.ts';
import { createZerorpcLink } from '../../../src/bridge/zerorpc/zerorpc-link.ts';
import { encodeMessageBody } from '../../../src/bridge/zerorpc/message.ts';
import { encodeGreeting, encodeMessage, encodeReady } from '../../../src/bridge/zerorpc/zmtp.ts';
import { LinkFailure } from '../../../src/bridge/link/link-failure.ts';
import { createSupervisordLink } from '../../../src/bridge/supervisord/supervisord-link.ts';
import type { LinkErrorCode } from '../../../src/core/model.ts';
import { collect, eventually } from '../../helpers/deadline.ts';
import { fakeAgent } from '../../helpers/agents/fake-agent.ts';
import { createMutator } from '../../helpers/mutate.ts';
import { runLink } from '../../helpers/supervisord/run-link.ts';
import { startSupervisord } from '../../helpers/supervisord/supervisord.ts';

const EMPTY = Buffer.alloc(0);
const BASE = { connectMs: 5_000, heartbeatMs: 100, maxBytes: 1_000_000 };

test('a call is answered, refused by the other side, too late, or cut off, and each is told apart', async (t) => {
  const agent = await fakeAgent(t, {
    good: () => ['OK', [42]],
    bad: () => ['ERR', ['ValueError', 'no', 'Traceback …']],
    odd: () => ['WHAT', []],
    mute: () => null,
  });
  const over = new AbortController();
  t.teardown(() => over.abort());
  const client = await connectZerorpc(agent.address, { ...BASE, signal: over.signal });
  const call = (method: string, answerMs = 5_000) => client.call(method, [1], { signal: over.signal, answerMs });
  t.is(await call('good'), 42);
  t.like(await t.throwsAsync(call('bad')), { name: 'RemoteError', kind: 'ValueError', message: 'no' });
  t.like(await t.throwsAsync(call('odd')), { name: 'LinkFailure', code: 'protocol' });
  t.like(await t.throwsAsync(call('mute', 50)), { name: 'LinkFailure', code: 'timeout' });
  const cut = call('mute');
  agent.drop();
  t.like(await t.throwsAsync(cut), { name: 'LinkFailure', code: 'closed' });
});

test('a stream asks for more as it is read, keeps its heart beating, and ends when the other heart stops', async (t) => {
  const agent = await fakeAgent(t, {});
  const over = new AbortController();
  t.teardown(() => over.abort());
  const client = await connectZerorpc(agent.address, { ...BASE, heartbeatMs: 1_500, signal: over.signal });
  const items: unknown[] = [];
  const ends = collect<string>();
  client.stream('event_stream', { onItem: (item) => items.push(item), onEnd: ends.push, signal: over.signal });
  const channel = await agent.said.until(({ name, id }) => (name === 'event_stream' ? id : undefined), {
    what: 'a stream',
  });
  const granted = () =>
    agent.said.items.flatMap(({ name, args }) =>
      name === '_zpc_more' && Array.isArray(args) ? [Number(args[0])] : [],
    );
  t.deepEqual(granted(), [], 'nothing is asked of a channel that may not be there yet');
  for (let item = 0; item < 300; item += 1) agent.tell(channel, 'STREAM', item);
  await eventually(
    () => items.length,
    (count) => count === 300,
    { what: 'all items' },
  );
  await eventually(
    () => granted().reduce((sum, count) => sum + count, 0),
    (sum) => sum >= 300 && sum <= 420,
    { what: 'as much was asked for as was read, and a little more' },
  );
  await agent.said.until(({ name, responseTo }) => (name === '_zpc_hb' && responseTo === channel) || undefined, {
    what: 'our heartbeat',
  });
  t.is(await ends.until((reason) => reason, { what: 'the end' }), 'its heartbeat stopped');
});

test('ports that break their word mark their link with the reason', async (t) => {
  const body = encodeMessageBody({ id: 'x', responseTo: null, name: 'n', args: [] });
  const open = Buffer.concat([encodeGreeting(), encodeReady('ROUTER')]);
  const rows: readonly (readonly [string, Buffer, LinkErrorCode])[] = [
    ['HTTP', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'), 'not-supervisor'],
    ['an old version', Buffer.concat([encodeGreeting().subarray(0, 10), Buffer.from([1])]), 'protocol'],
    ['a message that is none', Buffer.concat([open, encodeMessage([EMPTY, Buffer.from('garbage')])]), 'protocol'],
    ['a message without its empty frame', Buffer.concat([open, encodeMessage([Buffer.from(body)])]), 'protocol'],
    ['a frame without an end', Buffer.concat([open, Buffer.from([2, 0x7f, 0, 0, 0, 0, 0, 0, 0])]), 'protocol'],
  ];
  for (const [what, bytes, code] of rows) {
    const port = await rawServer(t, (socket) => void socket.write(bytes));
    const address = { kind: 'tcp', protocol: 'detect', host: '127.0.0.1', port, path: '/RPC2' } as const;
    const run = runLink(createZerorpcLink({ ...CONFIG, address }));
    const { error } = await run.next('down');
    t.is(error.code, code, `${what}: ${error.message}`);
    await run.stop();
  }
});

test('10,000 broken peers are each told what was wrong, none costs memory, and another link goes on', async (t) => {
  const host = await startSupervisord({ programs: '[program:web]\ncommand=sleep 1000\n' });
  t.teardown(host.stop);
  const good = runLink(createSupervisordLink(host.config()));
  t.teardown(good.stop);
  await good.untilState('web:web', 'RUNNING');
  const from = good.seen.items.length;
  const mutate = createMutator(17);
  const item = encodeMessageBody({ id: 'x', responseTo: 'y', name: 'STREAM', args: { eventname: 'X' } });
  const sound = Buffer.concat([encodeReady('ROUTER'), encodeMessage([EMPTY, item]), encodeMessage([EMPTY, item])]);
  // Half of them are broken behind the greeting, which would hide the rest.
  let round = 0;
  const port = await rawServer(t, (socket) => {
    round += 1;
    socket.end(
      round % 2 === 0
        ? mutate(Buffer.concat([encodeGreeting(), sound]))
        : Buffer.concat([encodeGreeting(), mutate(sound)]),
    );
  });
  const address = { kind: 'tcp', protocol: 'detect', host: '127.0.0.1', port, path: '/RPC2' } as const;
  const codes = new Map<LinkErrorCode, number>();
  const meet = async () => {
    const over = new AbortController();
    try {
      const client = await connectZerorpc(address, { ...BASE, connectMs: 30_000, signal: over.signal });
      throw await client.closed;
    } catch (error) {
      if (!(error instanceof LinkFailure)) throw error;
      t.regex(error.message, /127\.0\.0\.1/u);
      codes.set(error.code, (codes.get(error.code) ?? 0) + 1);
    } finally {
      over.abort();
    }
  };
  await meet();
  const before = process.memoryUsage().rss;
  const meetMany = async () => {
    for (let times = 0; times < 250; times += 1) await meet();
  };
  await Promise.all(Array.from({ length: 40 }, meetMany));
  t.true(process.memoryUsage().rss - before < 200_000_000);
  t.deepEqual(
    [...codes.keys()].filter((code) => !['closed', 'protocol', 'not-supervisor', 'unauthorized'].includes(code)),
    [],
    'a reason that fits what was sent',
  );
  t.true((codes.get('protocol') ?? 0) > 500 && (codes.get('closed') ?? 0) > 500, JSON.stringify([...codes]));
  t.false(good.seen.items.slice(from).some(({ type }) => type === 'down'));
});

const CONFIG = {
  name: 's',
  url: 'tcp://127.0.0.1',
  credentials: null,
  readOnly: false,
  protected: false,
  tags: [],
  origin: { file: 'test.conf', line: 1 },
} as const;

async function rawServer(t: ExecutionContext, greet: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.resume();
    greet(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    sockets.forEach((socket) => socket.destroy());
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no TCP address');
  return address.port;
}
