// The first bytes of what listens on a port, from one connection. A ZeroMQ server greets at once; everything else waits
// to be asked, over HTTP.
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { TcpAddress } from '../link/tcp-address.ts';
import { overdue, toLinkFailure } from '../link/link-failure.ts';

export type ProbeOptions = {
  readonly secure: boolean;
  /** The request, as it goes over the wire. */
  readonly request: string;
  /** Whether so much of the answer tells enough. */
  readonly isEnough: (bytes: Buffer) => boolean;
  readonly connectMs: number;
  /** From the connection on. */
  readonly answerMs: number;
  readonly signal: AbortSignal;
};

const MAX_BYTES = 16 * 1024;

/** What came until it was enough, too much, or over. Throws LinkFailure, or the signal's reason. */
export function probe(address: TcpAddress, options: ProbeOptions): Promise<Buffer> {
  const { signal, connectMs, answerMs } = options;
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const socket = open(address, options.secure);
    let bytes: Buffer = Buffer.alloc(0);
    let failure: unknown = null;
    const expire = (what: 'connection' | 'answer', ms: number) => () => {
      failure = overdue(what, address, ms);
      socket.destroy();
    };
    let timer = setTimeout(expire('connection', connectMs), connectMs);
    const abort = () => {
      failure = signal.reason;
      socket.destroy();
    };
    signal.addEventListener('abort', abort, { once: true });
    socket.once(options.secure ? 'secureConnect' : 'connect', () => {
      clearTimeout(timer);
      timer = setTimeout(expire('answer', answerMs), answerMs);
      // A ZeroMQ server greets before it reads, so that the question does not keep it from that.
      socket.write(options.request);
    });
    socket.on('data', (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      if (options.isEnough(bytes) || bytes.length > MAX_BYTES) socket.destroy();
    });
    socket.on('error', (error) => {
      // Reset after an answer is how some servers close.
      if (bytes.length === 0) failure ??= toLinkFailure(error, address);
    });
    socket.once('close', () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      if (failure !== null && bytes.length === 0) reject(failure);
      else if (signal.aborted) reject(signal.reason);
      else resolve(bytes);
    });
  });
}

function open({ host, port }: TcpAddress, secure: boolean): Socket {
  // Who it is is only asked here; the link that follows checks the certificate.
  return secure ? connectTls({ host, port, rejectUnauthorized: false }) : connect({ host, port, noDelay: true });
}
