// A line to a multivisor server, over WebSocket.
import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import type { LinkError, LinkErrorCode } from '../../core/model.ts';
import type { Dial } from '../../core/wire/dial.ts';
import { SUBPROTOCOL } from '../../core/wire/messages.ts';
import { createCpuShare } from '../link/cpu-share.ts';
import { NOT_UPGRADED, UNTRUSTED, codeOf } from '../link/link-failure.ts';

/** A token, or a user and password; none of them: a server that asks nobody. */
export type DialOptions = {
  readonly token?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** PEM of a certificate authority to trust beside the known ones. */
  readonly ca?: string | undefined;
  /** Others are waiting beside it, who must not be held up. */
  readonly among?: boolean;
};

/** Largest message of a server: a snapshot of some 50,000 processes. */
const MAX_PAYLOAD = 64 * 1024 * 1024;
/** Of one that is a link among others: what it tells of 10,000 processes. JSON is read in one turn. */
const MAX_LINK_PAYLOAD = 8 * 1024 * 1024;
/** Of a link among others. */
const SHARE = { freeMs: 20, share: 0.05 } as const;

export function createDial(url: string, options: DialOptions): Dial {
  const authorization = toAuthorization(options);
  return ({ onOpen, onMessage, onClose }) => {
    const socket = new WebSocket(url, SUBPROTOCOL, {
      headers: authorization === null ? {} : { authorization },
      ...(options.ca !== undefined && { ca: options.ca }),
      perMessageDeflate: false,
      maxPayload: options.among ? MAX_LINK_PAYLOAD : MAX_PAYLOAD,
      followRedirects: false,
    });
    let failure: LinkError | null = null;
    let over = false;
    let resting: NodeJS.Timeout | undefined;
    const restAfter = createCpuShare(SHARE);
    const finish = (error: LinkError) => {
      if (over) return;
      over = true;
      clearTimeout(resting);
      // Its goodbye has to be read.
      if (socket.readyState === WebSocket.OPEN) socket.resume();
      onClose(error);
    };
    socket.on('open', onOpen);
    socket.on('message', (data, isBinary) => {
      // ws hands out one Buffer per message unless told otherwise.
      if (isBinary || !Buffer.isBuffer(data)) return;
      const begun = performance.now();
      onMessage(data.toString('utf8'));
      const restMs = restAfter(performance.now() - begun);
      if (!options.among || restMs === 0) return;
      socket.pause();
      clearTimeout(resting);
      resting = setTimeout(() => socket.resume(), restMs);
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

function toAuthorization(login: DialOptions): string | null {
  if (login.token !== undefined) return `Bearer ${login.token}`;
  if (login.username === undefined) return null;
  return `Basic ${Buffer.from(`${login.username}:${login.password ?? ''}`).toString('base64')}`;
}

const NO_WEBSOCKET =
  `the server answers, but a proxy in between ${NOT_UPGRADED} (HTTP 426): it must send the Upgrade and Connection ` +
  'headers, as examples/serve/nginx.conf does';

function toRefusal(status: number): LinkError {
  if (status === 401)
    return { code: 'unauthorized', message: 'the server wants a login or a token, or refuses this one' };
  if (status === 403) return { code: 'forbidden', message: 'the server refuses this client' };
  if (status === 429) return { code: 'forbidden', message: 'too many failed logins; the server asks to wait' };
  if (status === 426) return { code: 'protocol', message: NO_WEBSOCKET };
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
  const code = codeOf(error);
  if (code.includes('CERT') || code === 'UNABLE_TO_VERIFY_LEAF_SIGNATURE') {
    return { code: 'unreachable', message: `its certificate ${UNTRUSTED} (${code}): see NODE_EXTRA_CA_CERTS` };
  }
  const [linkCode, message] = CODES[code] ?? (['protocol', error.message] as const);
  return { code: linkCode, message };
}
