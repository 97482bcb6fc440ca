import { EventEmitter, once } from 'node:events';
import { connect } from 'node:net';
import { createCpuShare } from '../link/cpu-share.ts';
import { LinkFailure, placeOf, toLinkFailure } from '../link/link-failure.ts';
import { pause } from '../link/pause.ts';
import type { TcpAddress } from '../link/tcp-address.ts';
import type { ZmtpEvent, ZmtpLimits } from './zmtp.ts';
import { ZmtpError, createZmtpDecoder, encodeCommand, encodeGreeting, encodeMessage, encodeReady } from './zmtp.ts';

export type ZmtpConnection = {
  send(frames: readonly Uint8Array[]): void;
  /** Ends the connection; `closed` then tells this failure. */
  fail(failure: LinkFailure): void;
  close(): void;
  /** Settles once, never rejects. */
  readonly closed: Promise<LinkFailure>;
};

export type ZmtpOptions = {
  /** A promise: it takes its time, and nothing else is read before it is settled. */
  readonly onMessage: (frames: readonly Buffer[]) => Promise<void> | void;
  readonly limits: ZmtpLimits;
  /** For the connection and for the greeting and READY of the other side, each. */
  readonly connectMs: number;
  readonly signal: AbortSignal;
};

/** PONG without the time to live of the PING that it answers. */
const TTL_BYTES = 2;
/** A context of more bytes is none of ZMTP. */
const LONGEST_CONTEXT = 16;
/** Of the time of this process, beside what is free, which holds whatever is honest. */
const SHARE = { freeMs: 50, share: 0.1 } as const;
/** What it may leave unread of what we answer and ask. */
const MOST_UNREAD_BYTES = 1024 * 1024;

/** Both sides are READY when it resolves; throws LinkFailure. Aborting `signal` closes the connection at any time. */
export async function connectZmtp(address: TcpAddress, options: ZmtpOptions): Promise<ZmtpConnection> {
  const { signal, connectMs } = options;
  const place = placeOf(address);
  signal.throwIfAborted();
  const socket = connect({ host: address.host, port: address.port, noDelay: true });
  const decoder = createZmtpDecoder(options.limits);
  const restAfter = createCpuShare(SHARE);
  const news = new EventEmitter();
  const ready = once(news, 'ready').then(() => null);
  const closed = new Promise<LinkFailure>((resolve) => {
    socket.once('close', () => resolve(why ?? new LinkFailure('closed', `${place} closed the connection`)));
  });
  let why: LinkFailure | null = null;

  const fail = (failure: LinkFailure) => {
    why ??= failure;
    socket.destroy();
  };
  const overdue = () =>
    fail(
      socket.connecting
        ? new LinkFailure('timeout', `no connection to ${place} within ${connectMs / 1000} s: is the host on?`)
        : new LinkFailure(
            'timeout',
            `${place} took the connection and says nothing: its agent hangs, or is another program`,
          ),
    );
  let timer = setTimeout(overdue, connectMs);

  /** A peer that asks and does not read fills no memory of ours. */
  const write = (bytes: Buffer) => {
    if (why) return;
    socket.write(bytes);
    if (socket.writableLength <= MOST_UNREAD_BYTES) return;
    fail(new LinkFailure('protocol', `${place} sends without reading what it is answered`));
  };

  const handle = (event: ZmtpEvent): Promise<void> | void => {
    if (event.type === 'message') return options.onMessage(event.frames);
    if (event.type === 'greeting') socket.write(encodeReady('DEALER'));
    else if (event.name === 'READY') news.emit('ready');
    else if (event.name === 'PING') write(pongTo(event.body));
    else if (event.name === 'ERROR') fail(new LinkFailure('protocol', `${place} refused the ZeroMQ connection`));
  };
  /** One after the other; a promise when what is behind one has to wait for it. */
  const take = (events: readonly ZmtpEvent[]): Promise<void> | void => {
    for (const [index, event] of events.entries()) {
      if (why) return;
      const working = handle(event);
      if (working) return working.then(() => take(events.slice(index + 1)));
    }
  };
  const failWith = (error: unknown) => {
    if (!(error instanceof Error)) throw error;
    const isStranger = error instanceof ZmtpError && error.message.includes('does not speak');
    const code = isStranger ? 'not-supervisor' : 'protocol';
    fail(new LinkFailure(code, `${place}: ${error.message}`, { cause: error }));
  };
  const abort = () => socket.destroy();

  signal.addEventListener('abort', abort, { once: true });
  socket.once('connect', () => {
    clearTimeout(timer);
    timer = setTimeout(overdue, connectMs);
    socket.write(encodeGreeting());
  });
  socket.on('data', (chunk: Buffer) => {
    if (why) return;
    // What one chunk is answered goes out in one piece: it may hold hundreds of pings.
    socket.cork();
    const begun = performance.now();
    let working: Promise<void> | null = null;
    try {
      working = take(decoder.push(chunk)) ?? null;
    } catch (error) {
      failWith(error);
    } finally {
      socket.uncork();
    }
    const restMs = restAfter(performance.now() - begun);
    if (working === null && restMs === 0) return;
    // Nothing more is taken off the line meanwhile.
    socket.pause();
    Promise.all([working, pause(restMs, signal)])
      .catch(failWith)
      .finally(() => socket.resume());
  });
  socket.on('error', (error) => {
    why ??= toLinkFailure(error, address);
  });
  socket.once('close', () => {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  });

  const first = await Promise.race([ready, closed]);
  clearTimeout(timer);
  signal.throwIfAborted();
  if (first) throw first;
  return {
    send: (frames) => write(encodeMessage(frames)),
    fail,
    close: () => socket.destroy(),
    closed,
  };
}

function pongTo(ping: Buffer): Buffer {
  return encodeCommand('PONG', ping.subarray(TTL_BYTES, TTL_BYTES + LONGEST_CONTEXT));
}
