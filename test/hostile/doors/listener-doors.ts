// The listener itself: what its supervisord tells it, and what its port is asked.
import { once } from 'node:events';
import { createEventHub } from '../../../src/bridge/listener/event-hub.ts';
import { createListenerServer } from '../../../src/bridge/listener/serve.ts';
import { StdioError, createStdioReader } from '../../../src/bridge/listener/stdio.ts';
import type { Door } from '../door.ts';
import { nothingOpen } from '../door.ts';
import { throwRaw, throwRequests } from '../raw-http.ts';

function readStdin(parts: readonly string[]): string {
  const reader = createStdioReader();
  try {
    const events = parts.flatMap((part) => reader.push(Buffer.from(part)));
    return `${events.length} events`;
  } catch (error) {
    if (!(error instanceof StdioError)) throw error;
    return error.message;
  }
}

const PAYLOAD = 'processname:x groupname:g from_state:RUNNING';
const header = (length: number, name = 'PROCESS_STATE_EXITED') =>
  `ver:3.0 server:supervisor serial:1 pool:x poolserial:1 eventname:${name} len:${length}\n`;

/** supervisord is the parent: it may be another program, or send what one of its programs wrote. */
export const stdinDoor: Door = {
  name: 'listener, its stdin',
  take: (text) => {
    const named = readStdin([header(3, text.slice(0, 1_000)), 'abc']);
    return `${readStdin([text, '\n'])}; ${named}; ${readStdin([header(Buffer.byteLength(text)), text])}`;
  },
  manners: {
    endless: () => readStdin(Array.from({ length: 200 }, () => 'x'.repeat(64 * 1024))),
    slow: () => readStdin(Array.from(`${header(PAYLOAD.length)}${PAYLOAD}`)),
    silent: () => readStdin([]),
    cut: () => readStdin([header(PAYLOAD.length), PAYLOAD.slice(5)]),
    'lying about its length': () => readStdin([header(2 ** 40), PAYLOAD]),
  },
  isOwn: (told) => /event|header/u.test(told),
  close: nothingOpen,
};

export async function openListenerPortDoor(): Promise<Door> {
  const server = createListenerServer({
    hub: createEventHub(),
    token: null,
    tls: null,
    target: null,
    supervisord: 1,
    process: null,
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const neighbour = async (): Promise<string> => {
    const answer = await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(20_000) });
    await answer.text();
    return `others ${answer.status}`;
  };
  return {
    name: 'listener, its port',
    take: async (text) => {
      const told: string[] = [];
      for (const request of throwRequests(text, '/RPC2')) told.push(await throwRaw(port, { bytes: request }));
      return `${told.join(', ')}; ${await neighbour()}`;
    },
    manners: mannersOfHttp(port, '/RPC2', neighbour),
    isOwn: (told) => told.endsWith('others 404'),
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** What can be done to a port that speaks HTTP, each beside somebody else who asks for something. */
export function mannersOfHttp(port: number, path: string, neighbour: () => Promise<string>): Door['manners'] {
  const head = (length: string) =>
    `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml\r\n${length}\r\n`;
  const ask = async (
    bytes: string,
    more: Parameters<typeof throwRaw>[1] extends infer T ? Omit<T, 'bytes'> : never = {},
  ) => `${await throwRaw(port, { bytes: Buffer.from(bytes), ...more })}; ${await neighbour()}`;
  return {
    endless: () => ask(head(`Content-Length: ${2 ** 40}\r\n`), { floodBytes: 32 * 1024 * 1024 }),
    slow: () => ask(head('Content-Length: 9\r\n'), { slowly: true }),
    silent: () => ask(''),
    cut: () => ask(head('Content-Length: 9\r\n').slice(0, -9), { cut: true }),
    'lying about its length': async () => {
      const short = await ask(`${head('Content-Length: 1\r\n')}${'x'.repeat(100_000)}`);
      return `${short}; ${await ask(`${head('Content-Length: 3\r\nTransfer-Encoding: chunked\r\n')}ffffffffff\r\nabc`)}`;
    },
  };
}
