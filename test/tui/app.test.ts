// The components on Ink itself: what ink-testing-library shows is what a terminal would.
import test from 'ava';
import { render } from 'ink-testing-library';
import { createElement } from 'react';
import { App } from '../../src/tui/app.tsx';
import { createOrderDesk } from '../../src/tui/actions/order-desk.ts';
import type { Control } from '../../src/tui/control/control.ts';
import { createKeyHandler } from '../../src/tui/control/keys.ts';
import { createLogTails } from '../../src/tui/control/log-tails.ts';
import { eventually } from '../helpers/deadline.ts';
import { openTui } from '../helpers/terminal/open-tui.ts';
import { plain } from '../helpers/terminal/plain.ts';
import { openWorld, realClock } from '../helpers/core/world.ts';

function open() {
  const { session } = openWorld(['alpha', 'beta']);
  const tui = openTui(session, { size: { columns: 100, rows: 24 } });
  const control: Control = {
    store: tui.store,
    session,
    clock: realClock,
    outside: {
      quit: () => {},
      farewell: () => {},
      suspend: () => {},
      redraw: () => {},
      copy: () => {},
      save: async () => null,
    },
    signal: new AbortController().signal,
    leave: new AbortController().signal,
  };
  const onKeys = createKeyHandler({ control, desk: createOrderDesk(control), tails: createLogTails(control) });
  const ink = render(createElement(App, { store: tui.store, onKeys, isPainted: false }));
  const shows = (wanted: RegExp) =>
    eventually(
      () => plain(ink.lastFrame() ?? ''),
      (frame) => wanted.test(frame),
      { what: `Ink shows ${wanted.source}` },
    );
  const close = async () => {
    ink.unmount();
    await tui.close();
  };
  return { ink, tui, shows, close };
}

test('keys go in, frames come out', async (t) => {
  const { ink, tui, shows, close } = open();
  t.teardown(close);
  t.regex(await shows(/RUNNING/u), /multivisor {2}lab/u);
  ink.stdin.write('jj/bet');
  t.regex(await shows(/\/bet▏/u), /beta/u);
  t.notRegex(plain(ink.lastFrame() ?? ''), /alpha/u);
  ink.stdin.write('\r');
  ink.stdin.write('\u001b');
  await shows(/alpha/u);
  // Every line of the frame is on the screen as it is, none wrapped or cut.
  t.deepEqual(
    plain(ink.lastFrame() ?? '')
      .split('\n')
      .map((line) => line.trimEnd()),
    tui.lines().slice(),
  );
});

test('tables are laid out by ink-table, in columns that hold also for wide names', async (t) => {
  const { ink, shows, close } = open();
  t.teardown(close);
  ink.stdin.write('?');
  const help = await shows(/one row down/u);
  t.regex(help, /^ j ↓ +one row down$/mu);
  t.notRegex(help, /[┌┬┐├┼┤│]/u);
  ink.stdin.write('1jx');
  const asked = await shows(/stop alpha:g:x\?/u);
  t.regex(asked, /● alpha +1 process +● 1 running/u);
});
