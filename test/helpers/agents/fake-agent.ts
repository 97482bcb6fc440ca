import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import type { ExecutionContext } from 'ava';
import { atOnce } from '../../../src/bridge/link/slices.ts';
import type { TcpAddress } from '../../../src/bridge/link/tcp-address.ts';
import type { Message } from '../../../src/bridge/zerorpc/message.ts';
import { decodeMessage, encodeMessageBody } from '../../../src/bridge/zerorpc/message.ts';
import { createZmtpDecoder, encodeGreeting, encodeMessage, encodeReady } from '../../../src/bridge/zerorpc/zmtp.ts';
import type { Collector } from '../deadline.ts';
import { collect } from '../deadline.ts';

export type FakeAgent = {
  readonly address: TcpAddress;
  /** Everything that it was told. */
  readonly said: Collector<Message>;
  tell(channel: string, name: string, args: unknown): void;
  /** Cuts every connection. */
  drop(): void;
};

/** The server side of zerorpc, for what no real one does on demand. Methods answer with `[name, args]`, or not at all. */
export async function fakeAgent(
  t: ExecutionContext,
  methods: Readonly<Record<string, () => readonly [string, unknown] | null>>,
): Promise<FakeAgent> {
  const sockets = new Set<Socket>();
  const said = collect<Message>();
  const tell = (channel: string, name: string, args: unknown) => {
    const body = encodeMessageBody({ id: randomUUID(), responseTo: channel, name, args });
    sockets.forEach((socket) => socket.write(encodeMessage([Buffer.alloc(0), body])));
  };
  const server = createServer((socket) => {
    const decoder = createZmtpDecoder({ maxBytes: 1_000_000, maxFrames: 8 });
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => sockets.delete(socket));
    socket.write(encodeGreeting());
    socket.on('data', (chunk) => {
      for (const event of decoder.push(chunk)) {
        if (event.type === 'greeting') socket.write(encodeReady('ROUTER'));
        if (event.type !== 'message') continue;
        const message = atOnce(decodeMessage(event.frames));
        said.push(message);
        const answer = methods[message.name]?.();
        if (answer) tell(message.id, ...answer);
      }
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no TCP address');
  const drop = () => sockets.forEach((socket) => socket.destroy());
  t.teardown(() => {
    drop();
    server.close();
  });
  return {
    address: { kind: 'tcp', protocol: 'detect', host: '127.0.0.1', port: address.port, path: '' },
    said,
    tell,
    drop,
  };
}
