// Calls over kept connections of a unix socket, against servers that answer well, badly and not at all.
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { LinkFailure } from '../../../../src/bridge/link/link-failure.ts';
import { createRpc } from '../../../../src/bridge/supervisord-api/xml-rpc/rpc.ts';
import { createTransport } from '../../../../src/bridge/supervisord-api/http/transport.ts';
import { eventually } from '../../../helpers/deadline.ts';

const { signal } = new AbortController();
const VALUE = '<methodResponse><params><param><value><int>7</int></value></param></params></methodResponse>';
const ANSWER = `HTTP/1.1 200 OK\r\nServer: Medusa/1.12\r\nContent-Type: text/xml\r\nContent-Length: ${VALUE.length}\r\n\r\n${VALUE}`;

type Handle = (socket: Socket, request: string, count: number) => void;

/** Answers each request as `handle` says, and counts what came. */
async function listen(t: ExecutionContext, handle: Handle, answerMs?: number) {
  const seen = { connections: 0, open: 0, requests: [] as string[] };
  const server = createServer((socket) => {
    seen.connections += 1;
    seen.open += 1;
    socket.on('close', () => (seen.open -= 1));
    socket.on('error', () => socket.destroy());
    socket.on('data', (data) => {
      seen.requests.push(data.toString());
      handle(socket, data.toString(), seen.requests.length);
    });
  });
  return { seen, ...(await connectTo(t, server, answerMs)) };
}

async function connectTo(t: ExecutionContext, server: Server, answerMs = 20_000) {
  const dir = await mkdtemp(join(tmpdir(), 'mv-kept-'));
  const path = join(dir, 's.sock');
  server.listen(path);
  await once(server, 'listening');
  const transport = createTransport(
    { address: { kind: 'unix', path }, credentials: { username: 'me', password: 'söcret' } },
    { connectMs: 20_000, answerMs, maxBytes: 10_000 },
  );
  t.teardown(async () => {
    transport.close();
    server.close();
    await rm(dir, { recursive: true, force: true });
  });
  const rpc = createRpc(transport);
  return { transport, rpc, ask: () => rpc.ask('supervisor.getPID', { signal }) };
}

async function failureOf(t: ExecutionContext, asked: Promise<unknown>): Promise<LinkFailure> {
  const failure = await t.throwsAsync(asked, { instanceOf: LinkFailure });
  t.notRegex(failure.message, /cret/u);
  return failure;
}

test('one connection serves call after call, with the login and the length of what is sent', async (t) => {
  const { ask, seen } = await listen(t, (socket) => socket.write(ANSWER));
  for (let count = 0; count < 3; count += 1) t.is(await ask(), 7);
  t.is(seen.connections, 1);
  const [head = '', body = ''] = (seen.requests[0] ?? '').split('\r\n\r\n');
  t.regex(head, /^POST \/RPC2 HTTP\/1\.1\r\nHost: localhost\r\n/u);
  t.true(head.includes(`Authorization: Basic ${Buffer.from('me:söcret').toString('base64')}`));
  t.true(head.includes(`Content-Length: ${Buffer.byteLength(body)}`));
});

test('calls at the same time have connections of their own, of which two are kept', async (t) => {
  const { ask, seen } = await listen(t, (socket) => socket.write(ANSWER));
  t.deepEqual(await Promise.all([ask(), ask(), ask(), ask()]), [7, 7, 7, 7]);
  t.is(seen.connections, 4);
  await eventually(
    () => seen.open,
    (open) => open === 2,
    { what: 'the others are closed' },
  );
  t.deepEqual(await Promise.all([ask(), ask()]), [7, 7]);
  t.is(seen.connections, 4);
});

test('an answer may come in pieces of any size', async (t) => {
  for (const size of [1, 7, 60]) {
    const { ask } = await listen(t, (socket) => {
      socket.setNoDelay(true);
      let at = 0;
      const next = () => {
        if (at >= ANSWER.length) return;
        socket.write(ANSWER.slice(at, (at += size)), () => setImmediate(next));
      };
      next();
    });
    t.is(await ask(), 7);
  }
});

