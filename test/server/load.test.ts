// Many viewers at one server, some of whom stop reading: nobody else may notice.
import { once } from 'node:events';
import test from 'ava';
import { WebSocket } from 'ws';
import { decodeServerMessage, encodeClientMessage } from '../../src/core/wire/codec.ts';
import { SUBPROTOCOL } from '../../src/core/wire/messages.ts';
import { deadline, eventually } from '../helpers/deadline.ts';
import { reading } from '../helpers/core/readings.ts';
import { openServed } from '../helpers/server/served-world.ts';

const VIEWERS = 60;
const STALLED = 6;
const LIMIT_MS = 60_000;

type Viewer = { readonly socket: WebSocket; pid: number | null; code: number | null };

async function openViewer(url: string): Promise<Viewer> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, SUBPROTOCOL);
  const viewer: Viewer = { socket, pid: null, code: null };
  await deadline(once(socket, 'open'), LIMIT_MS, 'the socket opens');
  const snapshot = new Promise<void>((resolve) => {
    socket.on('message', (data) => {
      const decoded = decodeServerMessage(Buffer.isBuffer(data) ? data.toString('utf8') : '');
      if (!decoded.ok) return;
      if (decoded.message.type === 'snapshot') resolve();
      if (decoded.message.type !== 'delta') return;
      for (const change of decoded.message.delta.changes) {
        if (change.type === 'process' && change.process.uid === 'a:g:x') viewer.pid = change.process.pid;
      }
    });
  });
  socket.once('close', (code) => (viewer.code = code));
  socket.send(encodeClientMessage({ type: 'hello', resume: null }));
  await deadline(snapshot, LIMIT_MS, 'the snapshot');
  return viewer;
}

test(`of ${VIEWERS} viewers ${STALLED} stop reading: those are sent away with 1013, all others have every change`, async (t) => {
  const limits = { softBytes: 64 * 1024, patienceMs: 500, farewellMs: LIMIT_MS };
  const { server, link } = await openServed(t, { limits });
  const viewers = await Promise.all(Array.from({ length: VIEWERS }, () => openViewer(server.url)));
  t.teardown(() => viewers.forEach(({ socket }) => socket.terminate()));
  const stalled = viewers.slice(0, STALLED);
  const healthy = viewers.slice(STALLED);
  for (const { socket } of stalled) socket.pause();

  let pid = 0;
  const wide = 'x'.repeat(8_000);
  const allHave = () =>
    eventually(
      () => healthy.filter((viewer) => viewer.pid !== pid).length,
      (behind) => behind === 0,
      { what: `all that read have change ${pid}`, ms: LIMIT_MS },
    );
  const change = () => link('a').emitSome([reading('g:x', 'RUNNING', { pid: ++pid, spawnError: wide })]);
  await eventually(
    async () => {
      // No faster than a reader reads: who is sent away here is one that does not.
      for (let i = 0; i < 20; i++) change();
      await allHave();
      return (await server.fetch('/metrics')).text();
    },
    (metrics) => new RegExp(`dropped_total\\{what="clients"\\} ${STALLED}\n`).test(metrics),
    { what: 'those that do not read are given up', ms: LIMIT_MS },
  );
  for (const { socket } of stalled) socket.resume();
  await eventually(
    () => stalled.map(({ code }) => code),
    (codes) => codes.every((code) => code !== null),
    { what: 'they are closed', ms: LIMIT_MS },
  );
  t.deepEqual(
    stalled.map(({ code }) => code),
    stalled.map(() => 1013),
  );
  change();
  await allHave();
  t.true(healthy.every(({ socket, code }) => code === null && socket.readyState === WebSocket.OPEN));
});
