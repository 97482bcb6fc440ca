// From an HTTP upgrade to a viewer, if they may.
import type { IncomingMessage } from 'node:http';
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { WebSocketServer } from 'ws';
import { MAX_INBOUND_BYTES, SUBPROTOCOL } from '../../core/wire/messages.ts';
import { toClient } from '../access/client.ts';
import { refuseHost, refuseOrigin } from '../access/guards.ts';
import type { Door } from '../door.ts';
import { tellFailedLogin } from '../door.ts';
import type { Guard } from '../http/handle-request.ts';
import { stripBase } from '../http/handle-request.ts';
import { createDeltaEncoder } from './delta-encoder.ts';
import type { OutboxLimits } from './outbox.ts';
import { createDeltaInterval } from './delta-interval.ts';
import type { Viewer } from './serve-viewer.ts';
import { CLOSE, serveViewer } from './serve-viewer.ts';

const PING_MS = 20_000;
const VIEWERS_AT_MOST = 1_000;
/** To read that it was refused. */
const REFUSED_MS = 2_000;
/** After the polite close; a dead client must not hold up the end. */
const GOODBYE_MS = 1_000;

export type Upgrader = {
  onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Waits for commands that are under way, then says goodbye. */
  close(drainMs: number): Promise<void>;
};

export function createUpgrader(options: {
  readonly door: Door;
  readonly guard: Guard;
  readonly limits: OutboxLimits;
  readonly onFailure: (error: unknown) => void;
}): Upgrader {
  const { door, guard, limits, onFailure } = options;
  const viewers = new Map<WebSocket, Viewer>();
  const silent = new Set<WebSocket>();
  const deltas = createDeltaEncoder();
  const interval = createDeltaInterval();
  /** Neither refused nor let in yet. */
  const undecided = new Set<Duplex>();
  const webSockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MAX_INBOUND_BYTES,
    handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  });

  const pinging = setInterval(() => {
    for (const [socket, viewer] of viewers) {
      // Nothing since the last ping: the other end is gone or does not read, whatever TCP believes.
      if (silent.has(socket)) viewer.onSilence();
      else {
        silent.add(socket);
        socket.ping();
      }
    }
  }, PING_MS);
  pinging.unref();

  const accept = async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    const client = toClient(request, guard.proxies);
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    const foreignHost = refuseHost(client, guard.hosts());
    const foreignOrigin = refuseOrigin(request, client);
    if (stripBase(path, guard.basePath) !== '/ws') return reject(socket, 404);
    if (!door.isReady() || viewers.size >= VIEWERS_AT_MOST) return reject(socket, 503);
    if (foreignHost !== null) {
      door.counters.refused.host++;
      return reject(socket, 421);
    }
    if (foreignOrigin !== null) {
      door.counters.refused.origin++;
      door.audit({ event: 'refused', reason: foreignOrigin }, client, null);
      return reject(socket, 403);
    }
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((text) => text.trim());
    if (!offered.includes(SUBPROTOCOL)) return reject(socket, 400);
    const who = await door.authenticator.request(request, client);
    if (!who.ok) {
      if (request.headers.authorization !== undefined) tellFailedLogin(door, client, who.message);
      return reject(socket, who.status);
    }
    if (socket.destroyed) return;
    const lease = door.leases.open(who.identity);
    if (lease.refusal() !== null) return reject(socket, 401);
    socket.once('close', lease.release);
    webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      undecided.delete(socket);
      socket.off('close', lease.release);
      const visit = { identity: who.identity, client, lease };
      viewers.set(webSocket, serveViewer(webSocket, { door, visit, limits, deltas, interval, onFailure }));
      const alive = () => void silent.delete(webSocket);
      webSocket.on('pong', alive);
      webSocket.on('message', alive);
      webSocket.once('close', () => {
        alive();
        viewers.delete(webSocket);
      });
    });
  };

  return {
    onUpgrade: (request, socket, head) => {
      const onError = () => socket.destroy();
      socket.on('error', onError);
      undecided.add(socket);
      socket.once('close', () => undecided.delete(socket));
      accept(request, socket, head).catch((error: unknown) => {
        onFailure(error);
        reject(socket, 500);
      });
    },
    close: async (drainMs) => {
      clearInterval(pinging);
      const settled = Promise.all(Array.from(viewers.values(), (viewer) => viewer.settled()));
      await Promise.race([settled, after(drainMs)]);
      const closed = Promise.all(Array.from(viewers.keys(), (socket) => closing(socket)));
      for (const viewer of viewers.values()) viewer.end(CLOSE.goingAway, 'the server is going down');
      await Promise.race([closed, after(GOODBYE_MS)]);
      for (const socket of viewers.keys()) socket.terminate();
      for (const socket of undecided) socket.destroy();
      await closed;
    },
  };
}

function reject(socket: Duplex, status: number): void {
  const reason = STATUS_CODES[status] ?? '';
  // Whoever does not hang up then is hung up on: a half of a connection costs as much as a whole one.
  const cut = setTimeout(() => socket.destroy(), REFUSED_MS).unref();
  socket.once('close', () => clearTimeout(cut));
  // What it still sends must be read, or its end is never seen.
  socket.resume();
  socket.end(`HTTP/1.1 ${status} ${reason}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}

function closing(socket: WebSocket): Promise<void> {
  return new Promise((resolve) => void socket.once('close', () => resolve()));
}
