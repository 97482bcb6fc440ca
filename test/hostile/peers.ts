// One peer that answers every connection in the same bad manner, on a port of its own.
import { once } from 'node:events';
import type { Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import type { Manner } from './badness.ts';

export type Peer = { readonly port: number; close(): Promise<void> };

/** `start`: what a sound peer would begin with; `frame` makes an answer that holds the text. */
export type Tongue = {
  readonly start: (socket: Socket) => void;
  readonly frame: (body: Buffer, length?: number) => Buffer;
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
        socket.write(tongue.frame(Buffer.from('x'), 2 ** 30));
        const more = () => {
          while (socket.writable && socket.write(ENDLESS));
        };
        socket.on('drain', more);
        more();
      }
    });
  });
}

function onceAsked(socket: Socket, tongue: Tongue, answer: () => void): void {
  tongue.start(socket);
  socket.once('data', () => answer());
  socket.resume();
}

function drip(socket: Socket, bytes: Buffer): void {
  let at = 0;
  const timer = setInterval(() => socket.write(bytes.subarray(at, (at += 1))), SLOW_MS);
  socket.once('close', () => clearInterval(timer));
}

async function listen(serve: (socket: Socket) => void): Promise<Peer> {
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

export const HTTP: Tongue = {
  start: () => {},
  frame: (body, length = body.length) =>
    Buffer.concat([
      Buffer.from(`HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: ${length}\r\n\r\n`),
      body,
    ]),
};
