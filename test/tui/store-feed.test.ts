import test from 'ava';
import { createLocalSession } from '../../src/core/session/local-session.ts';
import { feedStore } from '../../src/tui/store-feed.ts';
import { createKeymap } from '../../src/tui/keys/keymap.ts';
import { createLineStyler } from '../../src/tui/renderer/styled-line.ts';
import { createStore } from '../../src/tui/store.ts';
import { FIRST_ARRANGEMENT } from '../../src/tui/ui-state/arrangement.ts';
import { createUiState } from '../../src/tui/ui-state/ui-state.ts';
import { createManualClock } from '../helpers/core/manual-clock.ts';
import { plain } from '../helpers/terminal/plain.ts';
import { createFakeLink } from '../helpers/core/fake-link.ts';
import { reading, spec } from '../helpers/core/readings.ts';

function open(startedAt: number) {
  const clock = createManualClock();
  const link = createFakeLink();
  const session = createLocalSession({
    name: 'lab',
    epoch: 'e',
    by: 'me',
    supervisors: [{ spec: spec('a'), link }],
    clock,
  });
  const names = ['x', 'y', ...Array.from({ length: 60 }, (_, i) => `p${String(i).padStart(2, '0')}`)];
  const hostNow = clock.now() / 1_000;
  link.emit({
    type: 'all',
    readings: names.map((name) => reading(`g:${name}`, 'RUNNING', { startedAt })),
    hostNow,
    latencyMs: 1,
    pollMs: 1_000,
  });
  const store = createStore({
    snapshot: { ...session.snapshot(), supervisors: new Map() },
    timeline: [],
    connection: session.connection(),
    ui: createUiState({ ...FIRST_ARRANGEMENT, theme: 'mono', groupBy: 'none' }, ''),
    now: clock.now(),
    touchedAt: clock.now(),
    size: { columns: 100, rows: 24 },
    setting: { title: 'lab', mode: 'local', readOnly: null, keymap: createKeymap({}), commandOptions: [] },
    styler: createLineStyler({ theme: 'mono', ascii: false }),
  });
  let frames = 0;
  store.subscribe(() => frames++);
  const stop = feedStore(store, session, clock);
  const screen = () =>
    store
      .frame()
      .blocks.flatMap((block) => (block.kind === 'lines' ? block.lines.map(plain) : []))
      .join('\n');
  return {
    link,
    clock,
    notices: () => store.model().ui.notices.items.map(({ text }) => text),
    screen,
    frames: () => frames,
    close: async () => {
      stop();
      await session.close();
    },
  };
}

const DAYS_AGO = 1_700_000_000 - 3 * 86_400 - 30;

test('a storm of events makes five frames a second, and the last of it is shown', async (t) => {
  const { link, clock, screen, frames, close } = open(DAYS_AGO);
  t.teardown(close);
  await clock.advance(1_000);
  const before = frames();
  for (let i = 0; i < 100; i++) {
    link.emitSome([
      reading('g:x', i % 2 === 0 ? 'STOPPED' : 'RUNNING', { startedAt: DAYS_AGO, pid: i % 2 === 0 ? null : i }),
    ]);
    await clock.advance(10);
  }
  await clock.advance(300);
  t.true(frames() - before <= 7, `${frames() - before} frames`);
  t.regex(screen(), /● RUNNING {3}x /u);
});

test('what is not on the screen draws nothing', async (t) => {
  const { link, clock, frames, close } = open(DAYS_AGO);
  t.teardown(close);
  await clock.advance(1_000);
  const before = frames();
  link.emitSome([reading('g:p50', 'RUNNING', { startedAt: DAYS_AGO, stdoutLog: '/elsewhere' })]);
  await clock.advance(900);
  t.is(frames(), before);
});

test('what was only measured anew waits for what happens, or for two seconds', async (t) => {
  const { link, clock, screen, frames, close } = open(DAYS_AGO);
  t.teardown(close);
  link.emit({ type: 'source', source: 'log', note: '' });
  await clock.advance(5_000);
  const before = frames();
  const names = ['x', 'y', ...Array.from({ length: 60 }, (_, i) => `p${String(i).padStart(2, '0')}`)];
  const readings = names.map((name) => reading(`g:${name}`, 'RUNNING', { startedAt: DAYS_AGO }));
  for (let i = 0; i < 10; i++) {
    link.emit({ type: 'all', readings, hostNow: null, latencyMs: i % 2 === 0 ? 400 : 10, pollMs: 1_000 });
    await clock.advance(100);
  }
  t.is(frames(), before + 1);
  t.regex(screen(), /log · 400 ms/u);
  link.emitSome([reading('g:x', 'STOPPED', { startedAt: DAYS_AGO, pid: null })]);
  await clock.advance(50);
  t.regex(screen(), /○ STOPPED {3}x /u);
});

test('uptimes of days tick by the minute, those of seconds by the second', async (t) => {
  const old = open(DAYS_AGO);
  t.teardown(old.close);
  await old.clock.advance(500);
  const before = old.frames();
  t.regex(old.screen(), /3d 00:00/u);
  await old.clock.advance(25_000);
  t.is(old.frames(), before);
  await old.clock.advance(10_000);
  t.regex(old.screen(), /3d 00:01/u);
  t.is(old.frames(), before + 1);

  const young = open(1_700_000_000 - 12);
  t.teardown(young.close);
  await young.clock.advance(500);
  const start = young.frames();
  await young.clock.advance(3_000);
  t.is(young.frames() - start, 3);
  await young.clock.advance(60_000);
  const quiet = young.frames();
  await young.clock.advance(30_000);
  // Nobody has touched a key for a while, and nothing is new any more.
  t.is(young.frames() - quiet, 6);
});

test('a loop is told in one notice when it begins and one when it is over, not with each of its turns', async (t) => {
  const { link, clock, notices, close } = open(DAYS_AGO);
  t.teardown(close);
  const reason = { kind: 'exit', status: 1, expected: false } as const;
  for (let turn = 0; turn < 40; turn++) {
    const from = { group: 'g', name: 'x', from: null } as const;
    link.emit({
      type: 'transitions',
      transitions: [
        { ...from, to: 'EXITED', reason, pid: null },
        { ...from, to: 'STARTING', reason: null, pid: 500 + turn },
        { ...from, to: 'RUNNING', reason: null, pid: null },
      ],
    });
    await clock.advance(1_000);
  }
  t.is(notices().filter((text) => text.includes('flapping')).length, 1, notices().join('\n'));
  t.true(notices().includes('x on a: flapping: 5 times in 10 min, exit 1'), notices().join('\n'));
  t.true(notices().length <= 12, notices().join('\n'));
  await clock.advance(10 * 60_000);
  t.is(notices().at(-1), 'x on a: flapping no more');
});
