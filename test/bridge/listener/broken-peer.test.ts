// A port that calls itself our listener and then breaks its word.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { createEventSerials } from '../../../src/bridge/events/event-serials.ts';
import type { SupervisorEvent } from '../../../src/bridge/events/supervisor-event.ts';
import { followListener } from '../../../src/bridge/listener/follow-events.ts';
import { createListenerLink } from '../../../src/bridge/listener/listener-link.ts';
import { encodeLine } from '../../../src/bridge/listener/protocol.ts';
import { LinkFailure } from '../../../src/bridge/link/link-failure.ts';
import { createSupervisordLink } from '../../../src/bridge/supervisord/supervisord-link.ts';
import { createTransport } from '../../../src/bridge/supervisord-api/http/transport.ts';
import type { LinkErrorCode } from '../../../src/core/model.ts';
import { createMutator } from '../../helpers/mutate.ts';
import { runLink } from '../../helpers/supervisord/run-link.ts';
import { startSupervisord } from '../../helpers/supervisord/supervisord.ts';
import { listenerServer } from '../../helpers/agents/listener-server.ts';

const CONFIG = {
  name: 's',
  url: 'http://127.0.0.1',
  credentials: null,
  readOnly: false,
  protected: false,
  tags: [],
  origin: { file: 'test.conf', line: 1 },
} as const;

function linkTo(port: number) {
  const address = { kind: 'tcp', protocol: 'http', host: '127.0.0.1', port, path: '/RPC2' } as const;
  return createListenerLink({ ...CONFIG, address });
}

test('a link to what is no listener is down, with the reason', async (t) => {
  const rows: readonly (readonly [string, RequestListener, LinkErrorCode])[] = [
    ['a web page', (_, response) => void response.end('<html>'), 'not-supervisor'],
    ['no such path', (_, response) => void response.writeHead(404).end(), 'not-supervisor'],
    ['a token', (_, response) => void response.writeHead(401).end(), 'unauthorized'],
    ['a supervisord that does not answer', (_, response) => void response.writeHead(502).end(), 'refused'],
    ['a supervisord without an API', (_, response) => void response.writeHead(503).end(), 'not-supervisor'],
  ];
  for (const [what, handle, code] of rows) {
    const run = runLink(linkTo(await httpServer(t, handle)));
    t.is((await run.next('down')).error.code, code, what);
    await run.stop();
  }
});

test('events that are none end the connection with the reason, while another link goes on', async (t) => {
  const host = await startSupervisord({ programs: '[program:web]\ncommand=sleep 1000\n' });
  t.teardown(host.stop);
  const target = { serverUrl: host.url, login: null };
  const sound = await listenerServer(t, { target });
  const good = runLink(linkTo(sound.port));
  t.teardown(good.stop);
  await good.untilState('web:web', 'RUNNING');
  const mutate = createMutator(29);
  const line = Buffer.from('{"type":"hello","protocol":1,"agent":"node","supervisord":1,"process":null,"last":null}\n');
  const rows = ['garbage\n', '{"type":"alive"}\n', line.toString().replace('"protocol":1', '"protocol":9')];
  const broken = [...rows, ...Array.from({ length: 20 }, () => `${mutate(line).toString('utf8')}\ngarbage\n`)];
  const from = good.seen.items.length;
  for (const text of broken) {
    const port = await httpServer(t, async (request, response) => {
      if (request.url?.startsWith('/multivisor/events')) return void response.write(text);
      const chunks: Buffer[] = [];
      for await (const chunk of request) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
      const answer = await fetch(`http://127.0.0.1:${sound.port}/RPC2`, {
        method: 'POST',
        body: Buffer.concat(chunks),
      });
      response.end(await answer.text());
    });
    const run = runLink(linkTo(port));
    const { error } = await run.next('down');
    t.is(error.code, 'protocol', text);
    t.regex(error.message, /listener/u);
    await run.stop();
  }
  t.false(good.seen.items.slice(from).some(({ type }) => type === 'down'));
});

test('10,000 broken streams of events are each ended or refused, and none costs memory or another link', async (t) => {
  const host = await startSupervisord({ programs: '[program:web]\ncommand=sleep 1000\n' });
  t.teardown(host.stop);
  const good = runLink(createSupervisordLink(host.config()));
  t.teardown(good.stop);
  await good.untilState('web:web', 'RUNNING');
  const from = good.seen.items.length;
  const mutate = createMutator(37);
  const payload = 'processname:web groupname:web from_state:RUNNING expected:0 pid:42';
  const lines = [
    encodeLine({ type: 'hello', protocol: 1, agent: 'node', supervisord: 5, process: 'a:b', last: 6 }),
    ...[7, 8].map((poolserial) => encodeLine({ type: 'event', event: 'PROCESS_STATE_EXITED', poolserial, payload })),
    encodeLine({ type: 'alive' }),
  ];
  const body = Buffer.from(lines.join(''));
  const head = Buffer.from('HTTP/1.1 200 OK\r\nServer: multivisor-listener/1\r\nTransfer-Encoding: chunked\r\n\r\n');
  // Half of them are sound HTTP, which would hide the lines.
  let round = 0;
  const server = createTcpServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', () => {
      round += 1;
      const whole = Buffer.concat([head, ...chunked(body)]);
      socket.end(round % 2 === 0 ? mutate(whole) : Buffer.concat([head, ...chunked(mutate(body))]));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no TCP address');
  const seen = { events: 0, ended: 0, refused: 0 };
  const where = { kind: 'tcp', protocol: 'http', host: '127.0.0.1', port: address.port, path: '/RPC2' } as const;
  const limits = { connectMs: 30_000, answerMs: 30_000, maxBytes: 1_000_000, relayed: true };
  const transport = createTransport({ address: where, credentials: null }, limits);
  t.teardown(() => transport.close());
  const onEvents = (events: readonly SupervisorEvent[]) => void (seen.events += events.length);
  const meet = async () => {
    const { signal } = new AbortController();
    const source = { transport, serials: createEventSerials(), supervisord: null };
    try {
      await followListener(source, { onOpen: () => {}, onAgent: () => {}, onEvents, signal });
      seen.ended += 1;
    } catch (error) {
      if (!(error instanceof LinkFailure)) throw error;
      seen.refused += 1;
    }
  };
  await meet();
  const before = process.memoryUsage().rss;
  const meetMany = async () => {
    for (let times = 0; times < 250; times += 1) await meet();
  };
  await Promise.all(Array.from({ length: 40 }, meetMany));
  t.true(process.memoryUsage().rss - before < 200_000_000);
  t.true(seen.events > 1_000 && seen.ended > 1_000 && seen.refused > 1_000, JSON.stringify(seen));
  t.false(good.seen.items.slice(from).some(({ type }) => type === 'down'));
});

function chunked(bytes: Buffer): Buffer[] {
  return [`${bytes.length.toString(16)}\r\n`, bytes, '\r\n0\r\n\r\n'].map((part) => Buffer.from(part));
}

async function httpServer(
  t: ExecutionContext,
  handle: (...args: Parameters<RequestListener>) => unknown,
): Promise<number> {
  const answer = async (...[request, response]: Parameters<RequestListener>) => {
    try {
      await handle(request, response);
    } catch {
      // Whoever asked has left meanwhile.
      response.destroy();
    }
  };
  const server = createServer((request, response) => void answer(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no TCP address');
  return address.port;
}
