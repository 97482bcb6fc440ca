import test from 'ava';
import type { Overlap } from '../../src/core/log-lines.ts';
import {
  KNOWN_LIMIT,
  createLineReader,
  createOverlapFinder,
  cutMark,
  withoutCutEnd,
} from '../../src/core/log-lines.ts';
import { escapeLogLine } from '../../src/core/view/escape.ts';
import { overLinear } from '../helpers/growth.ts';

const GAP = null;
type Chunk = string | Uint8Array | typeof GAP;
const MARK = cutMark(8);

/** The lines, `|` where there was a gap, and what is flushed at the end. */
function read(chunks: readonly Chunk[], beyond: 'cut' | 'drop' = 'cut'): readonly string[] {
  const reader = createLineReader({ longest: 8, beyond });
  const lines = chunks.flatMap((chunk) => (chunk === GAP ? [...reader.flush(), '|'] : reader.push(chunk)));
  return [...lines, '.', ...reader.flush()];
}

const bytes = (...all: number[]) => Uint8Array.from(all);

const LINES: readonly (readonly [what: string, chunks: readonly Chunk[], lines: readonly string[]])[] = [
  ['nothing', [''], ['.']],
  ['lines cut anywhere', ['on', 'e\ntw', 'o', '\n', '\nfour'], ['one', 'two', '', '.', 'four']],
  ['ends of Windows', ['a\r\nb\r', '\nc\r\r\n', '\r\n'], ['a', 'b', 'c\r', '', '.']],
  ['a return that ends no line', ['a\r', 'b\n'], ['a\rb', '.']],
  ['a character cut between bytes', [bytes(0xf0, 0x9f), bytes(0x98), bytes(0x80, 0x0a)], ['😀', '.']],
  ['bytes that are no text', [bytes(0x61, 0xff, 0x0a, 0xc3, 0x0a)], ['a\ufffd', '\ufffd', '.']],
  ['half a character at the end', [bytes(0x61, 0xf0, 0x9f)], ['.', 'a\ufffd']],
  ['half a character before a gap', [bytes(0xc3), GAP, bytes(0xa9, 0x0a)], ['\ufffd', '|', '\ufffd', '.']],
  ['nothing joined across a gap', ['on', GAP, 'e\n'], ['on', '|', 'e', '.']],
  ['a gap between lines', ['one\n', GAP, 'two\n'], ['one', '|', 'two', '.']],
  [
    'a line as long as may be',
    ['12345678\n1234567', '8\r', '\n12345678\r'],
    ['12345678', '12345678', '.', '12345678\r'],
  ],
  ['a longer line', ['123456789\nnext\n'], [`12345678${MARK}`, 'next', '.']],
  ['a longer line in parts', ['1234', '56789', 'abc', '\nnext\n'], [`12345678${MARK}`, 'next', '.']],
  ['one that never ends', ['123456789', 'x'.repeat(99), 'y'], [`12345678${MARK}`, '.']],
  ['one that a gap ends', ['123456789', GAP, 'next\n'], [`12345678${MARK}`, '|', 'next', '.']],
  ['no half of a pair', ['1234567😀9\n'], [`1234567${MARK}`, '.']],
  ['a bar', ['1%\r2%\r3%\n'], ['1%\r2%\r3%', '.']],
  ['a bar that is longer than may be', ['10%\r20%', '\r30%\r', '40%\r', '50%\ndone\n'], ['50%', 'done', '.']],
  ['a bar that never ends', Array.from({ length: 100 }, (_, i) => `${i}%\r`), ['.', '99%\r']],
  ['returns alone', ['abc', '\r'.repeat(50), '\r'.repeat(50), 'd\n'], ['abc\rd', '.']],
  ['returns behind what is as long as may be', ['12345678\r', '\r\r', '\r\r\n'], ['12345678', '.']],
];

test('lines come whole, wherever they are cut, and none is joined across a gap', (t) => {
  for (const [what, chunks, lines] of LINES) t.deepEqual(read(chunks), lines, what);
});

const seen = (lines: readonly string[]) => lines.map(escapeLogLine);

test('what is read does not depend on where it was cut', (t) => {
  const text = 'é漢😀\r\n10%\r20%\r\r30%\n12345678\r\n123456789 too long\n\n1234567😀\nend';
  const whole = new TextEncoder().encode(text);
  const expected = seen(read([whole]));
  for (let size = 1; size < whole.length; size += 1) {
    const chunks = Array.from({ length: Math.ceil(whole.length / size) }, (_, i) =>
      whole.subarray(i * size, (i + 1) * size),
    );
    t.deepEqual(seen(read(chunks)), expected, `${size} bytes at a time`);
  }
});

test('where lines are read for their meaning, nothing of one that is too long is taken for a line', (t) => {
  t.deepEqual(read(['12345678', '9 forged\nnext\n'], 'drop'), ['next', '.']);
  t.deepEqual(read(['123456789 whole\nnext\n'], 'drop'), ['next', '.']);
  t.deepEqual(read(['x'.repeat(99), GAP, 'next\n'], 'drop'), ['|', 'next', '.']);
});

/** How much of what comes in these chunks is known, and how many of them it took. */
function find(known: string, chunks: readonly string[]): { overlap: Exclude<Overlap, 'more'>; took: number } {
  const finder = createOverlapFinder(known);
  for (const [index, chunk] of chunks.entries()) {
    const overlap = finder.push(chunk);
    if (overlap !== 'more') return { overlap, took: index + 1 };
  }
  return { overlap: finder.end(), took: Infinity };
}

