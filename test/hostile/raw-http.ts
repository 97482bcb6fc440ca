// Requests that no client makes, over a connection of their own.
import { connect } from 'node:net';
import { drip, flood } from './peers.ts';

export type Throw = {
  readonly bytes: Buffer;
  /** So many bytes after them, or until it is cut off. */
  readonly floodBytes?: number;
  /** A byte now and then. */
  readonly slowly?: boolean;
  /** Goes away in the middle. */
  readonly cut?: boolean;
};

/** Half a request may wait for its rest as long as the server's own deadline says: nobody is held up by it. */
const WAIT_MS = 300;
const FLOOD = Buffer.alloc(64 * 1024, 'x');

/** The first line of what is answered. */
export async function throwRaw(port: number, { bytes, floodBytes = 0, slowly, cut }: Throw): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    answer += chunk.toString('latin1', 0, 100);
    if (floodBytes === 0) socket.end();
  });
  socket.setTimeout(WAIT_MS, () => socket.destroy());
  const closed = new Promise<void>((resolve) => void socket.once('close', () => resolve()));
  if (slowly) {
    drip(socket, bytes);
    setTimeout(() => socket.destroy(), WAIT_MS).unref();
  } else if (cut) socket.write(bytes, () => socket.destroy());
  else if (floodBytes > 0) {
    socket.write(bytes);
    await flood(socket, FLOOD, floodBytes);
    socket.end();
  } else socket.write(bytes);
  await closed;
  return answer.slice(0, 40).split('\r\n')[0] || 'no answer';
}

/** The text in each place of a request. */
export function throwRequests(text: string, path: string): readonly Buffer[] {
  const short = text.slice(0, 12_000).replaceAll(/[\r\n]/gu, '');
  const head = `POST ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n`;
  return [
    `POST /${text.slice(0, 20_000)} HTTP/1.1\r\n${text}\r\n\r\n`,
    `GET /${encodeURIComponent(text.slice(0, 3_000).toWellFormed())} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
    `${head}X: ${short}\r\n\r\n`,
    `${head}Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
    `${head}Transfer-Encoding: chunked\r\n\r\n${short}\r\n`,
  ].map((request) => Buffer.from(request));
}
