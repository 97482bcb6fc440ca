import test from 'ava';
import { parseFilter } from '../../../src/core/view/filter.ts';
import { createKeptLines } from '../../../src/tui/frame/kept-lines.ts';
import { createLineStyler } from '../../../src/tui/renderer/styled-line.ts';

function open(within: number) {
  const keptLines = createKeptLines();
  const styler = createLineStyler({ theme: 'dark', ascii: false });
  const filter = parseFilter('');
  const row = {};
  let made = 0;
  return {
    at: (now: number, signature = 'as it is') => {
      const told: number[] = [];
      const asked = { signature, filter, styler, now, ticker: { within: (ms: number) => void told.push(ms) } };
      const line = keptLines(row, asked, (ticker) => {
        made += 1;
        ticker.within(within);
        return `line ${made}`;
      });
      return { line, told };
    },
  };
}

test('a line without a time is made once, and anew when it stands under the cursor', (t) => {
  const { at } = open(Number.POSITIVE_INFINITY);
  t.is(at(0).line, 'line 1');
  t.is(at(86_400_000).line, 'line 1');
  t.is(at(86_400_000, 'under the cursor').line, 'line 2');
});

test('a line with a time is kept within its second, and says when it reads differently', (t) => {
  const { at } = open(1_000);
  t.deepEqual(at(10_200), { line: 'line 1', told: [1_000] });
  t.deepEqual(at(10_900), { line: 'line 1', told: [300] });
  t.deepEqual(at(11_000), { line: 'line 2', told: [1_000] });
});

test('an age that changes sooner is not kept longer', (t) => {
  const { at } = open(100);
  t.is(at(10_200).line, 'line 1');
  t.is(at(10_299).line, 'line 1');
  t.is(at(10_300).line, 'line 2');
});

test('after the clock was set back nothing is kept', (t) => {
  const { at } = open(60_000);
  t.is(at(10_500).line, 'line 1');
  t.is(at(10_400).line, 'line 2');
});
