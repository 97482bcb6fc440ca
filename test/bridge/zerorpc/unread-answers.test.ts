// A peer that asks and does not read what it is answered.
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { createServer } from 'node:net';
import test from 'ava';
import { connectZmtp } from '../../../src/bridge/zerorpc/connect-zmtp.ts';
import { encodeCommand, encodeGreeting, encodeReady } from '../../../src/bridge/zerorpc/zmtp.ts';
import { deadline } from '../../helpers/deadline.ts';

test('a peer that floods with PINGs and reads no answer is cut off before it fills our memory', async (t) => {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.write(Buffer.concat([encodeGreeting(), encodeReady('ROUTER')]));
    const flood = Buffer.concat(Array.from({ length: 500 }, () => encodeCommand('PING', Buffer.alloc(200))));
    const more = () => {
      while (socket.writable && socket.write(flood));
    };
    socket.on('drain', more);
    socket.once('data', () => {
      socket.pause();
      more();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    sockets.forEach((socket) => socket.destroy());
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const before = process.memoryUsage().rss;
  const connection = await connectZmtp(
    { kind: 'tcp', protocol: 'http', host: '127.0.0.1', port, path: '/' },
    {
      onMessage: () => {},
      limits: { maxBytes: 1_000, maxFrames: 8 },
      connectMs: 5_000,
      signal: new AbortController().signal,
    },
  );
  const failure = await deadline(connection.closed, 30_000, 'the peer is cut off');
  t.is(failure.code, 'protocol');
  t.regex(failure.message, /without reading/u);
  t.true(process.memoryUsage().rss - before < 150 * 1024 * 1024);
});
