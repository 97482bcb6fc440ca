// The doors of one server, which stays up through all of it.
import { connect } from 'node:net';
import { encodeClientMessage } from '../../../src/core/wire/codec.ts';
import { SUBPROTOCOL } from '../../../src/core/wire/messages.ts';
import { openWorld } from '../../helpers/core/world.ts';
import { deadline } from '../../helpers/deadline.ts';
import { openSocket } from '../../helpers/server/open-socket.ts';
import type { TestServer } from '../../helpers/server/server.ts';
import { startTestServer } from '../../helpers/server/server.ts';
import type { Door } from '../door.ts';
import { drip, flood } from '../peers.ts';
import { throwRaw, throwRequests } from '../raw-http.ts';
import { mannersOfHttp } from './listener-doors.ts';

const END_MS = 20_000;

async function openServer() {
  const { session } = openWorld(['alpha']);
  const server = await startTestServer(session);
  return {
    server,
    port: server.address.port,
    close: async () => {
      await server.close({ drainMs: 100 });
      await session.close();
    },
  };
}

const livez = async (server: TestServer): Promise<string> => `others ${(await server.fetch('/livez')).status}`;

export async function openHttpDoor(): Promise<Door> {
  const { server, port, close } = await openServer();
  return {
    name: 'HTTP',
    take: async (text) => {
      const path = encodeURIComponent(text.slice(0, 3_000).toWellFormed());
      const got = await server.fetch(`/api/v1/status?select=${path}`);
      const body = JSON.stringify({ action: 'stop', select: [text.slice(0, 900)], signal: text });
      const headers = { 'content-type': 'application/json' };
      const posted = await server.fetch('/api/v1/commands', { method: 'POST', headers, body });
      const told = [`${got.status}`, `${posted.status}`];
      for (const bytes of throwRequests(text, '/api/v1/commands')) told.push(await throwRaw(port, { bytes }));
      return `${told.join(', ')}; ${await livez(server)}`;
    },
    manners: mannersOfHttp(port, '/api/v1/commands', () => livez(server)),
    isOwn: (told) => told.endsWith('others 200') && !/\b500\b/u.test(told),
    close,
  };
}

const FIN_TEXT = 0x81;
const TEXT = 0x01;
const CONTINUED = 0x00;
const CLOSE = 0x88;

/** As clients mask: by a key of zeros, which leaves the bytes as they are. */
function masked(first: number, body: Buffer, length = body.length): Buffer {
  const head = Buffer.alloc(14);
  head[0] = first;
  head[1] = 0x80 | 127;
  head.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([head, body]);
}

/** A viewer that has been let in and then does this; how it was sent away. */
async function misbehave(port: number, act: (socket: ReturnType<typeof connect>) => void): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => socket.destroy());
  let answer = Buffer.alloc(0);
  const closed = new Promise<void>((resolve) => void socket.once('close', () => resolve()));
  socket.write(
    `GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: ${SUBPROTOCOL}\r\n\r\n`,
  );
  socket.once('data', () => {
    socket.on('data', (chunk) => {
      answer = Buffer.concat([answer, chunk]).subarray(-4_096);
      if (closeCode(answer) !== null) socket.end();
    });
    act(socket);
  });
  await deadline(closed, END_MS, 'the viewer is sent away');
  return `closed with ${closeCode(answer) ?? 'nothing'}`;
}

function closeCode(answer: Buffer): number | null {
  const at = answer.lastIndexOf(CLOSE);
  return at >= 0 && at + 4 <= answer.length ? answer.readUInt16BE(at + 2) : null;
}

const PART = masked(CONTINUED, Buffer.alloc(16 * 1024, 'x'));
const HELLO = Buffer.from(encodeClientMessage({ type: 'hello', resume: null }));

export async function openViewerDoor(): Promise<Door> {
  const { server, port, close } = await openServer();
  const after = async (told: Promise<string>) => `${await told}; ${await livez(server)}`;
  return {
    name: 'viewer',
    take: async (text) => {
      const viewer = await openSocket(server.url);
      viewer.say({ type: 'hello', resume: null });
      viewer.say({
        type: 'link-call',
        id: 1,
        supervisor: 'alpha',
        call: { op: 'stop-group', group: text.slice(0, 900) },
      });
      viewer.say({
        type: 'command',
        id: 2,
        command: { action: 'signal', targets: ['alpha:g:x'], signal: text.slice(0, 60) },
      });
      viewer.socket.send(text);
      const code = await deadline(viewer.closed, END_MS, 'the viewer is sent away');
      return after(Promise.resolve(`closed with ${code}`));
    },
    manners: {
      endless: () =>
        after(
          misbehave(port, (socket) => {
            socket.write(masked(TEXT, Buffer.from('x')));
            void flood(socket, PART);
          }),
        ),
      // One that never comes to its end has not said hello either: both are sent away for that.
      slow: () => after(misbehave(port, (socket) => drip(socket, masked(FIN_TEXT, HELLO, 60_000)))),
      silent: () => after(misbehave(port, () => {})),
      cut: () =>
        after(
          misbehave(port, (socket) => socket.write(masked(FIN_TEXT, HELLO).subarray(0, 20), () => socket.destroy())),
        ),
      'lying about its length': () =>
        after(misbehave(port, (socket) => socket.write(masked(FIN_TEXT, HELLO, 2 ** 40)))),
    },
    isOwn: (told) => /^closed with (?:1003|1007|1008|1009|nothing); others 200$/u.test(told),
    close,
  };
}
