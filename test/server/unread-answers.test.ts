// Answers that nobody reads: they are held in memory, so for a while only.
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createServer, get } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as after } from 'node:timers/promises';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import type { Reply } from '../../src/server/http/reply.ts';
import { writeReply } from '../../src/server/http/reply.ts';
import { createUnreadBytes } from '../../src/server/unread-bytes.ts';
import { eventually } from '../helpers/deadline.ts';

const PATIENCE_MS = 500;
/** More than the system holds for a connection. */
const LONG = 'x'.repeat(16 * 1024 * 1024);

async function serve(t: ExecutionContext, reply: () => Reply) {
  const { signal } = new AbortController();
  const unread = createUnreadBytes(2 ** 40);
  let asked = 0;
  const server = createServer((_request, response) => {
    asked += 1;
    writeReply(response, reply(), { ending: signal, patienceMs: PATIENCE_MS, unread }).catch((error: unknown) => {
      t.fail(String(error));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const connections = () =>
    new Promise<number>((resolve, reject) =>
      server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
    );
  return { port, connections, asked: () => asked };
}

async function* inParts(parts: readonly string[], pauseMs = 0): AsyncGenerator<string> {
  for (const part of parts) {
    if (pauseMs > 0) await after(pauseMs);
    yield part;
  }
}

const KINDS: Readonly<Record<string, () => Reply>> = {
  'a log': () => ({ kind: 'chunks', headers: {}, chunks: inParts([LONG, LONG]) }),
  'the end of a log': () => ({ kind: 'chunks', headers: {}, chunks: inParts([LONG]) }),
  'a status': () => ({ kind: 'json', status: 200, body: LONG }),
  'a text': () => ({ kind: 'text', status: 200, text: LONG }),
};

for (const [what, reply] of Object.entries(KINDS)) {
  test.serial(`twenty who ask for ${what} and do not read are cut off, and nothing is held for them`, async (t) => {
    const { port, connections, asked } = await serve(t, reply);
    const sockets = Array.from({ length: 20 }, () => connect({ port, host: '127.0.0.1' }).pause());
    t.teardown(() => sockets.forEach((socket) => socket.destroy()));
    for (const socket of sockets) {
      socket.on('error', () => socket.destroy());
      socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    }
    await eventually(asked, (count) => count === 20, { what: 'all have asked', everyMs: 5 });
    const held = Math.round(process.memoryUsage().rss / 1e6);
    await eventually(connections, (count) => count === 0, { what: 'all are cut off', ms: 20_000 });
    await Promise.all(sockets.map((socket) => once(socket.resume(), 'close')));
    for (const { bytesRead } of sockets) t.true(bytesRead < LONG.length, `${bytesRead} bytes`);
    t.log(`${held} MB while they were unread`);
  });
}

test.serial('who reads slowly gets it all, and a source that takes its time is waited for', async (t) => {
  const { port } = await serve(t, () => ({
    kind: 'chunks',
    headers: {},
    chunks: inParts(['a', LONG, 'b'], PATIENCE_MS * 2),
  }));
  const response = await new Promise<IncomingMessage>((resolve) => void get({ port, host: '127.0.0.1' }, resolve));
  let length = 0;
  for await (const part of response) {
    length += Buffer.isBuffer(part) ? part.length : 0;
    // 256 pieces or more: for longer than the server has patience with who reads nothing.
    await after(5);
  }
  t.is(length, LONG.length + 2);
});