test('a connection that the other side closed meanwhile is no failure', async (t) => {
  const { ask, seen } = await listen(t, (socket) => socket.end(ANSWER));
  t.is(await ask(), 7);
  t.is(await ask(), 7);
  const late = await listen(t, (socket, _, count) => (count === 2 ? socket.destroy() : socket.write(ANSWER)));
  t.is(await late.ask(), 7);
  t.is(await late.ask(), 7, 'asked once more, on a connection of its own');
  t.is(seen.connections, 2);
});

test('a connection is not used again when the other side says so, or when more came than was asked for', async (t) => {
  const closing = ANSWER.replace('Server', 'Connection: close\r\nServer');
  for (const answer of [closing, ANSWER.replace('1.1', '1.0'), `${ANSWER}HTTP/1.1 200 OK\r\n`]) {
    const { ask, seen } = await listen(t, (socket) => socket.write(answer));
    t.is(await ask(), 7);
    t.is(await ask(), 7);
    t.is(seen.connections, 2);
  }
});

test('an answer without its length is read by a whole HTTP client, then and from then on', async (t) => {
  let requests = 0;
  const server = createHttpServer((_, response) => {
    requests += 1;
    response.write(VALUE.slice(0, 20));
    response.end(VALUE.slice(20));
  });
  const { ask } = await connectTo(t, server);
  t.is(await ask(), 7);
  t.is(requests, 2);
  t.is(await ask(), 7);
  t.is(requests, 3);
});

test('what does not speak HTTP, refuses, hangs up or answers without end is told as such', async (t) => {
  const rows = [
    ['SSH-2.0-OpenSSH_9.2\r\n', 'not-supervisor'],
    [`x${'y'.repeat(70_000)}`, 'not-supervisor'],
    [`HTTP/1.1 200 OK\r\nX: ${'y'.repeat(70_000)}`, 'not-supervisor'],
    ['HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n', 'unauthorized'],
    ['HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno', 'not-supervisor'],
    ['HTTP/1.1 500 Oops\r\nContent-Length: 2\r\n\r\nno', 'protocol'],
    ['HTTP/1.1 200 OK\r\nContent-Length: 20000\r\n\r\n', 'protocol'],
  ] as const;
  for (const [answer, code] of rows) {
    const { ask } = await listen(t, (socket) => socket.write(answer));
    t.is((await failureOf(t, ask())).code, code, answer.slice(0, 40));
  }
  const rude = await listen(t, (socket) => socket.destroy());
  t.is((await failureOf(t, rude.ask())).code, 'closed');
});

test('who says nothing, or only a part, is a timeout, and the next call begins anew', async (t) => {
  for (const part of ['', ANSWER.slice(0, 30), ANSWER.slice(0, -5)]) {
    const { ask, seen } = await listen(t, (socket, _, count) => socket.write(count === 1 ? part : ANSWER), 2_000);
    t.is((await failureOf(t, ask())).code, 'timeout');
    t.is(await ask(), 7);
    t.is(seen.connections, 2);
  }
});

test('who does not wait any more gets the reason, and the connection is given up', async (t) => {
  const { rpc, seen } = await listen(t, () => {});
  const over = new AbortController();
  const asked = rpc.ask('supervisor.getPID', { signal: over.signal });
  await eventually(
    () => seen.requests.length,
    (count) => count === 1,
    { what: 'it is asked' },
  );
  over.abort(new Error('enough'));
  t.is((await t.throwsAsync(asked)).message, 'enough');
  await eventually(
    () => seen.open,
    (open) => open === 0,
    { what: 'the connection is closed' },
  );
});

test('nothing is left open when the transport is closed', async (t) => {
  const { ask, seen, transport } = await listen(t, (socket) => socket.write(ANSWER));
  await ask();
  t.is(seen.open, 1);
  transport.close();
  await eventually(
    () => seen.open,
    (open) => open === 0,
    { what: 'the kept one is closed' },
  );
});
