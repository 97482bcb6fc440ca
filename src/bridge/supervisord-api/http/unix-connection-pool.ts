// Calls over the kept connections of a unix socket. Node's HTTP client takes four times as long for each, which is most
// of what watching hundreds of supervisords costs; here the other side is supervisord itself, and its answers are plain.
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { Address } from '../../../core/config/types.ts';
import { overdue, tooLong } from '../../link/link-failure.ts';
import type { HttpAnswer } from './parse-response.ts';
import { createHttpAnswerReader } from './parse-response.ts';

export type KeptConnectionsOptions = {
  readonly address: Extract<Address, { kind: 'unix' }>;
  /** Request line and headers of a POST, without its length and the empty line. */
  readonly head: string;
  readonly maxBytes: number;
};

export type PooledCallOptions = { readonly signal: AbortSignal; readonly connectMs: number; readonly answerMs: number };

export type KeptConnections = {
  /**
   * The answer, or null when only a whole HTTP client can read it. Throws LinkFailure when it is overdue or too long, the
   * signal's reason, or what the connection failed with.
   */
  post(body: string, options: PooledCallOptions): Promise<Kept | null>;
  close(): void;
};

export type Kept = HttpAnswer & {
  /** From the established connection to the last byte. */
  readonly answerMs: number;
};

type Connection = {
  readonly socket: Socket;
  onData: (chunk: Buffer) => void;
  onEnd: (error: Error) => void;
};

const MOST_IDLE = 2;
const nobody = () => {};

export function createKeptConnections({ address, head, maxBytes }: KeptConnectionsOptions): KeptConnections {
  let idle: Connection[] = [];

  const open = (): Connection => {
    const socket = connect({ path: address.path });
    const connection: Connection = { socket, onData: nobody, onEnd: nobody };
    socket.on('data', (chunk: Buffer) => connection.onData(chunk));
    socket.on('error', (error) => connection.onEnd(error));
    // The other side keeps a connection for as long as it likes.
    socket.on('end', () => socket.destroy());
    socket.on('close', () => {
      idle = idle.filter((other) => other !== connection);
      connection.onEnd(Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }));
    });
    return connection;
  };
  const keep = (connection: Connection) => {
    connection.onData = () => connection.socket.destroy();
    if (idle.length >= MOST_IDLE) return void connection.socket.destroy();
    // As long as nothing is asked, it keeps nobody from ending.
    connection.socket.unref();
    idle.push(connection);
  };
  const take = (): Connection => {
    const connection = idle.pop();
    connection?.socket.ref();
    return connection ?? open();
  };

  return {
    post: (body, { signal, connectMs, answerMs }) =>
      new Promise((resolve, reject) => {
        const connection = take();
        const { socket } = connection;
        const reader = createHttpAnswerReader(maxBytes);
        let begun = performance.now();
        const stop = () => {
          clearTimeout(timer);
          signal.removeEventListener('abort', onAbort);
          connection.onData = nobody;
          connection.onEnd = nobody;
        };
        const fail = (error: unknown) => {
          stop();
          socket.destroy();
          reject(error);
        };
        const onAbort = () => fail(signal.reason);
        const expire = (what: 'connection' | 'answer', ms: number) =>
          setTimeout(() => fail(overdue(what, address, ms)), ms);
        let timer = socket.connecting ? expire('connection', connectMs) : expire('answer', answerMs);
        const onConnect = () => {
          clearTimeout(timer);
          begun = performance.now();
          timer = expire('answer', answerMs);
        };
        if (socket.connecting) socket.once('connect', onConnect);
        connection.onEnd = fail;
        connection.onData = (chunk) => {
          try {
            const answer = reader.push(chunk);
            if (answer === undefined) return;
            stop();
            if (answer?.reusable) keep(connection);
            else socket.destroy();
            resolve(answer && { answerMs: performance.now() - begun, ...answer });
          } catch (error) {
            fail(error instanceof RangeError ? tooLong(address, maxBytes) : error);
          }
        };
        signal.addEventListener('abort', onAbort, { once: true });
        socket.write(`${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
      }),

    close: () => {
      idle.forEach(({ socket }) => socket.destroy());
      idle = [];
    },
  };
}
