// A message of zerorpc: `[header, name, args]` in msgpack, behind an empty frame.
import { encode } from '@msgpack/msgpack';
import * as v from 'valibot';
import type { Slices } from '../link/slices.ts';
import { UnpackError, unpack } from './unpack.ts';

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

/** `frames`: of one ZMTP message. Whatever precedes the last frame is addressing. Throws MessageError. */
export function* decodeMessage(frames: readonly Buffer[]): Slices<Message> {
  const body = frames.at(-1);
  if (frames.length < 2 || !body) throw new MessageError('a message without the empty frame of zerorpc');
  const parsed = v.safeParse(messageSchema, yield* unpackBody(body));
  if (!parsed.success) throw new MessageError('a message that is not one of zerorpc');
  const [header, name, args] = parsed.output;
  if (header.v !== undefined && typeof header.v === 'number' && header.v > PROTOCOL_VERSION) {
    throw new MessageError(`zerorpc protocol ${header.v}; ${PROTOCOL_VERSION} is the newest known`);
  }
  return { id: header.message_id, responseTo: header.response_to ?? null, name, args };
}

function* unpackBody(body: Buffer): Slices<unknown> {
  try {
    return yield* unpack(body);
  } catch (error) {
    if (!(error instanceof UnpackError)) throw error;
    throw new MessageError('a message that is not valid msgpack', { cause: error });
  }
}
