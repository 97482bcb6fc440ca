// ZMTP 3.0 with the NULL mechanism, the bytes of ZeroMQ: greeting, commands, messages of several frames.
// https://rfc.zeromq.org/spec/23/

export type ZmtpEvent =
  | { readonly type: 'greeting' }
  | { readonly type: 'command'; readonly name: string; readonly body: Buffer }
  | { readonly type: 'message'; readonly frames: readonly Buffer[] };

/** The other side does not keep to the protocol: the connection is of no more use. */
export class ZmtpError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ZmtpError';
  }
}

export type ZmtpLimits = {
  /** Of one message, all its frames. */
  readonly maxBytes: number;
  readonly maxFrames: number;
};

const GREETING_BYTES = 64;
const MECHANISM = Buffer.alloc(20);
MECHANISM.write('NULL', 'latin1');

const FLAG = { MORE: 1, LONG: 2, COMMAND: 4 } as const;
const KNOWN_FLAGS = FLAG.MORE | FLAG.LONG | FLAG.COMMAND;

/** What both sides send first. We say 3.0: a newer peer comes down to it. */
export function encodeGreeting(): Buffer {
  const greeting = Buffer.alloc(GREETING_BYTES);
  greeting[0] = 0xff;
  greeting[8] = 1;
  greeting[9] = 0x7f;
  greeting[10] = 3;
  MECHANISM.copy(greeting, 12);
  return greeting;
}

export function encodeReady(socketType: 'DEALER' | 'ROUTER'): Buffer {
  const properties = { 'Socket-Type': socketType, Identity: '' };
  const body = Object.entries(properties).map(([name, value]) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(value.length);
    return Buffer.concat([shortText(name), length, Buffer.from(value, 'latin1')]);
  });
  return encodeCommand('READY', Buffer.concat(body));
}

export function encodeCommand(name: string, body: Buffer): Buffer {
  return encodeFrame(Buffer.concat([shortText(name), body]), FLAG.COMMAND);
}

export function encodeMessage(frames: readonly Uint8Array[]): Buffer {
  return Buffer.concat(frames.map((frame, i) => encodeFrame(frame, i < frames.length - 1 ? FLAG.MORE : 0)));
}

function shortText(text: string): Buffer {
  return Buffer.concat([Buffer.of(text.length), Buffer.from(text, 'latin1')]);
}

function encodeFrame(payload: Uint8Array, flags: number): Buffer {
  if (payload.length <= 255) return Buffer.concat([Buffer.of(flags, payload.length), payload]);
  const head = Buffer.alloc(9);
  head[0] = flags | FLAG.LONG;
  head.writeBigUInt64BE(BigInt(payload.length), 1);
  return Buffer.concat([head, payload]);
}

export type ZmtpDecoder = {
  /** What this chunk completes; throws ZmtpError, after which the decoder must not be used again. */
  push(chunk: Buffer): ZmtpEvent[];
};

/** Never keeps more than one message and one chunk. */
export function createZmtpDecoder(limits: ZmtpLimits): ZmtpDecoder {
  let chunks: Buffer[] = [];
  let buffered = 0;
  /** Nothing can be read before so many bytes are there: spares joining them at every chunk. */
  let needed = 1;
  let greeted = false;
  let frames: Buffer[] = [];
  let messageBytes = 0;

  const readGreeting = (buffer: Buffer): number => {
    // The first byte tells another protocol at once; it might never send 64.
    if (buffer[0] !== 0xff) throw new ZmtpError('it does not speak ZeroMQ');
    if (buffer.length > 9 && buffer[9] !== 0x7f) throw new ZmtpError('it does not speak ZeroMQ');
    const major = buffer[10];
    if (major !== undefined && major < 3) throw new ZmtpError(`it speaks version ${major} of ZMTP, 3 is needed`);
    needed = GREETING_BYTES;
    if (buffer.length < GREETING_BYTES) return 0;
    if (!buffer.subarray(12, 32).equals(MECHANISM)) throw new ZmtpError('it wants a login by ZeroMQ (not NULL)');
    return GREETING_BYTES;
  };

  const readFrame = (buffer: Buffer): { readonly size: number; readonly event: ZmtpEvent | null } | null => {
    const flags = buffer[0] ?? 0;
    if ((flags & ~KNOWN_FLAGS) !== 0 || (flags & FLAG.COMMAND && flags & FLAG.MORE)) {
      throw new ZmtpError(`a frame with the flags ${flags} is none of ZMTP 3.0`);
    }
    const head = flags & FLAG.LONG ? 9 : 2;
    needed = head;
    if (buffer.length < head) return null;
    const length = flags & FLAG.LONG ? Number(buffer.readBigUInt64BE(1)) : (buffer[1] ?? 0);
    if (length + messageBytes > limits.maxBytes) throw new ZmtpError(`a message of more than ${limits.maxBytes} bytes`);
    needed = head + length;
    if (buffer.length < needed) return null;
    const payload = Buffer.from(buffer.subarray(head, needed));
    return { size: needed, event: flags & FLAG.COMMAND ? toCommand(payload) : addFrame(payload, flags) };
  };

  const addFrame = (payload: Buffer, flags: number): ZmtpEvent | null => {
    frames.push(payload);
    messageBytes += payload.length;
    if (frames.length > limits.maxFrames) throw new ZmtpError(`a message of more than ${limits.maxFrames} frames`);
    if (flags & FLAG.MORE) return null;
    const message = { type: 'message', frames } as const;
    frames = [];
    messageBytes = 0;
    return message;
  };

  return {
    push: (chunk) => {
      chunks.push(chunk);
      buffered += chunk.length;
      const events: ZmtpEvent[] = [];
      if (buffered < needed) return events;
      let rest = Buffer.concat(chunks);
      needed = 1;
      while (rest.length >= needed) {
        if (!greeted) {
          const read = readGreeting(rest);
          if (read === 0) break;
          greeted = true;
          events.push({ type: 'greeting' });
          rest = rest.subarray(read);
        } else {
          const frame = readFrame(rest);
          if (!frame) break;
          if (frame.event) events.push(frame.event);
          rest = rest.subarray(frame.size);
        }
        needed = 1;
      }
      chunks = rest.length > 0 ? [rest] : [];
      buffered = rest.length;
      return events;
    },
  };
}

function toCommand(payload: Buffer): ZmtpEvent {
  const length = payload[0] ?? 0;
  if (length === 0 || length >= payload.length + 1) throw new ZmtpError('a command without a name');
  const end = 1 + length;
  return { type: 'command', name: payload.toString('latin1', 1, end), body: payload.subarray(end) };
}
