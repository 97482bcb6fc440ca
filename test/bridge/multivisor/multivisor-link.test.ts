import { once } from 'node:events';
import type { ExecutionContext } from 'ava';
import test from 'ava';
import { WebSocketServer } from 'ws';
import { createMultivisorLink } from '../../../src/bridge/multivisor/multivisor-link.ts';
import type { MultivisorConfig } from '../../../src/core/config/types.ts';
import type { TailChunk } from '../../../src/core/ports.ts';
import { SessionError } from '../../../src/core/ports.ts';
import { leastRetryMs } from '../../../src/core/wire/dial.ts';
import { encodeServerMessage } from '../../../src/core/wire/codec.ts';
import { SUBPROTOCOL } from '../../../src/core/wire/messages.ts';
import { createToken } from '../../../src/server/access/tokens.ts';
import type { ServerOptions } from '../../../src/server/options.ts';
import { openCuttable } from '../../helpers/server/cuttable.ts';
import { collect, deadline, eventually } from '../../helpers/deadline.ts';
import { createFakeLink } from '../../helpers/core/fake-link.ts';
import { reading, reported, spec } from '../../helpers/core/readings.ts';
import { runLink } from '../../helpers/supervisord/run-link.ts';
import { linkConfig, serveLink } from '../../helpers/server/serve-supervisor.ts';
import { accounts } from '../../helpers/server/server.ts';

const never = new AbortController().signal;

async function serveFake(t: ExecutionContext, options: Partial<ServerOptions> = {}) {
  const link = createFakeLink();
  const served = await serveLink(t, { name: 'lid001', link }, options);
  link.emit({ type: 'source', source: 'log', note: '' });
  link.emitAll([reading('g:x', 'RUNNING'), reading('g:y', 'STOPPED')]);
  return { ...served, link };
}

function run(t: ExecutionContext, config: MultivisorConfig, options: { readonly attended?: boolean } = {}) {
  const running = runLink(createMultivisorLink(config), options);
  t.teardown(running.stop);
  return running;
}

test('what the link behind the server tells comes in its order, with its age and what the way adds', async (t) => {
  const { link, linkConfig } = await serveFake(t);
  const { seen, next } = run(t, linkConfig());
  const { latencyMs } = await next('all');
  t.true(latencyMs > 1, `${latencyMs} ms with the way here`);
  const from = seen.items.length;
  link.emit({ type: 'transitions', transitions: [reported('g:x', 'EXITED')] });
  link.emit({ type: 'some', readings: [reading('g:x', 'EXITED')], gone: ['g:z'], askedMsAgo: 40 });
  link.emit({ type: 'agent', process: 'g:x' });
  link.emit({ type: 'down', error: { code: 'refused', message: 'nobody listens' } });
  const { error } = await next('down', { from });
  // That no process of its own tells of events is the end of what was known before.
  const told = seen.items.slice(from);
  const news = told[0]?.type === 'agent' ? told.slice(1) : told;
  t.deepEqual(
    news.map(({ type }) => type),
    ['transitions', 'some', 'agent', 'down'],
  );
  const some = news.find((observation) => observation.type === 'some');
  t.true(some?.type === 'some' && (some.askedMsAgo ?? 0) >= 40 && some.gone[0] === 'g:z');
  t.is(error.code, 'refused');
  t.regex(error.message, /^127\.0\.0\.1:\d+ says: nobody listens$/);
});

test('somebody who looks here is somebody who looks there', async (t) => {
  const { link, linkConfig } = await serveFake(t);
  const running = run(t, linkConfig(), { attended: false });
  await running.next('all');
  t.deepEqual(link.attended, []);
  for (const watched of [true, false]) {
    running.link.attend(watched);
    await eventually(
      () => link.attended.at(-1),
      (last) => last === watched,
      { what: `attended ${watched}` },
    );
  }
});

test('a line that is lost is down, comes back by itself with a gap, and a followed log goes on', async (t) => {
  const { link, server } = await serveFake(t);
  const way = await openCuttable(t, server.address.port);
  let opened = 0;
  link.tail = async function* (_request, { signal }) {
    opened += 1;
    yield { type: 'text', text: `part ${opened}` };
    if (!signal.aborted) await once(signal, 'abort');
  };
  const running = run(t, linkConfig(way.port, 'lid001'));
  await running.next('all');
  const chunks = collect<TailChunk>();
  const over = new AbortController();
  const request = { uid: 's:g:x', stream: 'stdout', backlogBytes: 9, follow: true } as const;
  const read = async () => {
    for await (const chunk of running.link.tail(request, { signal: over.signal })) chunks.push(chunk);
  };
  const followed = read();
  await chunks.until((chunk) => chunk.type === 'text' || undefined, { what: 'text' });

  way.refuse(true);
  way.cut();
  const { error } = await running.next('down');
  t.is(error.code, 'closed');
  t.regex(error.message, /^the multivisor server at 127\.0\.0\.1:\d+: /);
  const call = { op: 'stop', target: 'g:x' } as const;
  t.like(await running.link.call(call, { signal: never }), { ok: false, code: 'unreachable' });
  link.emitAll([reading('g:x', 'STOPPED')]);
  const from = running.seen.items.length;
  way.refuse(false);
  running.link.reread([]);
  await running.next('all', { from });
  const told = running.seen.items.slice(from).map(({ type }) => type);
  const live = told.indexOf('all');
  t.deepEqual(told.slice(live - 3, live + 1), ['connecting', 'gap', 'source', 'all']);
  t.is(running.rows.get('g:x')?.state, 'STOPPED');
  const gap = await chunks.until((chunk) => (chunk.type === 'gap' ? chunk : undefined), { what: 'a gap in the log' });
  t.regex(gap.reason, /was lost/);
  await chunks.until((chunk) => (chunk.type === 'text' && chunk.text === 'part 2') || undefined, {
    what: 'it goes on',
  });
  over.abort();
  await deadline(followed, 10_000, 'the log ends');
});

