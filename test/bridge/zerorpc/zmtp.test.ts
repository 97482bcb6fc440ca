import { decode, encode } from '@msgpack/msgpack';
import { setTimeout as after } from 'node:timers/promises';
import test from 'ava';
import {
  array,
  assert,
  boolean,
  constant,
  constantFrom,
  dictionary,
  double,
  integer,
  letrec,
  maxSafeInteger,
  oneof,
  property,
  string,
} from 'fast-check';
import { measureTurns } from '../../helpers/longest-turn.ts';
import { atOnce, inSlices } from '../../../src/bridge/link/slices.ts';
import { UnpackError, unpack } from '../../../src/bridge/zerorpc/unpack.ts';
import { MessageError, decodeMessage, encodeMessageBody } from '../../../src/bridge/zerorpc/message.ts';
import type { ZmtpEvent } from '../../../src/bridge/zerorpc/zmtp.ts';
import {
  ZmtpError,
  createZmtpDecoder,
  encodeCommand,
  encodeGreeting,
  encodeMessage,
  encodeReady,
} from '../../../src/bridge/zerorpc/zmtp.ts';
import { createMutator } from '../../helpers/mutate.ts';

const LIMITS = { maxBytes: 1_000_000, maxFrames: 4 };
const EMPTY = Buffer.alloc(0);

function decodeAll(bytes: Buffer, step = bytes.length): ZmtpEvent[] {
  const decoder = createZmtpDecoder(LIMITS);
  const events: ZmtpEvent[] = [];
  for (let at = 0; at < bytes.length; at += step) events.push(...decoder.push(bytes.subarray(at, at + step)));
  return events;
}

const CONVERSATION = Buffer.concat([
  encodeGreeting(),
  encodeReady('ROUTER'),
  encodeMessage([EMPTY, Buffer.from('short')]),
  encodeCommand('PING', Buffer.from([0, 10, 1])),
  encodeMessage([EMPTY, Buffer.alloc(70_000, 'x')]),
]);

test('a conversation is the same however its bytes are cut', (t) => {
  const whole = decodeAll(CONVERSATION);
  t.deepEqual(
    whole.map((event) => (event.type === 'command' ? event.name : event.type)),
    ['greeting', 'READY', 'message', 'PING', 'message'],
  );
  for (const step of [1, 2, 3, 63, 64, 65, 1_000]) t.deepEqual(decodeAll(CONVERSATION, step), whole);
});

function changed(at: number, ...bytes: number[]): Buffer {
  const greeting = encodeGreeting();
  Buffer.from(bytes).copy(greeting, at);
  return greeting;
}

function frame(...bytes: number[]): Buffer {
  return Buffer.concat([encodeGreeting(), Buffer.from(bytes)]);
}

test('what is no ZMTP 3 with NULL is refused as soon as it can be told, with the reason', (t) => {
  const rows: readonly (readonly [Buffer, RegExp])[] = [
    [Buffer.from('HTTP/1.1 400'), /does not speak ZeroMQ/u],
    [changed(9, 0x00).subarray(0, 10), /does not speak ZeroMQ/u],
    [changed(10, 2).subarray(0, 11), /version 2 of ZMTP/u],
    [changed(12, ...Buffer.from('CURVE')), /login/u],
    [frame(0xf0, 0), /flags/u],
    [frame(5, 1, 0), /flags/u],
    [frame(4, 0), /without a name/u],
    [frame(4, 2, 9, 65), /without a name/u],
    [frame(2, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff), /more than 1000000 bytes/u],
    [frame(1, 0, 1, 0, 1, 0, 1, 0, 0, 0), /more than 4 frames/u],
  ];
  for (const [bytes, message] of rows) t.throws(() => decodeAll(bytes), { instanceOf: ZmtpError, message });
});

test('messages survive the way there and back, and texts that came as bytes are texts', (t) => {
  const message = { id: 'a', responseTo: 'b', name: 'OK', args: [[1, 'zwölf', null, { key: ['x'] }]] };
  t.deepEqual(atOnce(decodeMessage([EMPTY, Buffer.from(encodeMessageBody(message))])), message);
  const raw = encode([{ message_id: Buffer.from('i'), v: 3 }, Buffer.from('STREAM'), { a: Buffer.from('ü') }]);
  const bytes = Buffer.from(raw);
  // `name` must be a text in the schema and comes as bytes from older peers.
  t.deepEqual(atOnce(decodeMessage([EMPTY, bytes])), { id: 'i', responseTo: null, name: 'STREAM', args: { a: 'ü' } });
});

