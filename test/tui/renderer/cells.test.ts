import test from 'ava';
import { cellWidth, clip, dropCells, fit, wrapCells } from '../../../src/tui/renderer/cells.ts';

test('text is cut and filled to exactly so many cells', (t) => {
  const rows: readonly (readonly [string, number, string])[] = [
    ['web', 6, 'web   '],
    ['web', 3, 'web'],
    ['worker', 4, 'wor…'],
    ['worker', 1, '…'],
    ['worker', 0, ''],
    ['温度計', 6, '温度計'],
    ['温度計', 5, '温度…'],
    ['温度計', 4, '温… '],
    ['e\u0301tude', 3, 'e\u0301t…'],
    ['👩‍👩‍👧 home', 4, '👩‍👩‍👧 …'],
  ];
  for (const [text, width, shown] of rows) {
    t.is(fit(text, width), shown);
    t.is(cellWidth(fit(text, width)), width);
  }
  t.is(fit('7', 3, 'right'), '  7');
  t.is(clip('web', 10), 'web');
});

test('a long line is wrapped without losing anything and never inside a wide character', (t) => {
  t.deepEqual(wrapCells('abcdefg', 3), ['abc', 'def', 'g']);
  t.deepEqual(wrapCells('', 3), ['']);
  t.deepEqual(wrapCells('温度計x', 3), ['温', '度', '計x']);
  t.deepEqual(wrapCells('温度', 1), ['温', '度']);
  t.is(wrapCells('a温b度c'.repeat(50), 7).join(''), 'a温b度c'.repeat(50));
});

test('the first cells of a line are dropped by cells, not by characters', (t) => {
  t.is(dropCells('abcdef', 2), 'cdef');
  t.is(dropCells('温度計', 2), '度計');
  t.is(dropCells('abc', 0), 'abc');
  t.is(dropCells('abc', 9), '');
});
