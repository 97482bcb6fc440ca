// A supervisord that answers every call as one should, but says something bad at one place: in the stream of a log, in
// that of a listener's events, or in one method.
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { createFakeProcess } from '../../bench/farm/fake-process.ts';
import type { Xml } from '../../bench/farm/xml-rpc.ts';
import { decodeCall, encodeAnswer, encodeFault } from '../../bench/farm/xml-rpc.ts';
import type { Manner } from './badness.ts';
import { drip, flood } from './peers.ts';

/** What a stream says, and when it has been said. */
export type BadStream = { readonly handle: (response: ServerResponse) => void; readonly said: Promise<void> };

export type SoundHost = {
  readonly port: number;
  /** From now on said to whoever follows something. */
  follow(stream: BadStream): void;
  /** From now on answered to this method. */
  answer(method: string, value: Xml): void;
  close(): Promise<void>;
};

const MOST_BYTES = 32 * 1024 * 1024;
const PART = Buffer.alloc(64 * 1024, 'x');
const DRIPS = 10;

/** And ends; it has been taken when more is asked for. */
export function sayAndEnd(text: string): BadStream {
  const { promise, resolve } = Promise.withResolvers<void>();
  let times = 0;
  return {
    said: promise,
    handle: (response) => {
      times += 1;
      response.writeHead(200, { server: 'Medusa/1.12', 'content-type': 'text/plain' });
      if (times > 1) resolve();
      else response.end(`${text}\n`);
    },
  };
}

export function sayText(text: string): BadStream {
  const { promise, resolve } = Promise.withResolvers<void>();
  return {
    said: promise,
    handle: (response) => {
      response.writeHead(200, { server: 'Medusa/1.12', 'content-type': 'text/plain' });
      response.write(Buffer.from(`${text}\n`), () => resolve());
    },
  };
}

/** `line`: what a slow one says. */
export function sayInManner(manner: Manner, line: string): BadStream {
  const { promise, resolve } = Promise.withResolvers<void>();
  const raw = (response: ServerResponse, bytes: string) => {
    const { socket } = response;
    if (!socket) return;
    socket.write(bytes, () => {
      socket.destroy();
      resolve();
    });
  };
  const handle = (response: ServerResponse): void => {
    switch (manner) {
      case 'silent':
        return resolve();
      case 'cut':
        return raw(response, 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\nabc');
      case 'lying about its length':
        return raw(response, `HTTP/1.1 200 OK\r\nContent-Length: ${2 ** 31}\r\n\r\nabc`);
      case 'slow':
      case 'endless': {
        response.writeHead(200, { server: 'Medusa/1.12' });
        response.flushHeaders();
        const { socket } = response;
        if (!socket) return;
        // Past the framing of HTTP: the answer has no length, so each part is a chunk of its own.
        if (manner === 'endless') {
          const head = Buffer.from(`${PART.length.toString(16)}\r\n`);
          void flood(socket, Buffer.concat([head, PART, Buffer.from('\r\n')]), MOST_BYTES).then(resolve);
        } else {
          drip(socket, Buffer.from(Array.from(line, (letter) => `1\r\n${letter}\r\n`).join('')));
          let ticks = 0;
          const timer = setInterval(() => {
            ticks += 1;
            if (ticks < DRIPS && !socket.destroyed) return;
            clearInterval(timer);
            resolve();
          }, 20);
        }
      }
    }
  };
  return { said: promise, handle };
}

export async function startSoundHost(name = 'x'): Promise<SoundHost> {
  const process = createFakeProcess({ group: 'g', name, nextPid: () => 100, log: () => {} });
  const answers = new Map<string, () => Xml>([
    ['supervisor.getAPIVersion', () => '3.0'],
    ['supervisor.getSupervisorVersion', () => '4.2.5'],
    ['supervisor.getIdentification', () => 'supervisor'],
    ['supervisor.getPID', () => 1],
    ['supervisor.getState', () => ({ statecode: 1, statename: 'RUNNING' })],
    ['supervisor.getAllProcessInfo', () => [process.info()]],
    ['supervisor.getProcessInfo', () => process.info()],
    ['supervisor.readLog', () => 'an old line\n'],
  ]);
  answers.set('system.listMethods', () => [...answers.keys()]);
  let stream: BadStream | null = null;
  const server = createServer((request, response) => {
    response.on('error', () => response.destroy());
    if (request.method !== 'POST') {
      if (stream) stream.handle(response);
      else response.writeHead(404).end();
      return;
    }
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('end', () => {
      const { method } = decodeCall(Buffer.concat(chunks).toString('utf8'));
      const value = answers.get(method)?.();
      const body = value === undefined ? encodeFault(1, 'UNKNOWN_METHOD') : encodeAnswer(value);
      response.writeHead(200, { 'content-type': 'text/xml', server: 'Medusa/1.12' }).end(body);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    follow: (next) => {
      stream = next;
    },
    answer: (method, value) => void answers.set(method, () => value),
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