test('a message that promises more than it holds is refused before anything is made room for', (t) => {
  const header = [0x93, 0x81, 0xa1, 0x76, 0x03];
  const rows: readonly (readonly [string, number[]])[] = [
    ['an array of four billion', [0xdd, 0xff, 0xff, 0xff, 0xff]],
    ['a map of four billion', [0xdf, 0xff, 0xff, 0xff, 0xff]],
    ['arrays in arrays without end', Array.from({ length: 5_000 }, () => 0x91)],
    ['a text that is not there', [0xdb, 0x7f, 0xff, 0xff, 0xff, 0x41]],
    ['a byte that means nothing', [0xc1]],
    ['more after the end', [0xc0, 0xc0]],
    ['nothing', []],
    ['a map without its last value', [0x81, 0xa1, 0x61]],
    ['a key that is a list', [0x81, 0x90, 0xc0]],
    ['a key that would be more than a name', [0x81, 0xa9, ...Buffer.from('__proto__'), 0xc0]],
  ];
  for (const [what, bytes] of rows) {
    t.throws(() => atOnce(unpack(Buffer.from(bytes))), { instanceOf: UnpackError }, what);
    const body = Buffer.from([...header, 0xa1, 0x4f, ...bytes]);
    t.throws(() => atOnce(decodeMessage([EMPTY, body])), { instanceOf: MessageError }, what);
  }
  for (const value of [null, 1.5, -3, 2 ** 40, 'x'.repeat(70_000), [[]], { a: { b: [1, true] } }, Buffer.alloc(300)]) {
    const text = Buffer.isBuffer(value) ? value.toString('utf8') : value;
    t.deepEqual(atOnce(unpack(Buffer.from(encode(value)))), text);
  }
});

test('10,000 broken conversations end in a refusal or in events, never in anything else', (t) => {
  const mutate = createMutator(7);
  const item = { eventname: 'PROCESS_STATE_EXITED', payload: { processname: 'a' }, poolserial: '7' };
  const body = encodeMessageBody({ id: 'x', responseTo: 'y', name: 'STREAM', args: item });
  const sound = Buffer.concat([encodeGreeting(), encodeReady('ROUTER'), encodeMessage([EMPTY, body])]);
  let refused = 0;
  let decoded = 0;
  for (let round = 0; round < 10_000; round += 1) {
    // Half of them are broken behind the greeting, which would hide the rest.
    const bytes = round % 2 === 0 ? mutate(sound) : Buffer.concat([sound.subarray(0, 64), mutate(sound.subarray(64))]);
    try {
      for (const event of decodeAll(bytes, 1 + (round % 50))) {
        if (event.type === 'message') atOnce(decodeMessage(event.frames));
        decoded += 1;
      }
    } catch (error) {
      if (!(error instanceof ZmtpError || error instanceof MessageError)) throw error;
      refused += 1;
    }
  }
  t.true(refused > 1_000, `${refused} refused`);
  t.true(decoded > 1_000, `${decoded} events`);
});

test('whatever can be said in msgpack is read as the library reads it', (t) => {
  const leaf = oneof(
    constant(null),
    boolean(),
    integer(),
    double({ noNaN: true }),
    maxSafeInteger(),
    string({ unit: 'grapheme' }),
    string({ minLength: 250, maxLength: 300 }),
    constantFrom('x'.repeat(70_000), 2 ** 32, -(2 ** 33), 127, 128, -32, -33, 65_535, 65_536),
  );
  const { tree } = letrec<{ tree: unknown }>((tie) => ({
    tree: oneof(
      { maxDepth: 4 },
      leaf,
      array(tie('tree'), { maxLength: 20 }),
      dictionary(string({ maxLength: 8 }), tie('tree'), { maxKeys: 20 }),
    ),
  }));
  assert(
    property(tree, (value) => {
      const bytes = Buffer.from(encode(value));
      t.deepEqual(atOnce(unpack(bytes)), decode(bytes));
    }),
    { seed: 20_260_107, numRuns: 500 },
  );
});

test.serial('a message of 4 MB is read in turns of which none holds up others', async (t) => {
  const idle = await measureTurns(() => after(300));
  const info = {
    name: 'x',
    group: 'g',
    state: 20,
    pid: 1,
    start: 1,
    stop: 0,
    now: 2,
    spawnerr: '',
    description: 'pid 1',
  };
  const rows = {
    'many small maps': Array.from({ length: 300_000 }, () => ({})),
    'ones and zeros': Array.from({ length: 3_000_000 }, (_, i) => i % 2),
    'as many processes as fit': Array.from({ length: 30_000 }, () => info),
    'one text': 'x'.repeat(4_000_000),
  };
  for (const [what, value] of Object.entries(rows)) {
    const bytes = Buffer.from(encode(value, { maxDepth: 10 }));
    const { longestMs } = await measureTurns(() => inSlices(unpack(bytes)));
    t.log(`${what}: ${(bytes.length / 2 ** 20).toFixed(1)} MB, longest turn ${longestMs.toFixed(1)} ms`);
    t.true(longestMs <= idle.longestMs + 50, `${what}: ${longestMs.toFixed(1)} ms`);
  }
});
