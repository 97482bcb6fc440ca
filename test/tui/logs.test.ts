import test from 'ava';
import { SessionError } from '../../src/core/ports.ts';
import type { Session, TailChunk } from '../../src/core/ports.ts';
import type { LogsState } from '../../src/tui/ui-state/logs.ts';
import { LOG_CHARACTERS_KEPT, LOG_LINES_KEPT, NO_LOGS, readLogs } from '../../src/tui/ui-state/logs.ts';
import { openTui } from '../helpers/terminal/open-tui.ts';
import { reading } from '../helpers/core/readings.ts';
import { openWorld } from '../helpers/core/world.ts';

type Tails = {
  readonly session: Session;
  /** Appends to the tail of `uid stream`. */
  readonly say: (key: string, chunk: TailChunk | Error) => void;
  readonly opened: readonly string[];
  readonly ended: readonly string[];
};

/** A session whose tails the test speaks. */
function speak(session: Session): Tails {
  const waiting = new Map<string, { readonly queue: (TailChunk | Error)[]; wake: () => void }>();
  const opened: string[] = [];
  const ended: string[] = [];
  const channel = (key: string) => {
    const known = waiting.get(key) ?? { queue: [], wake: () => {} };
    waiting.set(key, known);
    return known;
  };
  return {
    opened,
    ended,
    say: (key, chunk) => {
      channel(key).queue.push(chunk);
      channel(key).wake();
    },
    session: {
      ...session,
      tail: async function* ({ uid, stream }, { signal }) {
        const key = `${uid} ${stream}`;
        opened.push(key);
        const own = channel(key);
        try {
          while (!signal.aborted) {
            const next = own.queue.shift();
            if (next instanceof Error) throw next;
            if (next) yield next;
            else {
              await new Promise<void>((resolve) => {
                own.wake = resolve;
                signal.addEventListener('abort', () => resolve(), { once: true });
              });
            }
          }
        } finally {
          ended.push(key);
        }
      },
    },
  };
}

function open(names: readonly string[] = ['a']) {
  const world = openWorld(names);
  const tails = speak(world.session);
  const tui = openTui(tails.session, { arrangement: { groupBy: 'none' }, size: { columns: 100, rows: 16 } });
  return { ...tails, tui, world };
}

const text = (said: string): TailChunk => ({ type: 'text', text: said });

test('lines of several processes are merged under their names, and followed', async (t) => {
  const { tui, say, opened } = open();
  t.teardown(tui.close);
  tui.press('*', 'l');
  t.deepEqual([...opened].toSorted(), ['a:g:x stderr', 'a:g:x stdout', 'a:g:y stderr', 'a:g:y stdout']);
  t.regex(tui.screen(), /Nothing has been written yet/u);
  say('a:g:x stdout', text('one\ntw'));
  say('a:g:y stderr', text('\u001b[31moh no\u001b[0m\n'));
  await tui.until(/oh no/u);
  t.regex(tui.screen(), /^ x │ one$/mu);
  t.regex(tui.screen(), /^ y ┃ oh no$/mu);
  t.notRegex(tui.screen(), /tw/u);
  say('a:g:x stdout', text('o\n'));
  t.regex(await tui.until(/│ two/u), /3 lines +stdout and stderr +following/u);
  say('a:g:x stdout', { type: 'gap', reason: 'the file was truncated' });
  await tui.until(/— the file was truncated —/u);
});

test('the end is followed until one moves up, and again at the bottom', async (t) => {
  const { tui, say } = open();
  t.teardown(tui.close);
  tui.press('l');
  say('a:g:x stdout', text(Array.from({ length: 50 }, (_, i) => `line ${i + 1}\n`).join('')));
  await tui.until(/line 50/u);
  tui.press('k', 'k');
  t.regex(tui.screen(), /standing still/u);
  t.notRegex(tui.screen(), /line 49/u);
  const before = tui.screen();
  say('a:g:x stdout', text('line 51\n'));
  await tui.until(/51 lines/u);
  t.is(tui.screen().replace('51 lines', '50 lines'), before);
  tui.press('G');
  t.regex(tui.screen(), /line 51[^]*$/u);
  t.regex(tui.screen(), /following/u);
  tui.press('g', 'g');
  t.regex(tui.screen(), /│ line 1$/mu);
  tui.press('f');
  t.regex(tui.screen(), /line 51/u);
});

