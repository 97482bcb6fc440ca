import { request as httpRequest } from 'node:http';
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Credentials, SupervisordAddress } from '../../../core/config/types.ts';
import {
  LinkFailure,
  codeOf,
  overdue,
  placeOf,
  toLinkFailure,
  toStatusFailure,
  tooLong,
} from '../../link/link-failure.ts';
import { PASS_HEADER, readPass } from '../../link/neighbour-pass.ts';
import type { FileRoom } from './file-room.ts';
import { createStreamConnector } from './stream-connector.ts';
import type { KeptConnections } from './unix-connection-pool.ts';
import { createKeptConnections } from './unix-connection-pool.ts';

export type Endpoint = { readonly address: SupervisordAddress; readonly credentials: Credentials | null };

export type TimedAnswer = {
  readonly text: string;
  /** From the established connection to the last byte: what it cost the other side, and one round trip. */
  readonly answerMs: number;
  /** One round trip of the network; 0 over a unix socket or a kept connection. */
  readonly connectMs: number;
};

export type TransportOptions = {
  readonly connectMs: number;
  readonly answerMs: number;
  readonly maxBytes: number;
  /** Not supervisord itself answers there, so what its streams need (stream-connector.ts) is left out. */
  readonly relayed?: boolean;
  /** Of the supervisord that its streams are a burden to. */
  readonly files?: FileRoom;
};

export type PostOptions = {
  readonly signal: AbortSignal;
  /** A connection of its own, also over a unix socket: it cannot be a stale one, so nothing need be sent twice. */
  readonly fresh?: boolean;
  readonly answerMs?: number;
};

/** `head`: request line and headers of a GET of the RPC endpoint, which answers it with 400; further headers may follow. */
export type OpenRequest = { readonly socket: Socket; readonly head: string };

export type Transport = {
  readonly address: SupervisordAddress;
  /** Posts an XML-RPC request; throws LinkFailure, or the signal's reason. */
  post(body: string, options: PostOptions): Promise<TimedAnswer>;
  /**
   * Opens a stream that stays open; throws LinkFailure with the status when it is not 200. `onSent`: the question is on
   * its way; what stands in between may keep even the headers of the answer back.
   */
  open(path: string, options: { readonly signal: AbortSignal; readonly onSent?: () => void }): Promise<IncomingMessage>;
  /** A connection for a request that is sent by hand. */
  openRequest(): OpenRequest;
  close(): void;
};

/**
 * Over TCP each call has a connection of its own: kept alive, Nagle's algorithm and delayed acknowledgements make every
 * answer wait 44 ms. A unix socket has neither, and its connections are kept.
 */
