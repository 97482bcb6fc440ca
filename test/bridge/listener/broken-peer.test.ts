// A port that calls itself our listener and then breaks its word.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { createListenerLink } from '../../../src/bridge/listener/link.ts';
import type { LinkErrorCode } from '../../../src/core/model.ts';
import { createMutator } from '../../helpers/mutate.ts';
import { runLink } from '../../helpers/run-link.ts';
import { startSupervisord } from '../../helpers/supervisord.ts';
import { listenerServer } from '../../helpers/listener-server.ts';

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