test('search goes from match to match, the filter leaves only what matches', async (t) => {
  const { tui, say } = open();
  t.teardown(tui.close);
  tui.press('l');
  say('a:g:x stdout', text(Array.from({ length: 60 }, (_, i) => `${i % 10 === 3 ? 'Error' : 'fine'} ${i}\n`).join('')));
  await tui.until(/fine 59/u);
  tui.press('/');
  tui.type('error');
  tui.press('enter', 'g', 'g', 'n');
  t.regex(tui.screen(), /standing still\n │ Error 3\n/u);
  tui.press('n', 'n');
  t.regex(tui.screen(), /standing still\n │ Error 23\n/u);
  tui.press('N');
  t.regex(tui.screen(), /standing still\n │ Error 13\n/u);
  tui.press('&');
  tui.type('error [45]');
  tui.press('enter');
  t.regex(tui.screen(), /2\/60 lines/u);
  t.deepEqual(
    tui.lines().filter((line) => line.startsWith(' │')),
    [' │ Error 43', ' │ Error 53'],
  );
  tui.press('esc');
  t.regex(tui.screen(), / 60 lines/u);
});

test('one stream alone, wrapping, and the time of receipt', async (t) => {
  const { tui, say } = open();
  t.teardown(tui.close);
  tui.press('l');
  say('a:g:x stdout', text(`out ${'x'.repeat(120)}END\n`));
  say('a:g:x stderr', text('err\n'));
  await tui.until(/┃ err/u);
  t.notRegex(tui.screen(), /END/u);
  tui.press('right', 'right', 'right');
  t.regex(tui.screen(), /END/u);
  tui.press('left', 'left', 'left', 'w');
  t.regex(tui.screen(), /^ {3}x+END$/mu);
  tui.press('t');
  t.regex(tui.screen(), /^ \d\d:\d\d:\d\d ┃ err$/mu);
  tui.press('e');
  t.regex(tui.screen(), /1\/2 lines {2}stdout/u);
  tui.press('e');
  t.notRegex(tui.screen(), /out x/u);
});

test('what is shown is saved, never over another file', async (t) => {
  const { tui, say } = open();
  t.teardown(tui.close);
  tui.press('l');
  say('a:g:x stdout', text('one\ntwo\n'));
  await tui.until(/two/u);
  tui.press('S', 'ctrl-u');
  tui.type('x.log');
  tui.press('enter');
  await tui.until(/wrote 2 lines to x\.log/u);
  t.is(tui.saved.get('x.log'), 'one\ntwo\n');
  tui.press('S', 'ctrl-u');
  tui.type('x.log');
  tui.press('enter');
  await tui.until(/x\.log: it is there already/u);
});

/** Lines, every fifth of which is an error. */
function lot(from: number, count: number): string {
  return Array.from({ length: count }, (_, i) => `${(from + i) % 5 === 0 ? 'error' : 'fine'} ${from + i}\n`).join('');
}

test('search and filter keep their place while lines come, and what is saved is exactly what is shown', async (t) => {
  const { tui, say } = open(['a', 'b']);
  t.teardown(tui.close);
  tui.press('*', 'l');
  say('a:g:x stdout', text(lot(0, 100)));
  say('b:g:x stderr', text(lot(1_000, 50)));
  await tui.until(/150 lines/u);
  tui.press('&');
  tui.type('error');
  tui.press('enter', '/');
  tui.type('error 3');
  tui.press('enter', 'g', 'g', 'n');
  await tui.until(/30\/150 lines/u);
  const shown = () => tui.lines().filter((line) => /[│┃]/u.test(line));
  const place = shown();
  t.regex(place[0] ?? '', /x@a +│ error 30$/u);
  for (let round = 1; round <= 3; round++) {
    say('a:g:x stdout', text(lot(100 * round, 100)));
    await tui.until(new RegExp(`/${150 + 100 * round} lines`, 'u'));
    t.deepEqual(shown(), place);
  }
  tui.press('n');
  t.regex(shown()[0] ?? '', /error 35$/u);
  // Half typed, it moves nothing either; taken back, the place is still the same.
  const second = shown();
  tui.press('/');
  tui.type('err');
  say('a:g:x stdout', text('fine at last\n'));
  await tui.until(/\/451 lines/u);
  t.deepEqual(shown(), second);
  tui.press('enter', 'g', 'g');

  // Everything that the filter lets through, as one sees it when going through page by page.
  const seen = new Set<string>();
  for (let page = 0; page < 40; page++) {
    shown().forEach((line) => seen.add(line));
    tui.press('pagedown');
  }
  tui.press('S', 'ctrl-u');
  tui.type('errors.log');
  tui.press('enter');
  await tui.until(/wrote 90 lines to errors\.log/u);
  const saved = (tui.saved.get('errors.log') ?? '').trimEnd().split('\n');
  const asShown = saved.map((line) => {
    const [uid = '', ...words] = line.split(' ');
    return ` x@${uid.slice(0, 1)} ${uid.startsWith('b') ? '┃' : '│'} ${words.join(' ')}`;
  });
  t.deepEqual(asShown, [...seen]);
});

