// One peer that answers every connection in the same bad manner, on a port of its own.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import { encodeGreeting, encodeMessage, encodeReady } from '../../src/bridge/zerorpc/zmtp.ts';
import { SUBPROTOCOL } from '../../src/core/wire/messages.ts';
import type { Manner } from './badness.ts';

export type Peer = { readonly port: number; close(): Promise<void> };

/** How a sound peer would speak. */
export type Tongue = {
  /** What it begins with. */
  readonly start: (socket: Socket) => void;
  /** What it answers to the first that it is told; without it that is a question already. */
  readonly welcome?: (request: string) => string;
  /** An answer that holds the text; `length`: what it says of its length. */
  readonly frame: (body: Buffer, length?: number) => Buffer;
  /** A beginning, and what may follow it for ever. */
  readonly endless: { readonly head: Buffer; readonly part: Buffer };
};

const ENDLESS = Buffer.alloc(64 * 1024, 'x');
const SLOW_MS = 20;

export function answerWith(body: Buffer, tongue: Tongue): Promise<Peer> {
  return listen((socket) => onceAsked(socket, tongue, () => socket.end(tongue.frame(body))));
}

export function behave(manner: Manner, tongue: Tongue): Promise<Peer> {
  return listen((socket) => {
    if (manner === 'silent') return;
    onceAsked(socket, tongue, () => {
      const whole = tongue.frame(Buffer.from('<methodResponse>'));
      if (manner === 'cut') socket.end(whole.subarray(0, whole.length - 5));
      else if (manner === 'lying about its length') socket.end(tongue.frame(Buffer.from('x'), 2 ** 31));
      else if (manner === 'slow') drip(socket, whole);
      else {
        socket.write(tongue.endless.head);
        void flood(socket, tongue.endless.part);
      }
    });
  });
}

function onceAsked(socket: Socket, tongue: Tongue, answer: () => void): void {
  const { welcome } = tongue;
  tongue.start(socket);
  socket.once('data', (request) => {
    if (!welcome) return answer();
    socket.write(welcome(request.toString('latin1')));
    socket.once('data', () => answer());
  });
  socket.resume();
}

/** A byte now and then, for as long as the other side stays. */
export function drip(socket: Socket, bytes: Buffer): void {
  let at = 0;
  const timer = setInterval(() => socket.write(bytes.subarray(at, (at += 1))), SLOW_MS);
  socket.once('close', () => clearInterval(timer));
}

/** As fast as it is taken, up to `most` bytes; resolves when they are sent or the other side is gone. */
export function flood(socket: Socket, part: Buffer, most = Infinity): Promise<void> {
  let sent = 0;
  return new Promise((resolve) => {
    const more = () => {
      while (socket.writable && sent < most) {
        sent += part.length;
        if (!socket.write(part)) return;
      }
      resolve();
    };
    socket.on('drain', more);
    socket.once('close', () => resolve());
    more();
  });
}

export async function listen(serve: (socket: Socket) => void): Promise<Peer> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => sockets.delete(socket));
    serve(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    close: async () => {
      sockets.forEach((socket) => socket.destroy());
      server.close();
      await once(server, 'close');
    },
  };
}

const httpFrame: Tongue['frame'] = (body, length = body.length) =>
  Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: ${length}\r\n\r\n`), body]);

export const HTTP: Tongue = {
  start: () => {},
  frame: httpFrame,
  endless: { head: httpFrame(Buffer.from('x'), 2 ** 40), part: ENDLESS },
};

const zmtpFrame: Tongue['frame'] = (body, length) => {
  const frame = encodeMessage([Buffer.alloc(0), body]);
  return length === undefined ? frame : Buffer.concat([longHead(2, length), body]);
};

export const ZMTP: Tongue = {
  start: (socket) => void socket.write(Buffer.concat([encodeGreeting(), encodeReady('ROUTER')])),
  frame: zmtpFrame,
  // One after the other, each of which is whole.
  endless: {
    head: Buffer.alloc(0),
    part: Buffer.concat(Array.from({ length: 200 }, () => zmtpFrame(Buffer.from('x')))),
  },
};

const FIN_TEXT = 0x81;
const TEXT = 0x01;
const CONTINUED = 0x00;
const MAGIC = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** Of a server, which masks nothing. */
function wsFrame(first: number, body: Buffer, length = body.length): Buffer {
  const head =
    length < 126
      ? Buffer.from([first, length])
      : length < 2 ** 16
        ? Buffer.from([first, 126, length >> 8, length & 0xff])
        : longHead(first, length, 127);
  return Buffer.concat([head, body]);
}

function longHead(first: number, length: number, mark?: number): Buffer {
  const head = mark === undefined ? Buffer.alloc(9) : Buffer.alloc(10);
  head[0] = first;
  if (mark !== undefined) head[1] = mark;
  head.writeBigUInt64BE(BigInt(length), head.length - 8);
  return head;
}

export const WEB_SOCKET: Tongue = {
  start: () => {},
  welcome: (request) => {
    const key = /sec-websocket-key: *(\S+)/iu.exec(request)?.[1] ?? '';
    const accept = createHash('sha1').update(`${key}${MAGIC}`).digest('base64');
    return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: ${SUBPROTOCOL}\r\n\r\n`;
  },
  frame: (body, length) => wsFrame(FIN_TEXT, body, length),
  // A message of parts that never ends.
  endless: { head: wsFrame(TEXT, Buffer.from('x')), part: wsFrame(CONTINUED, ENDLESS) },
};
