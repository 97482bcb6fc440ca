import test from 'ava';
import { createLocalSession } from '../../../src/core/session/local-session.ts';
import type { Connection, Session, SessionEvent } from '../../../src/core/ports.ts';
import { createFakeLink } from '../../helpers/core/fake-link.ts';
import { openTui } from '../../helpers/terminal/open-tui.ts';
import { reading, reported, spec } from '../../helpers/core/readings.ts';
import { openWorld, realClock } from '../../helpers/core/world.ts';

/** Text of the line under the cursor. */
function cursorLine(lines: readonly string[]): string {
  return (lines.find((line) => line.startsWith('▌')) ?? '').replaceAll(/\s+/gu, ' ').trim();
}

test('the first frame, before anybody answered, names the supervisors as connecting', (t) => {
  const clock = realClock;
  const session = createLocalSession({
    name: 'lab',
    epoch: 'e',
    by: 'me',
    supervisors: ['alpha', 'beta'].map((name) => ({ spec: spec(name), link: createFakeLink() })),
    clock,
  });
  const tui = openTui(session);
  t.teardown(tui.close);
  t.regex(tui.screen(), /◌ alpha +connecting\n +◌ beta +connecting/u);
  t.regex(tui.screen(), /0\/2 supervisors/u);
});

test('rows show state, names and the cause, and the frame is one line less than the terminal', async (t) => {
  const { session, link } = openWorld(['a', 'b']);
  const tui = openTui(session);
  t.teardown(tui.close);
  link('a').emitSome([reading('g:x', 'FATAL', { spawnError: "can't find command 'x'" })]);
  const screen = await tui.until(/✖ FATAL/u);
  t.regex(screen, /✖ FATAL {5}x {11}a .*spawn error: can't find command 'x'/u);
  t.regex(screen, /● RUNNING {3}x {11}b/u);
  t.regex(screen, /multivisor {2}lab .*● 1 running {2}✖ 1 fatal {2}○ 2 stopped {3}2\/2 supervisors/u);
  t.is(tui.lines().length, 29);
});

test('at every size down to 60×15 the frame fits the terminal', async (t) => {
  const { session } = openWorld(['a', 'b', 'c']);
  const tui = openTui(session);
  t.teardown(tui.close);
  const screens = ['1', '2', '3', '?', 'm'];
  for (const size of [
    { columns: 60, rows: 15 },
    { columns: 80, rows: 24 },
    { columns: 200, rows: 50 },
  ]) {
    tui.store.update({ size });
    for (const key of screens) {
      tui.press(key);
      t.is(tui.lines().length, size.rows - 1, `${key} at ${size.columns}×${size.rows}`);
      for (const line of tui.lines()) t.true(line.length <= size.columns, `${key}: ${line}`);
    }
  }
});

test('a filter puts the cursor on the first process that matches, and leaves one that does where it is', (t) => {
  const { session } = openWorld(['alpha', 'beta']);
  const tui = openTui(session);
  t.teardown(tui.close);
  t.regex(cursorLine(tui.lines()), /^▌▾ g 4/u);
  tui.press('/');
  tui.type('b');
  t.regex(cursorLine(tui.lines()), /^▌ ● RUNNING x beta/u);
  tui.press('enter', 'j');
  t.regex(cursorLine(tui.lines()), /^▌ ○ STOPPED y beta/u);
  tui.press('/');
  tui.type('et');
  t.regex(cursorLine(tui.lines()), /^▌ ○ STOPPED y beta/u);
  tui.press('ctrl-u');
  tui.type('alpha');
  t.regex(cursorLine(tui.lines()), /^▌ ● RUNNING x alpha/u);
  tui.press('esc', ':');
  tui.type('filter sup:beta');
  tui.press('enter');
  t.regex(cursorLine(tui.lines()), /^▌ ● RUNNING x beta/u);
});

test('agents are folded away in one line, not meant by all, and shown by enter', async (t) => {
  const { session, link } = openWorld(['a']);
  const tui = openTui(session, { arrangement: { groupBy: 'none' } });
  t.teardown(tui.close);
  link('a').emitAll([
    reading('multivisor-rpc:multivisor-rpc', 'RUNNING'),
    reading('g:x', 'RUNNING'),
    reading('g:ours', 'RUNNING'),
  ]);
  link('a').emit({ type: 'agent', process: 'g:ours' });
  await tui.until(/▸ agents {2}2 .*● 2 +folded away, enter shows them/u);
  t.notRegex(tui.screen(), /multivisor-rpc|ours/u);
  tui.press('*');
  t.regex(tui.screen(), /1 marked/u);
  tui.press('u', 'G', 'enter');
  t.regex(tui.screen(), /▾ agents {2}2/u);
  t.regex(tui.screen(), /RUNNING +multivisor-rpc/u);
  tui.press('enter', 'z');
  t.regex(tui.screen(), /▸ agents/u);
  tui.press('z');
  t.regex(tui.screen(), /▸ agents/u);
});

test('several keys in one chunk each do their work', async (t) => {
  const { session } = openWorld(['a', 'b', 'c']);
  const tui = openTui(session);
  t.teardown(tui.close);
  tui.press('j', 'j', 'space', 'j');
  t.regex(cursorLine(tui.lines()), /^▌ ○ STOPPED y b/u);
  t.regex(tui.screen(), /1 marked/u);
  tui.press('g', 'g');
  t.regex(cursorLine(tui.lines()), /^▌▾ g 6/u);
  tui.press('G');
  t.regex(cursorLine(tui.lines()), /STOPPED y c/u);
});

test('g waits for a second g and groups when none comes', async (t) => {
  const { session } = openWorld(['a', 'b']);
  const tui = openTui(session);
  t.teardown(tui.close);
  tui.press('g');
  await tui.until(/by supervisor/u);
  tui.press('g', 'j');
  t.notRegex(tui.screen(), /by supervisor|by group/u);
  t.regex(tui.screen(), /GROUP/u);
});

test('the filter is live, keeps the order, highlights nothing it did not match, and esc takes it back', async (t) => {
  const { session } = openWorld(['alpha', 'beta']);
  const tui = openTui(session, { arrangement: { groupBy: 'none' } });
  t.teardown(tui.close);
  tui.press('/');
  tui.type('alp');
  t.regex(tui.screen(), /^ \/alp▏ +2\/4$/mu);
  t.notRegex(tui.screen(), /beta/u);
  tui.press('enter');
  t.regex(tui.screen(), /^ \/alp +2\/4$/mu);
  tui.press('j', 'esc');
  t.regex(tui.screen(), / 4$/mu);
  t.regex(tui.screen(), /beta/u);
  tui.press('/');
  tui.type('fatal');
  t.regex(tui.screen(), /Nothing matches.*state:fatal/u);
  tui.press('esc');
  t.notRegex(tui.screen(), /Nothing matches/u);
});

test('the cursor and the marks stay with their process when rows come and go', async (t) => {
  const { session, link } = openWorld(['a', 'b']);
  const tui = openTui(session, { arrangement: { groupBy: 'none' } });
  t.teardown(tui.close);
  tui.press('j', 'j', 'space', 'k');
  t.regex(cursorLine(tui.lines()), /^▌◉ ● RUNNING x g b/u);
  link('a').emitAll([reading('g:new', 'RUNNING'), reading('g:x', 'RUNNING'), reading('g:y', 'STOPPED')]);
  await tui.until(/new/u);
  t.regex(cursorLine(tui.lines()), /^▌◉ ● RUNNING x g b/u);
  link('b').emitAll([]);
  await tui.until(/multivisor.*● 2 running/u);
  link('b').emitAll([reading('g:x', 'RUNNING'), reading('g:y', 'STOPPED')]);
  await tui.until(/multivisor.*● 3 running/u);
  t.regex(cursorLine(tui.lines()), /^▌◉ ● RUNNING x g b/u);
});

test('what cannot be reached stays, greyed, with its age and why', async (t) => {
  const { session, link } = openWorld(['a', 'b']);
  const tui = openTui(session);
  t.teardown(tui.close);
  link('b').emit({ type: 'down', error: { code: 'refused', message: 'connection refused' } });
  const screen = await tui.until(/1\/2 supervisors/u);
  t.regex(screen, /g {2}4 .* b stale 0 s: connection refused/u);
  t.regex(screen, /● RUNNING +x +b .*\(last known\)/u);
  t.regex(screen, /✖ b cannot be reached: connection refused/u);
  tui.press('2');
  t.regex(tui.screen(), /✖ DOWN +b .*connection refused/u);
  link('b').emitAll([reading('g:x', 'RUNNING')]);
  await tui.until(/2\/2 supervisors/u);
  t.regex(tui.screen(), /b is back/u);
});

test('when the server is lost every row is last known, and fresh again when it is back', async (t) => {
  const { session } = openWorld(['a']);
  const listeners = new Set<(event: SessionEvent) => void>();
  let connection: Connection = { state: 'live' };
  const remote: Session = {
    ...session,
    connection: () => connection,
    subscribe: (listener) => {
      listeners.add(listener);
      return session.subscribe(listener);
    },
  };
  const become = (next: Connection) => {
    connection = next;
    listeners.forEach((listener) => listener({ type: 'connection', connection }));
  };
  const tui = openTui(remote, { mode: 'host:22000', size: { columns: 150, rows: 24 } });
  t.teardown(tui.close);
  t.regex(tui.lines()[0] ?? '', /lab {2}host:22000 /u);
  const error = { code: 'refused', message: 'connection refused' } as const;
  become({ state: 'lost', since: Date.now() - 5_000, error });
  const screen = await tui.until(/host:22000 lost [56] s ago: connection refused/u);
  t.regex(screen, /● RUNNING +x .*\(last known\)/u);
  t.regex(screen, /a stale [56] s: no connection to the server/u);
  tui.press('j', 'x');
  t.regex(tui.screen(), /a cannot be reached: no connection to the server/u);
  become({ state: 'live' });
  await tui.until(/1\/1 supervisors/u);
  t.notRegex(tui.screen(), /last known/u);
});

test('before the server answers, it is told what is waited for', async (t) => {
  const { session } = openWorld([]);
  const error = { code: 'refused', message: 'connection refused' } as const;
  const tui = openTui(
    { ...session, connection: () => ({ state: 'connecting', since: 0, error }) },
    { mode: 'host:22000' },
  );
  t.teardown(tui.close);
  t.regex(tui.screen(), /Connecting to host:22000 …: connection refused/u);
});

test('p leaves only what is in trouble, and says when nothing is', async (t) => {
  const { session, link } = openWorld(['a']);
  const tui = openTui(session);
  t.teardown(tui.close);
  tui.press('p');
  t.regex(tui.screen(), /Nothing is in trouble/u);
  link('a').emitSome([reading('g:y', 'BACKOFF')]);
  t.regex(await tui.until(/▲ BACKOFF/u), /1\/2 {2}only problems/u);
});

test('groups fold, and the sort is chosen by letter and reversed by choosing again', async (t) => {
  const { session } = openWorld(['a', 'b']);
  const tui = openTui(session);
  t.teardown(tui.close);
  tui.press('enter');
  t.regex(tui.screen(), /▸ g {2}4/u);
  t.notRegex(tui.screen(), /RUNNING/u);
  tui.press('enter', 'o', 's');
  t.regex(tui.screen(), /sorted by state/u);
  t.true(tui.screen().indexOf('STOPPED') < tui.screen().indexOf('RUNNING'));
  tui.press('o', 's');
  t.true(tui.screen().indexOf('STOPPED') > tui.screen().indexOf('RUNNING'));
  tui.press('o', 'o');
  t.true(tui.screen().indexOf('STOPPED') < tui.screen().indexOf('RUNNING'));
});

test('the timeline is told newest first, with the reason, and the cursor on top stays on top', async (t) => {
  const { session, link } = openWorld(['a']);
  const tui = openTui(session, { size: { columns: 140, rows: 24 } });
  t.teardown(tui.close);
  tui.press('3');
  const killed = { kind: 'signal', signal: 'SIGKILL', expected: false } as const;
  link('a').emit({ type: 'source', source: 'log', note: '' });
  link('a').emit({ type: 'transitions', transitions: [reported('g:x', 'EXITED', { reason: killed })] });
  t.regex(await tui.until(/EXITED/u), /running +→ ○ EXITED +x +a +killed by SIGKILL/u);
  link('a').emit({ type: 'transitions', transitions: [reported('g:x', 'STARTING', { pid: 7 })] });
  await tui.until(/STARTING/u);
  t.regex(cursorLine(tui.lines()), /STARTING/u);
});

test('names that try to steer the terminal are shown, not obeyed', async (t) => {
  const { session, link } = openWorld(['a']);
  const tui = openTui(session);
  t.teardown(tui.close);
  link('a').emitAll([reading('g:evil\u001b[2J\u202ename', 'FATAL', { spawnError: 'no\u0007\nnews' })]);
  const screen = await tui.until(/FATAL/u);
  t.regex(screen, /evil\\x1b\[2J\\u202ename/u);
  t.regex(screen, /no\\x07\\nnews/u);
});

test('the palette finds every command by its letters', async (t) => {
  const { session } = openWorld(['a']);
  const tui = openTui(session);
  t.teardown(tui.close);
  tui.press(':');
  tui.type('grsup');
  t.regex(tui.screen(), /▌ group supervisor/u);
  tui.press('enter');
  t.regex(tui.screen(), /by supervisor/u);
  tui.press(':');
  tui.type('filter state:fatal');
  tui.press('enter');
  t.regex(tui.screen(), /\/state:fatal/u);
  tui.press(':', 'esc');
  t.notRegex(tui.screen(), /▏/u);
});

test('q goes back and from a list out, ctrl-c from anywhere', async (t) => {
  const { session } = openWorld(['a']);
  const tui = openTui(session);
  t.teardown(tui.close);
  tui.press('?', 'q');
  t.deepEqual(tui.asked, []);
  tui.press(':', 'ctrl-z', 'ctrl-c');
  t.deepEqual(tui.asked, ['suspend', 'quit 0']);
  tui.press('esc', 'q');
  t.deepEqual(tui.asked, ['suspend', 'quit 0', 'quit 0']);
});
