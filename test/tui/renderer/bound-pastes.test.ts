import { PassThrough } from 'node:stream';
import test from 'ava';
import { LONGEST_PASTE, createPasteBound, withBoundPastes } from '../../../src/tui/renderer/bound-pastes.ts';

const START = '\u001b[200~';
const END = '\u001b[201~';

test('a paste without an end takes no more memory than a line, and ends when its end comes', (t) => {
  const bound = createPasteBound();
  const part = 'x'.repeat(64 * 1024);
  let passed = bound(START).length;
  for (let index = 0; index < 1_000; index += 1) passed += bound(part).length;
  t.is(passed, START.length + LONGEST_PASTE);
  t.is(bound(`${part}${END}j`), `${END}j`);
  t.is(bound(`k${START}next${END}`), `k${START}next${END}`);
});

test('keys and short pastes come as they are, wherever they are cut', (t) => {
  const text = `a\u001b[A${START}one\u001b[2 two${END}b${START}${END}\u001b`;
  for (let first = 0; first <= text.length; first += 1) {
    for (let second = first; second <= text.length; second += 1) {
      const bound = createPasteBound();
      const parts = [text.slice(0, first), text.slice(first, second), text.slice(second)];
      t.is(parts.map(bound).join(''), text, `${first}, ${second}`);
    }
  }
});

test('a long paste whose end is cut ends too', (t) => {
  for (let cut = 1; cut < END.length; cut += 1) {
    const bound = createPasteBound();
    bound(`${START}${'x'.repeat(2 * LONGEST_PASTE)}${END.slice(0, cut)}`);
    t.is(bound(`${END.slice(cut)}j`), `${END}j`, String(cut));
  }
});

test('whoever reads the stream gets the same, bounded', (t) => {
  const source = new PassThrough({ encoding: 'utf8' });
  const stdin = withBoundPastes(source);
  source.write(`${START}${'y'.repeat(3 * LONGEST_PASTE)}`);
  t.is(String(stdin.read()).length, START.length + LONGEST_PASTE);
  t.is(stdin.read(), null);
  source.write('y'.repeat(10));
  t.is(stdin.read(), null, 'nothing of the rest');
  source.write(`${END}q`);
  t.is(stdin.read(), `${END}q`);
});
