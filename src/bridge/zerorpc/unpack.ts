// msgpack, read in slices: what an agent tells of thousands of processes takes longer than others may wait, and the library
// reads it in one go. Every promise of a length is held against what is really there, and nothing is deeper than what
// supervisord answers. https://github.com/msgpack/msgpack/blob/master/spec.md
import type { Slices } from '../link/slices.ts';

/** The bytes are no msgpack, or none of a kind that anybody sends. */
export class UnpackError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UnpackError';
  }
}

const DEEPEST = 32;
const ITEMS_PER_SLICE = 200;

type Open = {
  /** Items still to come; of a map its keys too. */
  left: number;
  /** Of a map, between a key and its value. */
  key: string | null;
  readonly items: unknown[] | null;
  readonly fields: Record<string, unknown> | null;
};

/** One whole value, no more and no less. Bytes are text: older peers send every text so. Throws UnpackError. */
export function* unpack(bytes: Buffer): Slices<unknown> {
  const reader = createReader(bytes);
  const open: Open[] = [];
  for (let count = 1; ; count += 1) {
    if (count % ITEMS_PER_SLICE === 0) yield;
    let value = readItem(reader);
    if (isOpen(value)) {
      // Each item takes a byte at least.
      if (reader.left() < value.left) throw new UnpackError('a promise that is not kept');
      if (open.length === DEEPEST) throw new UnpackError('more in one another than anybody says');
      open.push(value);
      if (value.left > 0) continue;
    } else if (open.length > 0) put(open, value);
    // What is complete is an item of what it stands in.
    for (let top = open.at(-1); top?.left === 0; top = open.at(-1)) {
      open.pop();
      value = top.items ?? top.fields;
      if (open.length > 0) put(open, value);
    }
    if (open.length > 0) continue;
    if (reader.left() > 0) throw new UnpackError('more than one value');
    return value;
  }
}

function put(open: readonly Open[], value: unknown): void {
  const top = open.at(-1);
  if (!top) return;
  top.left -= 1;
  if (top.items) top.items.push(value);
  else if (top.key === null) {
    if (typeof value !== 'string' && typeof value !== 'number') throw new UnpackError('a key that is no text');
    if (value === '__proto__') throw new UnpackError('a key that would be more than a name');
    top.key = String(value);
  } else {
    if (top.fields) top.fields[top.key] = value;
    top.key = null;
  }
}

/** All else that `readItem` comes to is a scalar. */
function isOpen(value: unknown): value is Open {
  return typeof value === 'object' && value !== null;
}

function nested(length: number, isMap: boolean): Open {
  return isMap
    ? { left: 2 * length, key: null, items: null, fields: {} }
    : { left: length, key: null, items: [], fields: null };
}

type Reader = {
  /** Bytes that were not read yet. */
  left(): number;
  unsigned(size: number): number;
  signed(size: number): number;
  float(size: 4 | 8): number;
  text(length: number): string;
  skip(length: number): void;
};

function createReader(bytes: Buffer): Reader {
  let at = 0;
  /** Where these bytes begin. */
  const take = (length: number): number => {
    if (length > bytes.length - at) throw new UnpackError('less than it promises');
    at += length;
    return at - length;
  };
  return {
    left: () => bytes.length - at,
    // As far as a number of JavaScript can be exact.
    unsigned: (size) => (size === 8 ? Number(bytes.readBigUInt64BE(take(8))) : bytes.readUIntBE(take(size), size)),
    signed: (size) => (size === 8 ? Number(bytes.readBigInt64BE(take(8))) : bytes.readIntBE(take(size), size)),
    float: (size) => (size === 4 ? bytes.readFloatBE(take(4)) : bytes.readDoubleBE(take(8))),
    text: (length) => {
      const from = take(length);
      return bytes.toString('utf8', from, from + length);
    },
    skip: (length) => void take(length),
  };
}

/** A value, or the head of a list or a map. */
function readItem(reader: Reader): unknown {
  const head = reader.unsigned(1);
  if (head < 0x80) return head;
  if (head >= 0xe0) return head - 0x100;
  if (head < 0x90) return nested(head & 0x0f, true);
  if (head < 0xa0) return nested(head & 0x0f, false);
  if (head < 0xc0) return reader.text(head & 0x1f);
  // Sizes follow one another: 1, 2, 4 and 8 bytes.
  const size = (first: number) => 2 ** (head - first);
  if (head === 0xc0) return null;
  if (head === 0xc1) throw new UnpackError('a byte that means nothing');
  if (head < 0xc4) return head === 0xc3;
  if (head < 0xc7) return reader.text(reader.unsigned(size(0xc4)));
  if (head < 0xca) return skipped(reader, reader.unsigned(size(0xc7)) + 1);
  if (head < 0xcc) return reader.float(head === 0xca ? 4 : 8);
  if (head < 0xd0) return reader.unsigned(size(0xcc));
  if (head < 0xd4) return reader.signed(size(0xd0));
  if (head < 0xd9) return skipped(reader, size(0xd4) + 1);
  if (head < 0xdc) return reader.text(reader.unsigned(size(0xd9)));
  return nested(reader.unsigned(head % 2 === 0 ? 2 : 4), head >= 0xde);
}

/** Of a kind that Python's msgpack makes only when asked to. */
function skipped(reader: Reader, length: number): null {
  reader.skip(length);
  return null;
}
