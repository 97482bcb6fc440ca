import { request } from 'node:http';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { isAuthorised } from '../../../src/bridge/listener/access.ts';
import { createEventHub } from '../../../src/bridge/listener/event-hub.ts';
import { followListener } from '../../../src/bridge/listener/follow-events.ts';
import { parseBind } from '../../../src/bridge/listener/parse-bind.ts';
import { parseLine } from '../../../src/bridge/listener/parse-line.ts';
import { EVENTS_PATH } from '../../../src/bridge/listener/protocol.ts';
import { createEventSerials } from '../../../src/bridge/events/event-serials.ts';
import type { SupervisorEvent } from '../../../src/bridge/events/supervisor-event.ts';
import { createTransport } from '../../../src/bridge/supervisord-api/http/transport.ts';
import { collect, eventually } from '../../helpers/deadline.ts';
import { listenerServer } from '../../helpers/agents/listener-server.ts';
import { createMutator } from '../../helpers/mutate.ts';
import { throwAt } from '../../helpers/terminal/throw-at.ts';

const LIMITS = { connectMs: 5_000, answerMs: 5_000, maxBytes: 1_000_000, relayed: true };

function event(poolserial: number) {
  return { event: 'PROCESS_STATE_EXITED', poolserial, payload: 'processname:a groupname:a from_state:RUNNING' };
}

test('where to listen is read as the original writes it', (t) => {
  const rows = [
    ['', '127.0.0.1', 9002, true],
    [':9010', '0.0.0.0', 9010, false],
    ['*:9010', '0.0.0.0', 9010, false],
    ['localhost', 'localhost', 9002, true],
    ['[::1]:9010', '::1', 9010, true],
    ['127.8.9.1:1', '127.8.9.1', 1, true],
    ['10.0.0.1:9002', '10.0.0.1', 9002, false],
  ] as const;
  for (const [text, host, port, loopback] of rows) t.deepEqual(parseBind(text), { host, port, loopback }, text);
  for (const text of ['x:0', 'x:99999', '::1', '[::1', 'a b:1', '[zz]:1', 'x:1:2']) t.is(parseBind(text), null, text);
});

function basic(text: string): string {
  return `Basic ${Buffer.from(text).toString('base64')}`;
}

test('the token opens the door as a bearer or as the password of anybody, and nothing else does', (t) => {
  const rows = [
    ['Bearer secret', true],
    ['bearer  secret', true],
    [basic('any:secret'), true],
    [basic(':secret'), true],
    ['Bearer secre', false],
    ['Bearer secret2', false],
    [basic('secret:any'), false],
    [basic('any:secret:more'), false],
    ['Digest secret', false],
    ['secret', false],
    [undefined, false],
  ] as const;
  for (const [authorization, expected] of rows) {
    t.is(isAuthorised(authorization === undefined ? {} : { authorization }, 'secret'), expected, authorization ?? '-');
  }
  t.true(isAuthorised({}, null));
});

test('the port answers each request with what it deserves', async (t) => {
  const { port } = await listenerServer(t, { token: 'secret', process: 'g:n' });
  const login = { authorization: 'Bearer secret' };
  const rows = [
    ['GET', '/', {}, 401],
    ['GET', EVENTS_PATH, {}, 401],
    ['POST', '/RPC2', {}, 401],
    ['POST', '/RPC2', { ...login, origin: 'http://evil.example' }, 403],
    ['GET', '/', login, 404],
    ['DELETE', '/RPC2', login, 404],
    ['GET', '/RPC2', login, 404],
    ['POST', '/RPC2', login, 503],
    ['GET', '/logtail/web/stdout', login, 503],
  ] as const;
  for (const [method, path, headers, status] of rows) {
    const answer = await ask({ port, method, path, headers });
    t.is(answer.status, status, `${method} ${path}`);
    t.regex(answer.server, /^multivisor-listener\/1/u);
  }
});

test('who connects gets every event, and who connects again what it missed', async (t) => {
  const { hub, port } = await listenerServer(t);
  const serials = createEventSerials();
  const source = { transport: transportTo(port), serials, supervisord: null };
  const first = follow(t, source);
  await first.opened();
  [5, 6].forEach((serial) => hub.add(event(serial)));
  await first.until(6);
  first.stop();
  [7, 8].forEach((serial) => hub.add(event(serial)));
  const second = follow(t, source);
  await second.until(8);
  t.deepEqual(
    second.events.map(({ poolSerial }) => poolSerial),
    [7, 8],
  );
  t.deepEqual(second.missed, [0, 0], 'and nothing is missing');
});

