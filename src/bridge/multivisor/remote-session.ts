// A Session over the WebSocket of a multivisor server.
import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import type { Credentials } from '../../core/config/types.ts';
import type { LinkError, LinkErrorCode } from '../../core/model.ts';
import type { Clock, Session } from '../../core/ports.ts';
import type { Dial } from '../../core/wire/dial.ts';
import { SUBPROTOCOL } from '../../core/wire/messages.ts';
import { createRemoteSessionOver } from '../../core/wire/remote-session.ts';
import { parseRemoteAddress } from './remote-address.ts';

export type RemoteSessionOptions = {
  /** `[user@]host[:22000]`, `http(s)://…` or `ws(s)://…`. */
  readonly url: string;
  readonly token?: string;
  /** Instead of a token; what the URL says is overruled. */
  readonly credentials?: Credentials;
  /** PEM of a certificate authority to trust beside the known ones. */
  readonly ca?: string;
  readonly clock: Clock;
};

/** Largest message of a server: a snapshot of some 50,000 processes. */
const MAX_PAYLOAD = 64 * 1024 * 1024;

/** Connects at once, and again whenever the connection is lost, until closed. Throws only for a malformed address. */
export function createRemoteSession(options: RemoteSessionOptions): Session {
  const { url, name, login } = parseRemoteAddress(options.url);
  const { username, password } = options.credentials ?? login;
  const authorization = toAuthorization({ token: options.token, username, password });
  return createRemoteSessionOver({
    dial: createDial(url, {
      headers: authorization === null ? {} : { authorization },
      ...(options.ca !== undefined && { ca: options.ca }),
    }),
    clock: options.clock,
    random: Math.random,
    name,
  });
}

function toAuthorization(login: {
  readonly token: string | undefined;
  readonly username: string | undefined;
  readonly password: string | undefined;
}): string | null {
  if (login.token !== undefined) return `Bearer ${login.token}`;
  if (login.username === undefined) return null;
  return `Basic ${Buffer.from(`${login.username}:${login.password ?? ''}`).toString('base64')}`;
}

function createDial(
  url: string,
  options: { readonly headers: Readonly<Record<string, string>>; readonly ca?: string },
): Dial {
  return ({ onOpen, onMessage, onClose }) => {
    const socket = new WebSocket(url, SUBPROTOCOL, {
      ...options,
      perMessageDeflate: false,
      maxPayload: MAX_PAYLOAD,
      followRedirects: false,
    });
    let failure: LinkError | null = null;
    let over = false;
    const finish = (error: LinkError) => {
      if (over) return;
      over = true;
      onClose(error);
    };
    socket.on('open', onOpen);
    socket.on('message', (data, isBinary) => {
      // ws hands out one Buffer per message unless told otherwise.
      if (!isBinary && Buffer.isBuffer(data)) onMessage(data.toString('utf8'));
    });
    socket.on('unexpected-response', (request, response: IncomingMessage) => {
      failure = toRefusal(response.statusCode ?? 0);
      request.destroy();
      socket.terminate();
      finish(failure);
    });
    socket.on('error', (error) => {
      failure ??= toLinkError(error);
    });
    socket.on('close', (code, reason) => {
      const said = reason.toString('utf8');
      finish(failure ?? { code: 'closed', message: said || `the server closed the connection (${code})` });
    });
    return {
      send: (text) => {
        if (socket.readyState === WebSocket.OPEN) socket.send(text);
      },
      close: (error) => {
        finish(error);
        // A server that answers gets the polite way; one that does not must not keep us.
        if (error.code === 'closed') socket.close(1000);
        else socket.terminate();
      },
    };
  };
}

function toRefusal(status: number): LinkError {
  if (status === 401)
    return { code: 'unauthorized', message: 'the server wants a login or a token, or refuses this one' };
  if (status === 403) return { code: 'forbidden', message: 'the server refuses this client' };
  if (status === 429) return { code: 'forbidden', message: 'too many failed logins; the server asks to wait' };
  return { code: 'not-supervisor', message: `no multivisor server answers there (HTTP ${status})` };
}

const CODES: Readonly<Record<string, readonly [LinkErrorCode, string]>> = {
  ECONNREFUSED: ['refused', 'connection refused'],
  ECONNRESET: ['closed', 'connection reset'],
  EPIPE: ['closed', 'connection closed'],
  ETIMEDOUT: ['timeout', 'connection timed out'],
  ENOTFOUND: ['unreachable', 'no such host'],
  EAI_AGAIN: ['unreachable', 'the name of the host cannot be looked up now'],
  EHOSTUNREACH: ['unreachable', 'no route to the host'],
  ENETUNREACH: ['unreachable', 'no route to the network'],
};

function toLinkError(error: Error): LinkError {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const [linkCode, message] = CODES[code] ?? (['protocol', error.message] as const);
  return { code: linkCode, message };
}
