// What a reload does to the streams that are open: see src/bridge/supervisord-api/http/stream-connector.ts.
import { EventEmitter, once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import { createSupervisordLink } from '../../../src/bridge/supervisord/supervisord-link.ts';
import { createTransport } from '../../../src/bridge/supervisord-api/http/transport.ts';
import { DEFAULT_LINK_OPTIONS } from '../../../src/bridge/link/link-options.ts';
import { deadline, eventually } from '../../helpers/deadline.ts';
import { logFiles } from '../../helpers/supervisord/open-files.ts';
import { rowsOf, rowsOfInfo, runLink } from '../../helpers/supervisord/run-link.ts';
import { startSupervisord } from '../../helpers/supervisord/supervisord.ts';

const WEB = '[program:web]\ncommand=sleep 1000\nstartsecs=0\n';

test('the file of a stream has a number that is not used again soon, and another one after a reload', async (t) => {
  const host = await startSupervisord({ programs: WEB });
  t.teardown(host.stop);
  const run = runLink(createSupervisordLink(host.config()), { attended: false });
  t.teardown(run.stop);
  const seen: number[] = [];
  for (let round = 0; round < 3; round++) {
    const known = await eventually(
      () => logFiles(host).filter((number) => !seen.includes(number)),
      (numbers) => numbers.length > 0,
      { what: `stream ${round}`, ms: 30_000 },
    );
    const [file = 0] = known;
    // The first five are its own, and what takes the low numbers is eight connections at least.
    t.true(file >= 5 + 8, String(file));
    seen.push(file);
    const { pid } = await run.untilState('web:web', 'RUNNING');
    t.like(await run.link.call({ op: 'reload' }, { signal: AbortSignal.timeout(20_000) }), { ok: true });
    await eventually(
      () => run.rows.get('web:web'),
      (row) => row?.state === 'RUNNING' && row.pid !== pid,
      { what: 'it runs again', ms: 60_000 },
    );
  }
  t.is(new Set(seen).size, 3);
  t.deepEqual(rowsOf(run.rows), rowsOfInfo(await host.readAll()));
});

test('whoever does not want a stream any more waits for it no longer, however far it has come', async (t) => {
  const host = await startSupervisord({ programs: WEB });
  t.teardown(host.stop);
  for (let tenths = 0; tenths < 60; tenths++) {
    const transport = createTransport(host.config(), {
      ...DEFAULT_LINK_OPTIONS,
      maxBytes: DEFAULT_LINK_OPTIONS.maxAnswerBytes,
    });
    const unwanted = new AbortController();
    const ended = transport.open('/mainlogtail', { signal: unwanted.signal }).then(
      async (stream) => void (stream.destroyed || (await once(stream, 'close'))),
      (error: unknown) => t.truthy(error),
    );
    await delay(tenths / 10);
    unwanted.abort();
    await deadline(ended, 30_000, `the end of a stream that was unwanted after ${tenths / 10} ms`);
    transport.close();
  }
});

test('a stream that stands and stays silent is opened again, and nothing is lost', async (t) => {
  const host = await startSupervisord({ programs: WEB });
  t.teardown(host.stop);
  const between = await muteFirstStream(host.socketPath ?? '');
  t.teardown(between.close);
  const address = { kind: 'tcp', protocol: 'http', host: '127.0.0.1', port: between.port, path: '/RPC2' } as const;
  const pollIntervals = { ...DEFAULT_LINK_OPTIONS.pollIntervals, attended: { floorMs: 300, share: 1 } };
  const run = runLink(createSupervisordLink({ ...host.config(), address }, { pollIntervals }));
  t.teardown(run.stop);
  const { pid } = await run.untilState('web:web', 'RUNNING');
  await between.muted;
  const from = run.seen.items.length;
  process.kill(pid ?? 0, 'SIGKILL');
  await run.untilTold('web:web', 'RUNNING', { from });
  t.deepEqual(
    run.told('web:web', from).map(({ to, reason }) => [to, reason?.kind ?? null]),
    [
      ['EXITED', 'signal'],
      ['STARTING', null],
      ['RUNNING', null],
    ],
  );
});

type MutedProxy = { readonly port: number; readonly muted: Promise<unknown>; readonly close: () => void };

/** Passes everything on; of the first stream of the main log only what comes at once. */
async function muteFirstStream(socketPath: string): Promise<MutedProxy> {
  const events = new EventEmitter();
  const muted = once(events, 'muted');
  let streams = 0;
  const server = createServer((client) => {
    const upstream = connect({ path: socketPath });
    let isMuted = false;
    client.on('data', (chunk) => {
      if (chunk.includes('GET /mainlogtail')) {
        streams += 1;
        isMuted = streams === 1;
      }
      upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      // The headers come first, then the old lines in one piece.
      if (isMuted && chunk.includes('supervisord started')) {
        client.write(chunk);
        upstream.pause();
        events.emit('muted');
      } else client.write(chunk);
    });
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no TCP address');
  return {
    port: address.port,
    muted,
    close: () => void server.close(),
  };
}