test('another configuration of the server is a new beginning', async (t) => {
  const { session, link, linkConfig } = await serveFake(t);
  const running = run(t, linkConfig());
  await running.next('all');
  const from = running.seen.items.length;
  const other = createFakeLink();
  session.reconfigure([{ spec: spec('lid001'), link: other }]);
  const { error } = await running.next('down', { from });
  t.regex(error.message, /its configuration has changed/);
  other.emitAll([reading('g:new', 'RUNNING')]);
  await running.untilState('g:new', 'RUNNING');
  t.deepEqual([...running.rows.keys()], ['g:new']);
  link.emitAll([reading('g:old', 'RUNNING')]);
  const then = running.seen.items.length;
  session.reconfigure([{ spec: spec('lid01'), link: other }]);
  const missing = await running.seen.until(
    (seen) => (seen.type === 'down' && seen.error.code === 'not-supervisor' ? seen : undefined),
    { what: 'it is not there any more', from: then },
  );
  t.regex(missing.error.message, /: it has no supervisor "lid001"; did you mean "lid01"\?$/);
});

test('a login that is refused, and one that is right, by password or token', async (t) => {
  const { token, hash } = createToken();
  const machine = { name: 'm', hash, role: 'viewer', supervisors: ['lid*'] } as const;
  const { linkConfig } = await serveFake(t, { accounts: accounts([], [machine]) });
  const refused = run(t, linkConfig());
  const { error } = await refused.next('down');
  t.is(error.code, 'unauthorized');
  t.regex(error.message, /wants a login or a token/);
  t.is(leastRetryMs(error), 10_000, 'not tried so often that its owner is locked out');
  const accepted = run(t, linkConfig({ credentials: null, token }));
  await accepted.next('all');
  const call = { op: 'stop', target: 'g:x' } as const;
  t.like(await accepted.link.call(call, { signal: never }), { ok: false, code: 'not-allowed' });
  const tail = accepted.link.tail(
    { uid: 's:g:x', stream: 'stdout', backlogBytes: 9, follow: false },
    { signal: never },
  );
  const failure = await t.throwsAsync(
    async () => {
      for await (const chunk of tail) t.log(chunk);
    },
    { instanceOf: SessionError },
  );
  t.is(failure.code, 'not-allowed');
});

test('a server without links says so with its version, and what is no multivisor is told as that', async (t) => {
  const old = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => SUBPROTOCOL });
  await once(old, 'listening');
  t.teardown(() => old.close());
  old.on('connection', (socket) => {
    const actor = { name: 'ann', role: 'admin', supervisors: ['*'] } as const;
    socket.on('message', () => {
      const hello = { type: 'hello', version: '0.0.9', name: 'lab', epoch: 'e', actor, capabilities: [] } as const;
      socket.send(encodeServerMessage(hello));
    });
  });
  const address = old.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  const { error } = await run(t, linkConfig(port, 'lid001')).next('down');
  t.regex(error.message, /its version, 0\.0\.9, has no supervisors for others: update it$/);

  const { server } = await serveFake(t);
  const elsewhere = linkConfig(server.address.port, 'lid001');
  const wrong = run(t, { ...elsewhere, address: { ...elsewhere.address, path: '/elsewhere' } });
  const { error: none } = await wrong.next('down');
  t.is(none.code, 'not-supervisor');
  t.regex(none.message, /no multivisor server answers there \(HTTP 404\)/);
});

test('a name there that needs quoting, behind a proxy with a path', async (t) => {
  const link = createFakeLink();
  const { server } = await serveLink(t, { name: 'hall 1/lid', link }, { basePath: '/base' });
  link.emitAll([reading('g:x', 'RUNNING')]);
  const config = linkConfig(server.address.port, 'hall 1/lid');
  const running = run(t, { ...config, address: { ...config.address, path: '/base' } });
  await running.untilState('g:x', 'RUNNING');
  const stop = { op: 'stop', target: 'g:x' } as const;
  t.deepEqual(await running.link.call(stop, { signal: never }), { ok: true, unchanged: false });
  t.deepEqual(link.calls, [stop]);
});

test('names that JSON makes six times as long, or that no server reads, are asked for by asking for all', async (t) => {
  const { link, linkConfig } = await serveFake(t);
  const { link: far, next, seen } = run(t, linkConfig());
  await next('all');
  far.reread(['g:x', 'g:y']);
  await eventually(
    () => link.rereads.at(-1)?.length,
    (count) => count === 2,
    { what: 'what can be named is named' },
  );
  const rows: readonly (readonly string[])[] = [
    Array.from({ length: 50 }, (_, i) => `g:${'\u0001'.repeat(300)}${i}`),
    Array.from({ length: 50 }, (_, i) => `g:${'\ud800'.repeat(300)}${i}`),
    Array.from({ length: 50 }, (_, i) => `g:${'"'.repeat(900)}${i}`),
    [`g:${'x'.repeat(5_000)}`],
    Array.from({ length: 51 }, (_, i) => `g:p${i}`),
  ];
  for (const names of rows) {
    const before = link.rereads.length;
    const from = seen.items.length;
    far.reread(names);
    await eventually(
      () => link.rereads.length,
      (count) => count > before,
      { what: `${names[0]?.slice(0, 9)} is reread` },
    );
    t.deepEqual(link.rereads.at(-1), []);
    link.emitAll([reading('g:x', 'RUNNING')]);
    await next('all', { from });
  }
  t.false(
    seen.items.some(({ type }) => type === 'down'),
    'the line stood all the time',
  );
});
