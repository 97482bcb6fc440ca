// The listener on loopback without a token: whom it takes for a neighbour, and whether neighbours can shut others out.
import type { IncomingMessage } from 'node:http';
import { get, request } from 'node:http';
import { request as secureRequest } from 'node:https';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { hostname } from 'node:os';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { EVENTS_PATH } from '../../../src/bridge/listener/protocol.ts';
import { LISTENER_AGENTS, startListenerHost } from '../../helpers/agents/listener-host.ts';
import type { ListenerAgent } from '../../helpers/agents/listener-host.ts';
import { deadline } from '../../helpers/deadline.ts';
import { readCertificate } from '../../helpers/server/certificate.ts';

/** More than there are places, and less long than a head may take. */
const MANY = 300;
const SOON_MS = 7_000;

async function open(t: ExecutionContext, agent: ListenerAgent) {
  const host = await startListenerHost(agent);
  t.teardown(host.stop);
  await host.listens();
  return host;
}

function ask(port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const asking = request({ port, host: '127.0.0.1', path: '/', agent: false, headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    asking.once('error', reject);
    asking.end();
  });
}

for (const agent of LISTENER_AGENTS) {
  test.serial(`${agent}: without a token it answers to names of this machine, and to no page's`, async (t) => {
    const { port } = await open(t, agent);
    const rows = [
      [`127.0.0.1:${port}`, 404],
      ['localhost', 404],
      [`LOCALHOST:${port}`, 404],
      ['web.localhost', 404],
      ['[::1]:9002', 404],
      ['10.0.0.1', 404],
      [hostname(), 404],
      ['evil.example', 403],
      [`evil.example:${port}`, 403],
      ['localhost.evil.example', 403],
      ['127.0.0.1.evil.example', 403],
      ['evil.example:127.0.0.1', 403],
    ] as const;
    for (const [name, status] of rows) t.is(await ask(port, name), status, `Host: ${name}`);
  });

  for (const [what, said] of [
    ['say nothing', ''],
    ['never finish what they ask', 'GET / HTTP/1.1\r\nX: '],
    ['have been answered and stay', 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'],
  ] as const) {
    test.serial(`${agent}: ${MANY} connections that ${what} keep nobody out, and end no stream`, async (t) => {
      const { port } = await open(t, agent);
      const stream = get({ port, host: '127.0.0.1', path: EVENTS_PATH, agent: false });
      t.teardown(() => void stream.destroy());
      const events = await new Promise<IncomingMessage>((resolve) => void stream.once('response', resolve));
      let cut = false;
      events.resume().once('close', () => (cut = true));
      const sockets = await Promise.all(Array.from({ length: MANY }, () => occupy(port, said)));
      t.teardown(() => sockets.forEach((socket) => socket.destroy()));
      t.is(await deadline(ask(port, 'localhost'), SOON_MS, 'somebody else is answered'), 404);
      t.false(cut);
    });
  }
}

for (const agent of LISTENER_AGENTS) {
  for (const [what, said] of [
    ['say nothing', ''],
    ['stop in the middle of their greeting', '\u0016\u0003\u0001\u0002\u0000\u0001'],
    ['speak no TLS', 'GET / HTTP/1.1\r\nHost: localhost\r\n'],
  ] as const) {
    test.serial(
      `${agent} under TLS: ${MANY} connections that ${what} keep nobody out, and end no stream`,
      async (t) => {
        const tls = await readCertificate();
        const host = await startListenerHost(agent, { tls });
        t.teardown(host.stop);
        await host.listens();
        const { port } = host;
        const options = { port, host: '127.0.0.1', agent: false, ca: tls.cert } as const;
        const stream = secureRequest({ ...options, path: EVENTS_PATH }).end();
        t.teardown(() => void stream.destroy());
        const events = await new Promise<IncomingMessage>((resolve, reject) => {
          stream.once('response', resolve).once('error', reject);
        });
        let cut = false;
        events.resume().once('close', () => (cut = true));
        const sockets = await Promise.all(Array.from({ length: MANY }, () => occupy(port, said)));
        t.teardown(() => sockets.forEach((socket) => socket.destroy()));
        const status = new Promise<number>((resolve, reject) => {
          const asking = secureRequest({ ...options, path: '/' }, (response) => {
            response.resume();
            resolve(response.statusCode ?? 0);
          });
          asking.once('error', reject).end();
        });
        t.is(await deadline(status, SOON_MS, 'somebody else is answered'), 404);
        t.false(cut);
      },
    );
  }
}

/** Connected, all said, and answered or cut off where there is an answer. */
function occupy(port: number, said: string): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const settle = () => resolve(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', settle);
    if (said.endsWith('\r\n\r\n')) socket.once('data', settle);
    else socket.once('connect', settle);
    if (said !== '') socket.write(said);
  });
}
