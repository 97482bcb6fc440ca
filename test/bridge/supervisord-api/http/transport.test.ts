import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import type { SupervisordAddress, SupervisordConfig } from '../../../../src/core/config/types.ts';
import type { LinkErrorCode } from '../../../../src/core/model.ts';
import { createTransport } from '../../../../src/bridge/supervisord-api/http/transport.ts';
import { createSupervisordLink } from '../../../../src/bridge/supervisord/supervisord-link.ts';
import type { LinkOptions } from '../../../../src/bridge/link/link-options.ts';
import { runLink } from '../../../helpers/supervisord/run-link.ts';

function configOf(address: SupervisordAddress): SupervisordConfig {
  return {
    name: 's',
    url: '',
    address,
    credentials: { username: 'me', password: 'secret' },
    readOnly: false,
    protected: false,
    tags: [],
    origin: { file: 'test.conf', line: 1 },
  };
}

async function listen(t: ExecutionContext, server: Server): Promise<SupervisordAddress> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no TCP address');
  return { kind: 'tcp', protocol: 'http', host: '127.0.0.1', port: address.port, path: '/RPC2' };
}

function run(t: ExecutionContext, address: SupervisordAddress, linkOptions: Partial<LinkOptions> = {}) {
  const running = runLink(createSupervisordLink(configOf(address), linkOptions));
  t.teardown(running.stop);
  return running;
}

/** What it does with each connection. */
function rawServer(handle: (text: string) => string | null): Server {
  return createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('data', (data) => {
      const answer = handle(data.toString());
      if (answer !== null) socket.end(answer);
    });
  });
}

const html = (status: string, body: string) => `HTTP/1.1 ${status}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

const servers: readonly { readonly title: string; readonly answer: string; readonly code: LinkErrorCode }[] = [
  { title: 'something that does not speak HTTP', answer: 'SSH-2.0-OpenSSH_9.2\r\n', code: 'not-supervisor' },
  { title: 'a web server without an RPC interface', answer: html('404 Not Found', 'no'), code: 'not-supervisor' },
  {
    title: 'a web server with a page for everything',
    answer: html('200 OK', '<html>hello</html>'),
    code: 'not-supervisor',
  },
  { title: 'a proxy that forbids it', answer: html('403 Forbidden', 'no'), code: 'forbidden' },
  { title: 'a proxy whose supervisord is gone', answer: html('502 Bad Gateway', 'no'), code: 'protocol' },
  { title: 'somebody who hangs up', answer: '', code: 'closed' },
];

for (const { title, answer, code } of servers) {
  test(`${title} is ${code}`, async (t) => {
    const address = await listen(
      t,
      rawServer(() => answer),
    );
    const { error } = await run(t, address).next('down');
    t.is(error.code, code);
    t.regex(error.message, /127\.0\.0\.1:\d+/);
    t.notRegex(error.message, /secret/);
  });
}

test('a port where nobody listens is refused at once', async (t) => {
  const server = createServer();
  const address = await listen(t, server);
  server.close();
  await once(server, 'close');
  const begun = performance.now();
  const { error } = await run(t, address).next('down');
  t.is(error.code, 'refused');
  t.true(performance.now() - begun < 1_000);
});

test('a socket file that is not there, and one that nobody listens on', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'mv-'));
  t.teardown(() => rm(dir, { recursive: true, force: true }));
  const { error } = await run(t, { kind: 'unix', path: join(dir, 'none.sock') }).next('down');
  t.is(error.code, 'unreachable');
  t.regex(error.message, /no socket at .*none\.sock/);
});

test('a host that accepts and says nothing is a timeout within 5 s', async (t) => {
  const address = await listen(
    t,
    rawServer(() => null),
  );
  const begun = performance.now();
  const { error } = await run(t, address).next('down', { ms: 6_000 });
  t.is(error.code, 'timeout');
  t.true(performance.now() - begun < 5_200);
});

test('a host that accepts and trickles is a timeout too', async (t) => {
  const server = createHttpServer((_, response) => {
    response.writeHead(200);
    const timer = setInterval(() => response.write(' '), 50);
    response.on('close', () => clearInterval(timer));
  });
  const address = await listen(t, server);
  const { error } = await run(t, address, { answerMs: 400 }).next('down');
  t.is(error.code, 'timeout');
});

test('an answer without end is cut off', async (t) => {
  const server = createHttpServer((_, response) => {
    response.on('error', () => response.destroy());
    const more = () => {
      while (response.write('x'.repeat(65_536)));
    };
    response.on('drain', more);
    more();
  });
  const address = await listen(t, server);
  const { error } = await run(t, address, { maxAnswerBytes: 1_000_000 }).next('down');
  t.is(error.code, 'protocol');
  t.regex(error.message, /more than 1000000 bytes/);
});

test('it goes on trying, not in a hurry, and not at once for ever', async (t) => {
  let attempts = 0;
  const address = await listen(
    t,
    rawServer((text) => {
      if (text.includes('getAllProcessInfo')) attempts += 1;
      return html('502 Bad Gateway', 'no');
    }),
  );
  const running = run(t, address);
  await running.seen.until(
    (_, index) => (running.seen.items.filter(({ type }) => type === 'down').length >= 4 ? index : undefined),
    { what: 'four failures' },
  );
  t.true(attempts >= 4 && attempts < 8);
});

test('the pass that a listener hands to a neighbour is sent along, and what is none is not', async (t) => {
  const seen: unknown[] = [];
  const given = ['a'.repeat(32), 'not one: it has spaces', 'b'.repeat(32)];
  const server = createHttpServer((request, response) => {
    seen.push(request.headers['multivisor-pass']);
    const pass = given[seen.length - 1];
    if (pass !== undefined) response.setHeader('multivisor-pass', pass);
    response.end('x');
  });
  const address = await listen(t, server);
  const limits = { connectMs: 5_000, answerMs: 5_000, maxBytes: 1_000 };
  const transport = createTransport({ address, credentials: null }, limits);
  for (let i = 0; i < 4; i++) await transport.post('x', { signal: new AbortController().signal });
  t.deepEqual(seen, [undefined, 'a'.repeat(32), 'a'.repeat(32), 'b'.repeat(32)]);
  transport.close();
});