const long = '1234567890'.repeat(103);
const OVERLAPS: readonly (readonly [what: string, known: string, text: string, overlap: number | null])[] = [
  ['all of it', '1 x\n2 x\n', '1 x\n2 x\n', 8],
  ['all of it, and more', '1 x\n2', '1 x\n2 x\n', 5],
  ['its end', '1 x\n2 x\n', 'x\n2 x\n3 x\n', 6],
  ['the longest end', 'a\nb\na\nb\n', 'a\nb\na\nb\nc\n', 8],
  ['an end that begins like the text twice', 'a\na\na\nb\n', 'a\na\nb\nc\n', 6],
  ['not the end of one line', '1 x\n2 x\n', 'x\n9 x\n', null],
  ['not what stands within it only', '1\n2\n3\n', '1\n2\n4\n', null],
  ['a long part of one line', `0${long}`, `${long}8`, long.length],
  ['all of a short line', 'abc', 'abcdef\n', 3],
  ['nothing', '1 x\n2 x\n', '8 y\n9 y\n', null],
  ['behind a character that a request cut', '1 x\n2 x\n', '\ufffd\ufffdx\n2 x\n3\n', 8],
  ['what was known from within a character on', '\ufffdab', 'ab\ncd\n', 2],
];

test('what is known of a text is its longest beginning that proves something, however it comes', (t) => {
  for (const [what, known, text, overlap] of OVERLAPS) {
    for (const size of [1, 2, 3, text.length]) {
      const chunks = Array.from({ length: Math.ceil(text.length / size) }, (_, i) =>
        text.slice(i * size, (i + 1) * size),
      );
      t.is(find(known, chunks).overlap, overlap, `${what}, ${size} at a time`);
    }
  }
});

test('it is answered as soon as it is clear, and not sooner', (t) => {
  // The first of these alone would also be the end of what is known.
  t.deepEqual(find('a\nb\na\nb\n', ['a\nb\n', 'a\nb\n', 'c\n']), { overlap: 8, took: 2 });
  t.deepEqual(find('a\nb\na\nb\n', ['a\nb\n', 'c\n']), { overlap: 4, took: 2 });
  t.deepEqual(find('a\nb\n', ['x', 'y']), { overlap: null, took: 1 });
  t.deepEqual(find('a\nb\na\nb\n', ['a\nb\n']), { overlap: 4, took: Infinity });
  t.deepEqual(find('a\nb\n', []), { overlap: null, took: Infinity });
});

const line = (index: number) => `line ${index} ${'.'.repeat(90)}\n`;

test('of a text that is longer than is remembered the end is found again', (t) => {
  const known = Array.from({ length: 20_000 }, (_, index) => line(index)).join('');
  t.true(known.length > KNOWN_LIMIT);
  const text = known.slice(-500_000);
  t.is(find(known, [text + line(20_000)]).overlap, 500_000);
  t.true(createOverlapFinder(known).knownBytes <= KNOWN_LIMIT);
});

test('a character that was being written is left to come again', (t) => {
  t.is(withoutCutEnd('a\nb\ufffd\ufffd'), 'a\nb');
  t.is(withoutCutEnd('a\ufffd\n'), 'a\ufffd\n');
});

/** In chunks of this size, and all at once. */
const chunksOf = (text: string, size: number): string[] =>
  size === Infinity ? [text] : Array.from(text.match(new RegExp(`.{1,${size}}`, 'gsu')) ?? []);

function flood(text: string, size: number): void {
  const reader = createLineReader({ longest: 65_536, beyond: 'cut' });
  for (const chunk of chunksOf(text, size)) reader.push(chunk);
  reader.flush();
}

/** Where each of them would hurt: `length` characters in chunks of this size. */
const FLOODS: readonly (readonly [what: string, size: number, text: (length: number) => string])[] = [
  ['a line without end', 16, (length) => 'x'.repeat(length)],
  ['a line without end in one piece', Infinity, (length) => 'x'.repeat(length)],
  ['lines', 4_096, (length) => 'a line\n'.repeat(length / 7)],
  ['empty lines', 4_096, (length) => '\n'.repeat(length)],
  ['returns', 1, (length) => '\r'.repeat(length)],
  ['returns behind a long line', 1, (length) => 'x'.repeat(65_536) + '\r'.repeat(length)],
  ['a bar', 5, (length) => '100%\r'.repeat(length / 5)],
  ['bars that are as long as may be', 4_096, (length) => `${'x'.repeat(65_535)}\r`.repeat(length / 65_536)],
  ['bars that are a little shorter', 1, (length) => `${'x'.repeat(40_000)}\r`.repeat(length / 40_001)],
];

for (const [what, size, make] of FLOODS) {
  test(`time for ${what} grows with its length alone`, async (t) => {
    t.is(await overLinear(1_600_000, (length) => flood(make(length), size)), null);
  });
}

const REPEATS: readonly (readonly [
  what: string,
  known: (length: number) => string,
  text: (length: number) => string,
])[] = [
  ['one character', (length) => 'x'.repeat(length), (length) => `${'x'.repeat(length)}y`],
  ['one character and another', (length) => `${'x'.repeat(length - 1)}y`, (length) => 'x'.repeat(length)],
  ['lines that are all alike', (length) => 'a\n'.repeat(length / 2), (length) => `${'a\n'.repeat(length / 4)}b\n`],
  ['nothing', (length) => 'abc\n'.repeat(length / 4), (length) => 'abd\n'.repeat(length / 4)],
];

for (const [what, known, text] of REPEATS) {
  test(`time for an overlap of ${what} grows with its length alone, a few characters at a time`, async (t) => {
    t.is(await overLinear(KNOWN_LIMIT, (length) => find(known(length), chunksOf(text(length), 16))), null);
  });
}
