// What a terminal sends that nobody typed: pastes, in brackets and bare, and sequences of all kinds.
import test from 'ava';
import { assert, asyncProperty, constantFrom, array } from 'fast-check';
import { render } from 'ink-testing-library';
import { createElement } from 'react';
import { App } from '../../src/tui/app.tsx';
import { openTui } from '../helpers/terminal/open-tui.ts';
import { openWorld } from '../helpers/core/world.ts';

function open() {
  const { session, link } = openWorld(['alpha']);
  const tui = openTui(session, { size: { columns: 100, rows: 24 }, arrangement: { groupBy: 'none' } });
  const calls = () => link('alpha').calls.length;
  return { tui, calls };
}

/** The App on Ink, with what a terminal would send. */
function openOnInk() {
  const { tui, calls } = open();
  const ink = render(createElement(App, { store: tui.store, onKeys: tui.handler, isPainted: false }));
  const close = async () => {
    ink.unmount();
    await tui.close();
  };
  return { tui, calls, ink, close, send: (text: string) => ink.stdin.write(text) };
}

const bracketed = (text: string) => `\u001b[200~${text}\u001b[201~`;

test('a paste of "xylophone" on a row stops nothing, in brackets or bare', async (t) => {
  const { tui, calls, send, close } = openOnInk();
  t.teardown(close);
  await tui.until(/RUNNING/u);
  send(bracketed('xylophone'));
  t.is(tui.store.model().ui.dialog, null);
  t.regex(tui.screen(), /pasted text is taken only where a line is typed/u);
  tui.think();
  send('xylophone');
  t.regex(tui.screen(), /stop alpha:g:x\?/u, 'the first letter asks');
  send('y');
  t.regex(tui.screen(), /stop alpha:g:x\?/u, 'nobody reads a question and answers it at once');
  t.is(calls(), 0);
  tui.press('y');
  t.is(tui.store.model().ui.dialog, null, 'an answer after a thought counts');
});

test('a text that ends its own paste does nothing with what follows', async (t) => {
  const { tui, calls, send, close } = openOnInk();
  t.teardown(close);
  await tui.until(/RUNNING/u);
  send(`\u001b[200~abc\u001b[201~xyrRsS\r\u001b[201~`);
  t.is(tui.store.model().ui.dialog, null);
  t.is(calls(), 0);
});

test('an answer that has to be typed cannot be pasted, and a signal is not chosen by a paste', async (t) => {
  const { tui, calls } = open();
  t.teardown(tui.close);
  await tui.until(/RUNNING/u);
  tui.press('x');
  tui.paste('y');
  t.regex(tui.screen(), /stop alpha:g:x\?/u);
  tui.press('esc');
  tui.press('K', 'enter', 'y', 'enter');
  t.regex(tui.screen(), /send \w+ to alpha:g:x\?/u);
  t.is(calls(), 0);
});

test('a paste into the filter is its first line, without what a terminal acts on', async (t) => {
  const { tui, send, close } = openOnInk();
  t.teardown(close);
  await tui.until(/RUNNING/u);
  tui.press('/');
  send(bracketed('we\u001b[31mb\tx\nq\u0003y'));
  t.is(tui.store.model().ui.filter.filter.text, 'we[31mb x');
  t.deepEqual(tui.asked, []);
  send(bracketed('a'.repeat(5_000_000)));
  t.true(tui.store.model().ui.filter.filter.text.length < 5_000);
});

const BARE = ['{"a":', 'xy ', ':a 1\n', '/w\t', 'K9', '<!--', 'G?'];

test('4 KB pasted without brackets, as a terminal hands them over, do nothing and hold up nobody', async (t) => {
  const { tui, calls, send, close } = openOnInk();
  t.teardown(close);
  await tui.until(/RUNNING/u);
  for (const unit of BARE) {
    const text = unit.repeat(4_096 / unit.length);
    for (const place of ['', '/', ':']) {
      if (place !== '') send(place);
      const begun = process.cpuUsage();
      send(text);
      const { user, system } = process.cpuUsage(begun);
      t.true((user + system) / 1_000 < 100, `${place}${unit}: ${(user + system) / 1_000} ms`);
      t.is(tui.store.model().ui.dialog, null, unit);
      tui.press('esc', 'esc', 'esc');
    }
  }
  t.is(calls(), 0);
});

test('a key that was held while nothing was read counts so often, and a line takes no more than people type', async (t) => {
  const { tui } = open();
  t.teardown(tui.close);
  await tui.until(/RUNNING/u);
  tui.handler.keys(Array.from({ length: 500 }, () => 'j'));
  t.is(tui.store.model().ui.dialog, null);
  tui.press('/');
  for (let i = 0; i < 100; i += 1) tui.type('web'.repeat(20));
  t.is(tui.store.model().ui.filter.editing?.line.text.length, 1_000);
  tui.press('ctrl-u');
  t.is(tui.store.model().ui.filter.editing?.line.text, '');
});

const SEQUENCES = [
  '\u001b[0m',
  '\u001b[31m',
  '\u001b[6n',
  '\u001b[31x',
  '\u001b[',
  '\u001b[[',
  '\u001b[[[[A',
  '\u001b[38;5;1m',
  '\u001bO',
  '\u001bOz',
];
const MORE = [
  '\u001b]0;title\u0007',
  '\u001b[200~',
  '\u001b[201~',
  '\u001b[<0;1;1M',
  '\u001b[1;1R',
  '\u001b[I',
  '\u001b[99999u',
  '\u001b[;u',
  '\u001b[57358u',
];
const ODD = [
  '\u001b\u001b[31m',
  '\u0000',
  '\u007f',
  '\ud800',
  '\ufeff',
  '\u009b31m',
  '\u001b[1114112u',
  '\u001b[97;1:3u',
  'G',
  '?',
  '1',
  '2',
];

test('no sequence that a paste may hold ends the terminal interface, alone or with others', async (t) => {
  const { ink, tui, close, send } = openOnInk();
  t.teardown(close);
  await tui.until(/RUNNING/u);
  for (const sequence of [...SEQUENCES, ...MORE, ...ODD]) {
    send(sequence);
    send(`a${sequence}b`);
  }
  await assert(
    asyncProperty(array(constantFrom(...SEQUENCES, ...MORE, ...ODD), { maxLength: 6 }), async (sequences) => {
      send(sequences.join(''));
    }),
    { seed: 20_260_103, numRuns: 300 },
  );
  send('\u001b[201~');
  t.notRegex(ink.lastFrame() ?? '', /ERROR|at .*node_modules/u);
  tui.press('esc', 'esc', 'esc', '1');
  t.regex(tui.screen(), /multivisor {2}lab/u);
});