test('clearing on the host asks first', async (t) => {
  const { tui, world } = open();
  t.teardown(tui.close);
  tui.press('l', 'c');
  t.regex(tui.screen(), /empty the logs of a:g:x\?/u);
  tui.press('n');
  t.deepEqual(world.link('a').calls, []);
  tui.press('c');
  tui.press('y');
  await tui.until(/clear a:g:x: done/u);
  t.deepEqual(world.link('a').calls, [{ op: 'clear', target: 'g:x' }]);
});

test('a process without a log says so, and a supervisor that went away is tried again', async (t) => {
  const { tui, say, opened } = open();
  t.teardown(tui.close);
  tui.press('l');
  say('a:g:x stderr', new SessionError('no-log', 'it has no log file'));
  say('a:g:x stdout', new SessionError('unreachable', 'connection refused'));
  await tui.until(/— stderr: it has no log file —/u);
  await tui.until(/— stdout: connection refused —/u);
  say('a:g:x stdout', text('back\n'));
  await tui.until(/│ back/u);
  t.is(opened.filter((key) => key === 'a:g:x stdout').length, 2);
  t.is(opened.filter((key) => key === 'a:g:x stderr').length, 1);
});

test('tails end with the screen that shows them', (t) => {
  const { tui, ended, opened } = open();
  t.teardown(tui.close);
  tui.press('l');
  t.is(opened.length, 2);
  tui.press('q');
  return new Promise<void>((resolve) => setImmediate(resolve)).then(() => t.is(ended.length, 2));
});

test('details show why it is down, what it last said and the end of its logs', async (t) => {
  const { tui, say, world } = open();
  t.teardown(tui.close);
  world.link('a').logs.set('a:g:x stderr', 'starting\ncannot open /dev/ttyS4\n');
  tui.store.update({ size: { columns: 100, rows: 40 } });
  world.link('a').emitSome([reading('g:x', 'EXITED', { exitStatus: 3, stoppedAt: 1_700_000_000 })]);
  await tui.until(/exit 3/u);
  tui.press('enter');
  say('a:g:x stderr', text('cannot open /dev/ttyS4\n'));
  const screen = await tui.until(/End of stderr\n? /u);
  t.regex(screen, /process {2}a:g:x/u);
  t.regex(screen, /state +○ EXITED/u);
  t.regex(screen, /why +exit 3/u);
  t.regex(await tui.until(/│ cannot open/u), /Transitions/u);
});

function withLines(state: LogsState, count: number, length: number): LogsState {
  const line = { uid: 'a:g:x', stream: 'stdout', at: 0, text: 'x'.repeat(length), note: false } as const;
  return readLogs(state, { type: 'lines', lines: Array.from({ length: count }, () => line) });
}

test('the memory given to logs is bounded, and what falls out is counted', (t) => {
  const many = withLines(withLines(NO_LOGS, LOG_LINES_KEPT, 10), 5, 10);
  t.is(many.lines.length, LOG_LINES_KEPT);
  t.is(many.dropped, 5);
  t.is(many.lines[0]?.id, 6);
  const long = withLines(NO_LOGS, 1_000, LOG_CHARACTERS_KEPT / 500);
  t.is(long.lines.length, 500);
  t.is(long.dropped, 500);
  t.true(long.characters <= LOG_CHARACTERS_KEPT);
});
