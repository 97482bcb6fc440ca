// The crowd's own process: viewers of one server, some of whom stop reading. Started by start-crowd.ts.
import { once } from 'node:events';
import * as v from 'valibot';
import { WebSocket } from 'ws';
import { encodeClientMessage } from '../../src/core/wire/codec.ts';
import { SUBPROTOCOL } from '../../src/core/wire/messages.ts';
import type { CrowdReport, Sight } from './crowd-messages.ts';
import { crowdRequest, sharedClock } from './crowd-messages.ts';

/** More at once overflow the queue of a listening socket. */
const AT_ONCE = 50;

const [url = '', total = '', stalled = ''] = process.argv.slice(2);
const changesSchema = v.object({
  delta: v.object({ changes: v.array(v.object({ process: v.optional(v.record(v.string(), v.unknown())) })) }),
});
let expected: { readonly sight: Sight; readonly at: Map<WebSocket, number> } | null = null;
let lost = 0;
const readers: WebSocket[] = [];
const sleepers: WebSocket[] = [];
const codes: number[] = [];

for (let opened = 0; opened < Number(total); opened += AT_ONCE) {
  const some = Array.from({ length: Math.min(AT_ONCE, Number(total) - opened) }, () => open());
  for (const socket of await Promise.all(some)) (sleepers.length < Number(stalled) ? sleepers : readers).push(socket);
}
for (const socket of readers) {
  socket.on('message', (data) => look(socket, Buffer.isBuffer(data) ? data.toString('utf8') : ''));
  socket.once('close', () => lost++);
}
for (const socket of sleepers) {
  socket.once('close', (code) => {
    codes.push(code);
    if (codes.length === sleepers.length) report({ type: 'dropped', codes, lost });
  });
}
process.on('message', (message) => {
  const request = v.parse(crowdRequest, message);
  if (request.type === 'resume') sleepers.forEach((socket) => socket.resume());
  else if (request.type === 'stall') sleepers.forEach((socket) => socket.pause());
  else expected = { sight: request.sight, at: new Map() };
  report({ type: 'done' });
});
process.on('disconnect', () => process.exit());
report({ type: 'ready' });

function report(said: CrowdReport): void {
  process.send?.(said);
}

/** Open, and with the snapshot in hand. */
async function open(): Promise<WebSocket> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, SUBPROTOCOL);
  socket.on('error', (error) => console.error(error.message));
  await once(socket, 'open');
  const snapshot = new Promise<void>((resolve) => {
    const wait = (data: unknown) => {
      if (!String(data).startsWith('{"type":"snapshot"')) return;
      socket.off('message', wait);
      resolve();
    };
    socket.on('message', wait);
  });
  socket.send(encodeClientMessage({ type: 'hello', resume: null }));
  await snapshot;
  return socket;
}

function look(socket: WebSocket, text: string): void {
  if (!expected || !text.includes(expected.sight.uid) || expected.at.has(socket)) return;
  const now = sharedClock();
  const told = v.safeParse(changesSchema, JSON.parse(text));
  if (!told.success) return;
  const { uid, key, value } = expected.sight;
  if (!told.output.delta.changes.some(({ process: row }) => row?.['uid'] === uid && row[key] === value)) return;
  expected.at.set(socket, now);
  if (expected.at.size < readers.length) return;
  report({ type: 'seen', at: [...expected.at.values()] });
  expected = null;
}