test('what can not be sent again shows as a gap; another supervisord starts over', async (t) => {
  const serials = createEventSerials();
  const old = await listenerServer(t, { supervisord: 1 });
  old.hub.add(event(3));
  const source = { transport: transportTo(old.port), serials, supervisord: null };
  const first = follow(t, source);
  await first.opened();
  old.hub.add(event(4));
  await first.until(4);
  // The listener was restarted and knows nothing of what was before.
  const again = await listenerServer(t, { supervisord: 1 });
  again.hub.add(event(9));
  const second = follow(t, { ...source, transport: transportTo(again.port), supervisord: 1 });
  await second.until(9);
  t.deepEqual(second.missed, [4]);
  const other = await listenerServer(t, { supervisord: 2 });
  const third = follow(t, { ...source, transport: transportTo(other.port), supervisord: 1 });
  await third.opened();
  other.hub.add(event(50));
  await third.until(50);
  t.deepEqual(third.missed, [0]);
});

test('a reader that does not read is dropped, and the others are not', (t) => {
  const hub = createEventHub();
  const state = { dropped: false, heard: 0 };
  const slow = { write: () => true, writableLength: 5_000_000, destroy: () => (state.dropped = true) };
  hub.attach(slow, null);
  hub.attach({ write: () => (state.heard += 1), writableLength: 0, destroy: () => t.fail() }, null);
  hub.add(event(1));
  hub.add(event(2));
  t.deepEqual(state, { dropped: true, heard: 2 });
  t.is(hub.subscribers(), 1);
});

test('10,000 broken requests leave the port as it was', async (t) => {
  const { hub, port } = await listenerServer(t, { token: 'secret' });
  const mutate = createMutator(19);
  const sound = Buffer.from(
    `POST /RPC2 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer secret\r\nContent-Length: 4\r\n\r\nabcd` +
      `GET ${EVENTS_PATH}?after=7 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer secret\r\n\r\n`,
  );
  const before = process.memoryUsage().rss;
  const send = async () => {
    for (let round = 0; round < 500; round += 1) await throwAt(port, mutate(sound));
  };
  await Promise.all(Array.from({ length: 20 }, send));
  await eventually(hub.subscribers, (count) => count === 0, { what: 'nobody is left', ms: 60_000 });
  t.is((await ask({ port, method: 'GET', path: '/', headers: {} })).status, 401);
  t.true(process.memoryUsage().rss - before < 300_000_000);
});

type Request = {
  readonly port: number;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
};

function ask({ port, ...rest }: Request): Promise<{ readonly status: number; readonly server: string }> {
  return new Promise((resolve, reject) => {
    const asking = request({ ...rest, port, host: '127.0.0.1', agent: false }, (response) => {
      response.resume();
      resolve({ status: response.statusCode ?? 0, server: String(response.headers['server']) });
    });
    asking.once('error', reject);
    asking.end();
  });
}

function transportTo(port: number) {
  const address = { kind: 'tcp', protocol: 'http', host: '127.0.0.1', port, path: '/RPC2' } as const;
  return createTransport({ address, credentials: null }, LIMITS);
}

function follow(t: ExecutionContext, source: Parameters<typeof followListener>[0]) {
  const over = new AbortController();
  t.teardown(() => over.abort());
  const seen = collect<SupervisorEvent | 'open'>();
  const missed: number[] = [];
  void followListener(source, {
    onOpen: () => seen.push('open'),
    onAgent: () => {},
    onEvents: (events) => {
      for (const each of events) {
        missed.push(source.serials.missing(each.poolSerial));
        seen.push(each);
      }
    },
    signal: over.signal,
  }).catch((error: unknown) => {
    if (!over.signal.aborted) throw error;
  });
  return {
    missed,
    get events() {
      return seen.items.filter((item) => item !== 'open');
    },
    opened: () => seen.until((item) => item === 'open' || undefined, { what: 'the stream' }),
    until: (serial: number) =>
      seen.until((item) => (item !== 'open' && item.poolSerial === serial) || undefined, { what: `event ${serial}` }),
    stop: () => over.abort(),
  };
}

test('a line of another kind is nothing', (t) => {
  for (const text of ['', '{', '[]', '{"type":"other"}', '{"type":"event","event":"x"}']) t.is(parseLine(text), null);
});
