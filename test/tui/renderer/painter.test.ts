import test from 'ava';
import { Writable } from 'node:stream';
import { createPainter, slotOf } from '../../../src/tui/renderer/painter.ts';

const ESC = '\u001b';

function createTerminal() {
  const written: string[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      written.push(chunk.toString());
      done();
    },
  });
  const terminal = Object.assign(stream, { columns: 40, rows: 5, isTTY: true });
  return { written, painter: createPainter(terminal) };
}

/** As the terminal gets it: each line at its place, in one piece. */
function painting(...lines: readonly (readonly [row: number, line: string])[]): string {
  const body = lines.map(([row, line]) => `${ESC}[${row};1H${ESC}[2K${line}`).join('');
  return `${ESC}[?2026h${body}${ESC}[?2026l`;
}

const slots = (count: number) => `${Array.from({ length: count }, (_, row) => slotOf(row)).join('\n')}\n`;

test('only the lines that changed are written, each at its place', (t) => {
  const { painter, written } = createTerminal();
  painter.show(['one', 'two', 'three']);
  t.deepEqual(written, [painting([1, 'one'], [2, 'two'], [3, 'three'])]);
  written.length = 0;
  painter.stdout.write(slots(3));
  t.deepEqual(written, []);
  painter.show(['one', 'TWO', 'three']);
  painter.show(['one', 'TWO', 'three']);
  t.deepEqual(written, [painting([2, 'TWO'])]);
});

test('lines of another layout wait until Ink has made it', (t) => {
  const { painter, written } = createTerminal();
  painter.show(['one', 'two', 'three']);
  painter.stdout.write(slots(3));
  written.length = 0;
  painter.show(['one', null, null, 'four']);
  t.deepEqual(written, []);
  t.is(painter.stdout.columns, 40);
  // Ink starts a frame by erasing the one before.
  painter.stdout.write(`${ESC}[2K${ESC}[1A${ESC}[2K${ESC}[G${slotOf(0)}\n name\n value\n${slotOf(3)}\n`);
  t.deepEqual(written, [painting([2, ' name'], [3, ' value'], [4, 'four'])]);
  written.length = 0;
  painter.show(['one', 'two']);
  painter.stdout.write(slots(2));
  t.deepEqual(written, [painting([2, 'two'], [3, ''], [4, ''])]);
  t.is(painter.stdout.columns, 4);
});

test('after something else wrote on the screen every line is written again', (t) => {
  const { painter, written } = createTerminal();
  painter.show(['one']);
  written.length = 0;
  painter.repaint();
  t.deepEqual(written, [painting([1, 'one'], [2, ''], [3, ''], [4, ''], [5, ''])]);
});

test('what is no frame does not come to the terminal', (t) => {
  const { painter, written } = createTerminal();
  painter.stdout.write(`${ESC}[?2026h`);
  painter.stdout.write(`${ESC}[?25l`);
  t.deepEqual(written, []);
});

test('nothing is written while the screen belongs to somebody else, and everything once it is ours again', (t) => {
  const { painter, written } = createTerminal();
  painter.show(['one', 'two']);
  painter.pause();
  written.length = 0;
  painter.show(['ONE', 'two']);
  painter.stdout.write(slots(2));
  painter.repaint();
  t.deepEqual(written, []);
  painter.resume();
  t.deepEqual(written, [painting([1, 'ONE'], [2, 'two'], [3, ''], [4, ''], [5, ''])]);
});
