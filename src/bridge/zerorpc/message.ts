// A message of zerorpc: `[header, name, args]` in msgpack, behind an empty frame.
import { decode, encode } from '@msgpack/msgpack';
import * as v from 'valibot';
import { isSoundMsgpack } from './check-msgpack.ts';

export type Message = {
  readonly id: string;
  /** The id of the message that opened the channel; null in that one itself. */
  readonly responseTo: string | null;
  readonly name: string;
  readonly args: unknown;
};

/** The bytes are no message of zerorpc. */
export class MessageError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'MessageError';
  }
}

/** Deeper than anything that supervisord answers. */
const MAX_DEPTH = 32;
const PROTOCOL_VERSION = 3;

const idSchema = v.union([v.string(), v.pipe(v.number(), v.transform(String))]);
const messageSchema = v.tuple([
  v.looseObject({ message_id: idSchema, response_to: v.nullish(idSchema), v: v.optional(v.unknown()) }),
  v.string(),
  v.unknown(),
]);

export function encodeMessageBody({ id, responseTo, name, args }: Message): Uint8Array {
  const header = { message_id: id, v: PROTOCOL_VERSION, ...(responseTo === null ? {} : { response_to: responseTo }) };
  return encode([header, name, args]);
}

/** `frames`: of one ZMTP message. Whatever precedes the last frame is addressing. */
export function decodeMessage(frames: readonly Buffer[]): Message {
  const body = frames.at(-1);
  if (frames.length < 2 || !body) throw new MessageError('a message without the empty frame of zerorpc');
  const parsed = v.safeParse(messageSchema, unpack(body));
  if (!parsed.success) throw new MessageError('a message that is not one of zerorpc');
  const [header, name, args] = parsed.output;
  if (header.v !== undefined && typeof header.v === 'number' && header.v > PROTOCOL_VERSION) {
    throw new MessageError(`zerorpc protocol ${header.v}; ${PROTOCOL_VERSION} is the newest known`);
  }
  return { id: header.message_id, responseTo: header.response_to ?? null, name, args };
}

function unpack(body: Buffer): unknown {
  if (!isSoundMsgpack(body, MAX_DEPTH)) throw new MessageError('a message that is not valid msgpack');
  try {
    return toText(decode(body, { mapKeyConverter: toKey }));
  } catch (error) {
    if (error instanceof MessageError) throw error;
    throw new MessageError('a message that is not valid msgpack', { cause: error });
  }
}

function toKey(key: unknown): string | number {
  if (typeof key === 'string' || typeof key === 'number') return key;
  if (key instanceof Uint8Array) return utf8(key);
  throw new MessageError('a key that is no text');
}

/** Older peers send every text as bytes. */
function toText(value: unknown): unknown {
  if (value instanceof Uint8Array) return utf8(value);
  if (Array.isArray(value)) return value.map(toText);
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toText(item)]));
}

function utf8(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}
