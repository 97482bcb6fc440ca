import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { Socket } from 'node:net';
import { PASS_HEADER } from '../link/neighbour-pass.ts';
import { createNeighbours, isAuthorised, isForeign } from './access.ts';
import type { EventHub } from './event-hub.ts';
import { EVENTS_PATH, PROTOCOL, SERVER_PREFIX, encodeLine } from './protocol.ts';
import type { ProxyTarget } from './proxy.ts';
import { createHttpRelay, isSupervisordPath } from './proxy.ts';

export type ServeOptions = {
  readonly hub: EventHub;
  /** Null: root and the user that this runs as may use it, where the system tells who asks. */
  readonly token: string | null;
  readonly tls: { readonly cert: string; readonly key: string } | null;
  /** Null: supervisord has no API that its children could use. */
  readonly target: ProxyTarget | null;
  /** Process id of supervisord. */
  readonly supervisord: number;
  /** Our own `group:name` under it; null: not known. */
  readonly process: string | null;
};

const MAX_CONNECTIONS = 256;
/** Node looks for requests that do not come only so often. */
const LIMITS = { headersTimeout: 10_000, connectionsCheckingInterval: 1_000 };
const OTHER_USER = 'this listener has no token and serves its own user and root alone; give it one with --token-file';
const NO_API = 'this supervisord has no API: add a section [unix_http_server] with file=... to its configuration';

/** Not listening yet. */
export function createListenerServer(options: ServeOptions): Server {
  const { token, target, tls } = options;
  const relay = target && createHttpRelay(target, refuse);
  const neighbours = token === null ? createNeighbours() : null;
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    const { method = '', url = '/' } = request;
    const { pathname, searchParams } = new URL(url, 'http://listener');
    if (neighbours) response.setHeader(PASS_HEADER, neighbours.pass);
    if (method === 'GET' && pathname === EVENTS_PATH) {
      stream(request, response, { ...options, after: toSerial(searchParams.get('after')) });
    } else if (!isSupervisordPath(method, pathname)) refuse(response, 404, 'nothing here');
    else if (relay === null) refuse(response, 503, NO_API);
    else relay(request, response);
  };
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    response.setHeader('Server', `${SERVER_PREFIX}${PROTOCOL}`);
    if (isForeign(request.headers, token)) refuse(response, 403, 'not for web pages');
    else if (!isAuthorised(request.headers, token)) {
      response.setHeader('WWW-Authenticate', 'Basic realm="multivisor listener"');
      refuse(response, 401, 'this listener wants its token, as the password of any user');
    } else if (neighbours?.has(request) === false) {
      refuse(response, 403, OTHER_USER);
    } else answer(request, response);
  };
  const guarded = (request: IncomingMessage, response: ServerResponse) => {
    try {
      handle(request, response);
    } catch (error) {
      // A path that is no path; nothing that comes over the port may end the listener.
      refuse(response, 400, error instanceof Error ? error.message : 'bad request');
    }
  };
  const server = tls === null ? createServer(LIMITS) : createSecureServer({ ...LIMITS, ...tls });
  makeRoom(server);
  server.on('request', guarded);
  server.keepAliveTimeout = 5_000;
  return server;
}

type Guest = { readonly socket: Socket; asked: number };

/** Whoever connects and has nothing under way holds a place only until somebody else needs one. */
function makeRoom(server: Server): void {
  // By their address: under TLS a request has another socket than its connection.
  const guests = new Map<string, Guest>();
  server.on('connection', (socket: Socket) => {
    const place = placeOf(socket);
    guests.set(place, { socket, asked: 0 });
    socket.once('close', () => guests.delete(place));
    if (guests.size <= MAX_CONNECTIONS) return;
    const [oldest, guest] = [...guests].find(([, { asked }]) => asked === 0) ?? [place, { socket }];
    guests.delete(oldest);
    guest.socket.destroy();
  });
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    const guest = guests.get(placeOf(socket));
    if (!guest) return;
    guest.asked += 1;
    response.once('close', () => (guest.asked -= 1));
  });
}

function placeOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress ?? ''} ${remotePort ?? ''}`;
}

function stream(
  { socket }: IncomingMessage,
  response: ServerResponse,
  { hub, after, ...who }: Pick<ServeOptions, 'hub' | 'supervisord' | 'process'> & { readonly after: number | null },
): void {
  response.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' });
  const { supervisord, process } = who;
  const hello = { type: 'hello', protocol: PROTOCOL, agent: 'node', supervisord, process, last: hub.last() } as const;
  response.write(encodeLine(hello));
  // A response that waits behind another one on its connection is never told that it closed.
  if (!socket.destroyed) socket.once('close', hub.attach(response, after));
}

function toSerial(text: string | null): number | null {
  return text !== null && /^\d{1,15}$/u.test(text) ? Number(text) : null;
}

function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(`${message}\n`);
}
