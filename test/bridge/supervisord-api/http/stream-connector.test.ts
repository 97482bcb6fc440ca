import { EventEmitter, once } from 'node:events';
import { connect, createServer } from 'node:net';
import { mock } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { ExecutionContext } from 'ava';
import test from 'ava';
import { createStreamConnector } from '../../../../src/bridge/supervisord-api/http/stream-connector.ts';

const ANSWER = 'HTTP/1.1 400 Bad Request\r\n\r\n';

// Time passes when a test says so: one after the other.
test.before(() => mock.timers.enable({ apis: ['setTimeout'] }));
test.after.always(() => mock.timers.reset());

async function listen(t: ExecutionContext) {
  const events = new EventEmitter<{ asked: [answer: () => void] }>();
  const closed: Promise<unknown>[] = [];
  const server = createServer((socket) => {
    closed.push(once(socket.on('error', () => socket.destroy()).resume(), 'close'));
    socket.once('data', () => events.emit('asked', () => void socket.write(ANSWER)));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no TCP address');
  const { port } = address;
  return {
    closed,
    asked: async () => (await once(events, 'asked'))[0],
    connectStream: createStreamConnector(() => connect(port, '127.0.0.1')),
  };
}

test.serial(
  'a supervisord that needs seconds to accept connections is not asked for a stream before it has',
  async (t) => {
    const { asked, connectStream } = await listen(t);
    let stands = false;
    const first = asked();
    const connecting = connectStream(new AbortController().signal).then((connected) => {
      stands = true;
      return connected;
    });
    const answerFirst = await first;
    // Longer than any turn of its loop on a host that is short of CPU.
    mock.timers.tick(10_000);
    await turn();
    t.false(stands);
    const second = asked();
    answerFirst();
    const answerSecond = await second;
    t.false(stands, 'what became free meanwhile is taken too');
    answerSecond();
    const { socket, release } = await connecting;
    release();
    socket.destroy();
  },
);

test.serial('what accepts and never answers is no supervisord, and is asked all the same in the end', async (t) => {
  const { asked, connectStream } = await listen(t);
  const first = asked();
  const connecting = connectStream(new AbortController().signal);
  await first;
  const second = asked();
  mock.timers.tick(15_000);
  await second;
  mock.timers.tick(15_000);
  const { socket, release } = await connecting;
  t.false(socket.destroyed);
  release();
  socket.destroy();
});

test.serial('who does not wait any more for a stream is told why, and leaves no connection', async (t) => {
  const { closed, asked, connectStream } = await listen(t);
  const over = new AbortController();
  const first = asked();
  const connecting = connectStream(over.signal);
  await first;
  over.abort(new Error('enough'));
  await t.throwsAsync(connecting, { message: 'enough' });
  await Promise.all(closed);
  t.pass();
});
