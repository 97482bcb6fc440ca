import { once } from 'node:events';
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import type { Socket } from 'node:net';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { describeDetected } from '../../../src/bridge/detect/describe-detected.ts';
import { detect } from '../../../src/bridge/detect/detect.ts';
import { LinkFailure } from '../../../src/bridge/link/link-failure.ts';
import { encodeGreeting } from '../../../src/bridge/zerorpc/zmtp.ts';
import { listenerServer } from '../../helpers/agents/listener-server.ts';
import { readCertificate } from '../../helpers/server/certificate.ts';
import { RPC_VARIANTS, startRpcHost } from '../../helpers/agents/multivisor-rpc.ts';
import { testWith } from '../../helpers/peers.ts';
import { startSupervisord } from '../../helpers/supervisord/supervisord.ts';

const LIMITS = { connectMs: 10_000, answerMs: 10_000 };

function at(port: number) {
  return { kind: 'tcp', protocol: 'detect', host: '127.0.0.1', port, path: '/RPC2' } as const;
}

function detectAt(port: number, limits = LIMITS) {
  return detect(at(port), { ...limits, signal: new AbortController().signal });
}

test('a stock supervisord is known by one connection, whether or not it asks for a password', async (t) => {
  for (const credentials of [null, { username: 'u', password: 'p' }]) {
    const host = await startSupervisord({ listen: 'tcp', credentials });
    t.teardown(host.stop);
    const port = host.address.kind === 'tcp' ? host.address.port : 0;
    t.deepEqual(await detectAt(port), { kind: 'supervisord', secure: false });
  }
});

test('our listener is known with and without a token, and over TLS', async (t) => {
  const tls = await readCertificate();
  const rows = [
    { token: null, tls: null },
    { token: 'x', tls: null },
    { token: 'x', tls },
  ];
  for (const row of rows) {
    const { port } = await listenerServer(t, row);
    t.deepEqual(await detectAt(port), { kind: 'listener', secure: row.tls !== null });
  }
});

for (const variant of RPC_VARIANTS) {
  testWith('multivisor-rpc', test)(`a real multivisor-rpc (${variant}) is known by its greeting`, async (t) => {
    const host = await startRpcHost(variant, { programs: '' });
    t.teardown(host.stop);
    await host.agentListens();
    t.deepEqual(await detectAt(host.rpcAddress.port), { kind: 'multivisor-rpc' });
  });
}

test('whoever speaks HTTP is known by what it says', async (t) => {
  const rows: readonly (readonly [string, RequestListener, string])[] = [
    [
      'a rewrite of supervisord without its server header',
      (_, response) => void response.end('<?xml version="1.0"?><methodResponse><params/></methodResponse>'),
      'supervisord',
    ],
    [
      'a multivisor server',
      ({ url }, response) => {
        response.statusCode = url === '/api/auth' ? 200 : 404;
        response.end('{"use_authentication": true, "is_authenticated": false}');
      },
      'multivisor',
    ],
    ['a web server', (_, response) => void response.end('<html>hello</html>'), 'not-supervisor'],
    ['a web server that refuses everything', (_, response) => void response.writeHead(405).end(), 'not-supervisor'],
  ];
  for (const [who, handle, expected] of rows) {
    const server = createServer(handle).listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.teardown(() => void server.close());
    const found = await detectAt(portOf(server.address())).catch(toCode);
    t.is(typeof found === 'string' ? found : found.kind, expected, who);
  }
});

test('what is none of them is refused with a reason, within the time given', async (t) => {
  const rows: readonly (readonly [string, (socket: Socket) => void, string])[] = [
    ['an SSH server', (socket) => void socket.write('SSH-2.0-OpenSSH_9.2\r\n'), 'not-supervisor'],
    ['one that closes at once', (socket) => socket.destroy(), 'not-supervisor'],
    ['one that says nothing', () => {}, 'timeout'],
    [
      'one that never stops',
      (socket) => void socket.write(Buffer.alloc(100_000, 'HTTP/1.1 200 OK\r\nX: y')),
      'not-supervisor',
    ],
  ];
  for (const [who, greet, expected] of rows) {
    const port = await tcpServer(t, greet);
    const found = await detectAt(port, { connectMs: 10_000, answerMs: 300 }).catch(toCode);
    t.true(found === expected || (expected === 'not-supervisor' && isEnd(found)), `${who}: ${JSON.stringify(found)}`);
  }
});

test('a peer of ZeroMQ is known by one byte', async (t) => {
  const port = await tcpServer(t, (socket) => void socket.write(encodeGreeting().subarray(0, 1)));
  t.deepEqual(await detectAt(port), { kind: 'multivisor-rpc' });
});

test('each kind has words for what it is', (t) => {
  const kinds = ['supervisord', 'listener', 'multivisor'] as const;
  for (const kind of kinds) t.not(describeDetected({ kind, secure: false }).found, '');
  t.regex(describeDetected({ kind: 'multivisor-rpc' }).better ?? '', /multivisor listener/u);
  t.is(describeDetected({ kind: 'supervisord', secure: true }).better, null);
});

async function tcpServer(t: ExecutionContext, greet: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    greet(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    sockets.forEach((socket) => socket.destroy());
    server.close();
  });
  return portOf(server.address());
}

function portOf(address: ReturnType<ReturnType<typeof createTcpServer>['address']>): number {
  if (address === null || typeof address === 'string') throw new Error('no TCP address');
  return address.port;
}

function toCode(error: unknown): string {
  if (error instanceof LinkFailure) return error.code;
  throw error;
}

/** A connection that is closed while one speaks may be told as its end. */
function isEnd(found: unknown): boolean {
  return found === 'closed';
}
