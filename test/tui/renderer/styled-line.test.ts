import test from 'ava';
import { isColoured, plain } from '../../helpers/terminal/plain.ts';
import { createLineStyler } from '../../../src/tui/renderer/styled-line.ts';

const mono = createLineStyler({ theme: 'mono', ascii: false });
const dark = createLineStyler({ theme: 'dark', ascii: false });

test('a line never takes more cells than it may, and its right end gives way first', (t) => {
  const right = [{ text: '3/3 up' }];
  t.is(plain(mono.line([{ text: 'multivisor' }], { width: 24, right })), 'multivisor        3/3 up');
  t.is(plain(mono.line([{ text: 'multivisor' }], { width: 12, right })), 'multivisor');
  t.is(plain(mono.line([{ text: 'a long name' }], { width: 6 })), 'a lon…');
  t.is(
    plain(mono.line([{ text: 'a', width: 3 }, { text: 'b' }, { text: 'c', width: 4, align: 'right' }], { width: 9 })),
    'a  b   c',
  );
});

test('a background lies under the whole line', (t) => {
  const line = dark.line([{ text: 'x' }], { width: 5, under: 'cursor' });
  t.is(plain(line), 'x    ');
  t.is(line, '\u001b[48;5;236mx\u001b[0m\u001b[48;5;236m    \u001b[0m');
});

test('matched letters are marked, and only they', (t) => {
  const line = createLineStyler({ theme: 'mono', ascii: false }).line([{ text: 'worker', marked: [0, 1, 4] }], {
    width: 10,
  });
  t.is(line, '\u001b[1;4mwo\u001b[0mrk\u001b[1;4me\u001b[0mr');
});

test('what terminals measure differently is followed by the column of the next cell', (t) => {
  t.is(mono.line([{ text: '温度', width: 6 }, { text: 'x' }], { width: 10 }), '温度  \u001b[7Gx');
  t.is(mono.line([{ text: '● up', width: 6 }, { text: 'x' }], { width: 10 }), '● up  x');
});

test('plain ASCII has one character for each symbol and leaves names alone', (t) => {
  const ascii = createLineStyler({ theme: 'mono', ascii: true });
  t.is(plain(ascii.line([{ text: '▌◉ ● ◐ ▲ ✖ ○ ▾ ▸ │ → … – ─' }], { width: 40 })), '>+ * ~ ^ X o v > | > . - -');
  t.is(plain(ascii.line([{ text: 'fühler' }], { width: 10 })), 'fühler');
});

test('without colours no theme writes any', (t) => {
  const roles = ['text', 'bad', 'warn', 'good', 'accent', 'match', 'log3', 'cause'] as const;
  const line = mono.line(
    roles.map((role) => ({ text: role, role })),
    { width: 80 },
  );
  t.false(isColoured(line));
  const sixteen = createLineStyler({ theme: '16', ascii: false }).line(
    roles.map((role) => ({ text: role, role })),
    { width: 80 },
  );
  t.true(isColoured(sixteen));
  t.false(sixteen.includes('8;5;'));
});
