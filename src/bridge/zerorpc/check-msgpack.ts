// The msgpack library makes room for as many items as a header promises, level by level: a few bytes could cost
// gigabytes. This walk over the bytes holds every promise against what is really there before anything is decoded.

/** Bytes after the head byte that hold a length, by head byte; the rest is computed. */
const STR_BIN = new Map([
  [0xc4, 1],
  [0xc5, 2],
  [0xc6, 4],
  [0xd9, 1],
  [0xda, 2],
  [0xdb, 4],
]);
const EXT = new Map([
  [0xc7, 1],
  [0xc8, 2],
  [0xc9, 4],
]);
const FIXED = new Map([
  [0xc0, 0],
  [0xc2, 0],
  [0xc3, 0],
  [0xca, 4],
  [0xcb, 8],
  [0xcc, 1],
  [0xcd, 2],
  [0xce, 4],
  [0xcf, 8],
  [0xd0, 1],
  [0xd1, 2],
  [0xd2, 4],
  [0xd3, 8],
  [0xd4, 2],
  [0xd5, 3],
  [0xd6, 5],
  [0xd7, 9],
  [0xd8, 17],
]);
const NESTING = new Map([
  [0xdc, { lengthBytes: 2, perItem: 1 }],
  [0xdd, { lengthBytes: 4, perItem: 1 }],
  [0xde, { lengthBytes: 2, perItem: 2 }],
  [0xdf, { lengthBytes: 4, perItem: 2 }],
]);

/** One whole value, no more and no less, nested at most so deeply. */
export function isSoundMsgpack(bytes: Buffer, maxDepth: number): boolean {
  /** Items still to come, for each level. */
  const open: number[] = [1];
  let at = 0;
  const length = (size: number): number => {
    const value = at + size <= bytes.length ? bytes.readUIntBE(at, size) : bytes.length + 1;
    at += size;
    return value;
  };
  while (open.length > 0) {
    const level = open.length - 1;
    const left = open[level] ?? 0;
    if (left === 0) {
      open.pop();
      continue;
    }
    open[level] = left - 1;
    const head = bytes[at];
    if (head === undefined) return false;
    at += 1;
    const items = readItem(head, length);
    if (items === null) return false;
    at += items.skip;
    // Each item takes a byte at least.
    if (at + items.nested > bytes.length) return false;
    if (items.nested > 0) open.push(items.nested);
    if (open.length > maxDepth) return false;
  }
  return at === bytes.length;
}

type Item = { readonly skip: number; readonly nested: number };

function readItem(head: number, length: (size: number) => number): Item | null {
  if (head < 0x80 || head >= 0xe0) return { skip: 0, nested: 0 };
  if (head < 0x90) return { skip: 0, nested: (head & 0x0f) * 2 };
  if (head < 0xa0) return { skip: 0, nested: head & 0x0f };
  if (head < 0xc0) return { skip: head & 0x1f, nested: 0 };
  const fixed = FIXED.get(head);
  if (fixed !== undefined) return { skip: fixed, nested: 0 };
  const text = STR_BIN.get(head);
  if (text !== undefined) return { skip: length(text), nested: 0 };
  const extension = EXT.get(head);
  if (extension !== undefined) return { skip: length(extension) + 1, nested: 0 };
  const nesting = NESTING.get(head);
  if (nesting) return { skip: 0, nested: length(nesting.lengthBytes) * nesting.perItem };
  return null;
}