export function createTransport(endpoint: Endpoint, options: TransportOptions): Transport {
  const { address, credentials } = endpoint;
  const secure = address.kind === 'tcp' && address.protocol === 'https';
  const rpcPath = address.kind === 'unix' ? '/RPC2' : address.path;
  const where: RequestOptions =
    address.kind === 'unix' ? { socketPath: address.path } : { host: address.host, port: address.port };
  const connectPlain = () =>
    address.kind === 'unix' ? connect({ path: address.path }) : connect({ host: address.host, port: address.port });
  const { files } = options;
  const connectStream = createStreamConnector(connectPlain, () => files?.spare() ?? Infinity);
  const auth = credentials === null ? {} : { auth: `${credentials.username}:${credentials.password}` };
  // Without TLS the server name is of no use; finding it out takes Node milliseconds at the first request.
  const kind = secure ? {} : { servername: '' };
  let pass: string | null = null;
  const start = (
    more: Omit<RequestOptions, 'headers'> & { readonly headers: Readonly<Record<string, string | number>> },
  ) => {
    const headers = { ...more.headers, ...(pass !== null && { [PASS_HEADER]: pass }) };
    const request = (secure ? httpsRequest : httpRequest)({ ...where, ...auth, ...kind, ...more, headers });
    return request.once('response', (response) => {
      pass = readPass(response.headers[PASS_HEADER]) ?? pass;
    });
  };
  const host = address.kind === 'unix' ? 'localhost' : placeOf(address);
  const login =
    credentials === null ? '' : `Authorization: Basic ${Buffer.from(auth.auth ?? '').toString('base64')}\r\n`;
  const headOf = (method: 'GET' | 'POST') => `${method} ${rpcPath} HTTP/1.1\r\nHost: ${host}\r\n${login}`;
  let kept: KeptConnections | null =
    address.kind === 'unix'
      ? createKeptConnections({
          address,
          head: `${headOf('POST')}Content-Type: text/xml\r\n`,
          maxBytes: options.maxBytes,
        })
      : null;
  const rethrow = (error: unknown): never => {
    throw toLinkFailure(error, address);
  };
  const statusFailure = (status: number, path: string) =>
    toStatusFailure(status, address, { hasCredentials: credentials !== null, path });

  const postKept = async (
    body: string,
    { signal, answerMs = options.answerMs }: PostOptions,
  ): Promise<TimedAnswer | null> => {
    const answer = await kept
      ?.post(body, { signal, connectMs: options.connectMs, answerMs })
      .catch((error: unknown) => {
        throw signal.aborted ? signal.reason : toLinkFailure(error, address);
      });
    if (!answer) return null;
    if (answer.status !== 200) throw statusFailure(answer.status, rpcPath);
    return { text: answer.body.toString('utf8'), answerMs: answer.answerMs, connectMs: 0 };
  };

  return {
    address,
    post: async (body, wait) => {
      const { signal, fresh = false, answerMs = options.answerMs } = wait;
      signal.throwIfAborted();
      if (kept !== null && !fresh) {
        const reply = await postKept(body, wait);
        if (reply !== null) return reply;
        // Something stands in between that speaks more of HTTP.
        kept.close();
        kept = null;
      }
      const request = start({
        method: 'POST',
        path: rpcPath,
        agent: false,
        headers: { 'content-type': 'text/xml', 'content-length': Buffer.byteLength(body) },
      });
      const clock = startClock(request, { address, signal, connectMs: options.connectMs, answerMs });
      try {
        request.end(body);
        const response = await responseTo(request);
        const text = await readBody(response, options.maxBytes, address);
        if (response.statusCode !== 200) throw statusFailure(response.statusCode ?? 0, rpcPath);
        return { text, ...clock.times() };
      } catch (error) {
        throw clock.failure() ?? toLinkFailure(error, address);
      } finally {
        clock.stop();
      }
    },

    open: async (path, { signal, onSent }) => {
      signal.throwIfAborted();
      // supervisord itself has no TLS: behind it is a proxy, which has its own connections.
      const connected = secure || options.relayed ? null : await connectStream(signal).catch(rethrow);
      // With `Connection: close` supervisord does not chunk the answer, and a stream would deliver nothing at all.
      const headers = { connection: 'keep-alive' };
      const over = connected ? { createConnection: () => connected.socket } : { agent: false };
      const request = start({ method: 'GET', path, headers, ...over });
      const clock = startClock(request, { address, signal, connectMs: options.connectMs, answerMs: options.answerMs });
      try {
        request.end();
        onSent?.();
        const response = await responseTo(request);
        if (response.statusCode !== 200) {
          response.destroy();
          throw statusFailure(response.statusCode ?? 0, path);
        }
        const end = () => response.destroy();
        signal.addEventListener('abort', end, { once: true });
        response.once('close', () => signal.removeEventListener('abort', end));
        return response;
      } catch (error) {
        throw clock.failure() ?? toLinkFailure(error, address);
      } finally {
        clock.stop();
        connected?.release();
      }
    },

    openRequest: () => {
      const head = headOf('GET');
      if (address.kind === 'unix') return { socket: connect({ path: address.path }), head };
      const to = { host: address.host, port: address.port };
      return { socket: secure ? connectTls({ ...to, servername: address.host }) : connect(to), head };
    },

    close: () => kept?.close(),
  };
}

function responseTo(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once('response', resolve);
    request.on('error', reject);
  });
}

async function readBody(response: IncomingMessage, maxBytes: number, address: SupervisordAddress): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    if (!Buffer.isBuffer(chunk)) continue;
    size += chunk.length;
    if (size > maxBytes) throw tooLong(address, maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

type ClockOptions = {
  readonly address: SupervisordAddress;
  readonly signal: AbortSignal;
  readonly connectMs: number;
  readonly answerMs: number;
};

/** Ends the request when its connection, then its answer, is overdue, or when nobody wants it any more. */
function startClock(request: ClientRequest, { address, signal, connectMs, answerMs }: ClockOptions) {
  const begun = performance.now();
  let connected: number | null = null;
  let late: LinkFailure | null = null;
  const expire = (what: 'connection' | 'answer', ms: number) => () => {
    late = overdue(what, address, ms);
    request.destroy(late);
  };
  const abort = () => request.destroy();
  let timer = setTimeout(expire('connection', connectMs), connectMs);
  const onConnect = () => {
    connected = performance.now();
    clearTimeout(timer);
    timer = setTimeout(expire('answer', answerMs), answerMs);
  };
  request.once('socket', (socket) => {
    if (socket.connecting) socket.once('connect', onConnect);
    else onConnect();
  });
  signal.addEventListener('abort', abort, { once: true });
  return {
    stop: () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    },
    times: () => ({ connectMs: (connected ?? begun) - begun, answerMs: performance.now() - (connected ?? begun) }),
    /** What ended the request, when it was one of us. */
    failure: (): unknown => (signal.aborted ? signal.reason : late),
  };
}

/** The other side had closed a kept connection before our request came. */
export function isStale(error: unknown): boolean {
  const cause = error instanceof LinkFailure ? error.cause : error;
  return codeOf(cause) === 'ECONNRESET' || codeOf(cause) === 'EPIPE';
}
