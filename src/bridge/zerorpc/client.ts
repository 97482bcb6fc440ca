// The client side of zerorpc: calls and streams, each in a channel of its own over one connection. A channel is named by
// the id of the message that opened it. https://github.com/0rpc/zerorpc-python/blob/master/doc/protocol.md
import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { raise } from '../../core/own-faults.ts';
import { LinkFailure, placeOf } from '../link/link-failure.ts';
import { atOnce, inSlices } from '../link/slices.ts';
import type { TcpAddress } from '../link/tcp-address.ts';
import { connectZmtp } from './connect-zmtp.ts';
import type { Message } from './message.ts';
import { decodeMessage, encodeMessageBody } from './message.ts';

/** The other side ran the method and it raised. */
export class RemoteError extends Error {
  /** Of its exception class. */
  readonly kind: string;

  constructor(kind: string, message: string) {
    super(message);
    this.name = 'RemoteError';
    this.kind = kind;
  }
}

export type ZerorpcCallOptions = { readonly signal: AbortSignal; readonly answerMs: number };

export type StreamOptions = {
  readonly onItem: (item: unknown) => void;
  /** Once, unless aborted or the whole connection is over, which `closed` tells: why. */
  readonly onEnd: (reason: string) => void;
  readonly signal: AbortSignal;
};

export type ZerorpcClient = {
  /** Throws RemoteError, LinkFailure, or the signal's reason. */
  call(method: string, args: readonly unknown[], options: ZerorpcCallOptions): Promise<unknown>;
  stream(method: string, options: StreamOptions): void;
  /** Settles once, never rejects. */
  readonly closed: Promise<LinkFailure>;
  close(): void;
};

export type ClientOptions = {
  readonly connectMs: number;
  /** Both sides send one per open channel; one that misses two of them is lost. */
  readonly heartbeatMs: number;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
};

type Channel = { readonly onMessage: (message: Message) => void; readonly onClosed: (failure: LinkFailure) => void };

const MAX_FRAMES = 8;
/** Items that the other side may send before we ask for more. */
const CREDIT = 100;
/** Read in well under a millisecond. */
const SHORT_BYTES = 16 * 1024;
const EMPTY = Buffer.alloc(0);

const errorSchema = v.looseTuple([v.string(), v.string()]);

/** Throws LinkFailure, or the signal's reason. */
export async function connectZerorpc(address: TcpAddress, options: ClientOptions): Promise<ZerorpcClient> {
  const place = placeOf(address);
  const channels = new Map<string, Channel>();
  // An answer that nobody waits for any more is no news; neither is a call of ours, which has no response_to.
  const deliver = (message: Message): void => {
    if (message.responseTo !== null) channels.get(message.responseTo)?.onMessage(message);
  };
  const connection = await connectZmtp(address, {
    signal: options.signal,
    connectMs: options.connectMs,
    limits: { maxBytes: options.maxBytes, maxFrames: MAX_FRAMES },
    onMessage: (frames) => {
      const isShort = (frames.at(-1)?.length ?? 0) <= SHORT_BYTES;
      if (isShort) return deliver(atOnce(decodeMessage(frames)));
      return inSlices(decodeMessage(frames), options.signal).then(deliver);
    },
  });
  connection.closed
    .then((failure) => Array.from(channels.values()).forEach((channel) => channel.onClosed(failure)))
    .catch(raise);

  const send = (message: Message) => connection.send([EMPTY, encodeMessageBody(message)]);
  const tell = (channel: string, name: string, args: unknown) =>
    send({ id: randomUUID(), responseTo: channel, name, args });
  const open = (method: string, args: readonly unknown[], channel: Channel) => {
    const id = randomUUID();
    channels.set(id, channel);
    send({ id, responseTo: null, name: method, args });
    const heart = setInterval(() => tell(id, '_zpc_hb', [0]), options.heartbeatMs);
    return {
      tell: (name: string, more: unknown) => tell(id, name, more),
      end: () => {
        channels.delete(id);
        clearInterval(heart);
      },
    };
  };

  const call: ZerorpcClient['call'] = (method, args, { signal, answerMs }) => {
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
        channel.end();
        act();
      };
      const onAbort = () => settle(() => reject(signal.reason));
      const overdue = () =>
        settle(() =>
          reject(new LinkFailure('timeout', `${place} did not answer ${method} within ${answerMs / 1000} s`)),
        );
      const timer = setTimeout(overdue, answerMs);
      signal.addEventListener('abort', onAbort, { once: true });
      const channel = open(method, args, {
        onClosed: (failure) => settle(() => reject(failure)),
        onMessage: ({ name, args: answer }) => {
          if (name === 'OK') settle(() => resolve(Array.isArray(answer) ? answer[0] : answer));
          else if (name === 'ERR') settle(() => reject(toRemoteError(answer)));
          else if (!name.startsWith('_zpc_')) settle(() => reject(unexpected(place, name)));
        },
      });
    });
  };

  const stream: ZerorpcClient['stream'] = (method, { onItem, onEnd, signal }) => {
    let heard = performance.now();
    // The first item comes unasked. To ask before it came is to ask a channel that may not be there yet, which nobody
    // hears: the stream would say its first item and then nothing for ever.
    let credit = 1;
    const end = (reason: string | null) => {
      clearInterval(watch);
      signal.removeEventListener('abort', onAbort);
      channel.end();
      if (reason !== null && !signal.aborted) onEnd(reason);
    };
    const onAbort = () => end(null);
    const watch = setInterval(() => {
      if (performance.now() - heard > 2.4 * options.heartbeatMs) end('its heartbeat stopped');
    }, options.heartbeatMs / 2);
    signal.addEventListener('abort', onAbort, { once: true });
    const channel = open(method, [], {
      onClosed: () => end(null),
      onMessage: ({ name, args }) => {
        heard = performance.now();
        if (name === 'STREAM') {
          credit -= 1;
          if (credit <= CREDIT / 2) {
            channel.tell('_zpc_more', [CREDIT - credit]);
            credit = CREDIT;
          }
          onItem(args);
        } else if (name === 'STREAM_DONE') end('it was ended by the other side');
        else if (name === 'ERR') end(toRemoteError(args).message);
      },
    });
    if (signal.aborted) end(null);
  };

  return { call, stream, closed: connection.closed, close: connection.close };
}

function toRemoteError(answer: unknown): RemoteError {
  const parsed = v.safeParse(errorSchema, answer);
  return parsed.success ? new RemoteError(parsed.output[0], parsed.output[1]) : new RemoteError('', 'an unnamed error');
}

function unexpected(place: string, name: string): LinkFailure {
  return new LinkFailure('protocol', `${place} answered a call with ${JSON.stringify(name.slice(0, 40))}`);
}
