import { once } from 'node:events';
import { WebSocket } from 'ws';
import { decodeServerMessage, encodeClientMessage } from '../../../src/core/wire/codec.ts';
import { SUBPROTOCOL } from '../../../src/core/wire/messages.ts';
import type { ClientMessage, ServerMessage } from '../../../src/core/wire/messages.ts';
import type { Collector } from '../deadline.ts';
import { collect, deadline } from '../deadline.ts';

export type OpenSocket = {
  readonly socket: WebSocket;
  readonly messages: Collector<ServerMessage>;
  /** The code with which it was closed. */
  readonly closed: Promise<number>;
  say(message: ClientMessage): void;
};

/** A viewer that speaks the wire by hand. */
export async function openSocket(url: string, headers: Readonly<Record<string, string>> = {}): Promise<OpenSocket> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, SUBPROTOCOL, { headers });
  const messages = collect<ServerMessage>();
  const closed = new Promise<number>((resolve) => void socket.once('close', resolve));
  socket.on('message', (data) => {
    const decoded = decodeServerMessage(Buffer.isBuffer(data) ? data.toString('utf8') : '');
    if (decoded.ok) messages.push(decoded.message);
  });
  await deadline(once(socket, 'open'), 30_000, 'the socket opens');
  return { socket, messages, closed, say: (message) => socket.send(encodeClientMessage(message)) };
}
