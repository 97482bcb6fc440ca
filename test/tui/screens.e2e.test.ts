// Every screen and every panel at every size, on a real terminal over a real supervisord whose names and logs are odd.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import stringWidth from 'string-width';
import { eventually } from '../helpers/deadline.ts';
import { testWith } from '../helpers/peers.ts';
import { startSupervisord } from '../helpers/supervisord/supervisord.ts';
import { openTerminal } from '../helpers/terminal/terminal.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const LIMIT_MS = 60_000;
const whereTmux = testWith('tmux', test);
const testInTerminal = whereTmux === test ? test.serial : whereTmux;

const ODD_LINE = String.raw`printf "日本語 😀 e\314\201 \033[2J\033[1;1H\033[31mred\033[0m tail\n"`;

async function open(t: ExecutionContext) {
  const dir = await mkdtemp(join(tmpdir(), 'mv-screens-'));
  t.teardown(() => rm(dir, { recursive: true, force: true }));
  const script = join(dir, 'odd.sh');
  await writeFile(script, `${ODD_LINE}\nexec sleep 1000\n`);
  const programs = `
[program:web]
command=sh ${script}

[program:温度計-😀]
command=sleep 1000

[program:no-such-thing-with-a-rather-long-name-that-no-column-holds]
command=${dir}/nothing
startretries=0
`;
  const daemon = await startSupervisord({ programs });
  t.teardown(daemon.stop);
  const config = join(dir, 'multivisor.conf');
  await writeFile(config, `[global]\nname = Lab\n[supervisor:host1]\nurl = ${daemon.url}\n`);
  const terminal = await openTerminal({
    command: `node --import=./scripts/tsx-files.mjs bin/multivisor.ts tui -c ${config}`,
    columns: 80,
    rows: 24,
    cwd: ROOT,
    env: { XDG_STATE_HOME: join(dir, 'state'), LANG: 'C.UTF-8' },
  });
  t.teardown(terminal.close);
  await terminal.until((screen) => /● 2.*✖ 1/u.test(screen), { what: 'all three are shown', ms: LIMIT_MS });
  return terminal;
}

type Case = {
  readonly name: string;
  readonly enter: readonly string[];
  readonly shows: readonly RegExp[];
  readonly leave: readonly string[];
  /** Of a question, which takes no answer before a person can have read it. */
  readonly no?: string;
};

const ON_WEB = ['1', '/', 'n', 'a', 'm', 'e', ':', 'w', 'e', 'b', 'Enter'] as const;
/** Without escape, which in one piece with the next key means another one. */
const NO_FILTER = ['/', 'C-u', 'Enter'] as const;

const CASES: readonly Case[] = [
  {
    name: 'processes',
    enter: ['1'],
    shows: [/RUNNING +web/u, /RUNNING +温度計-😀/u, /FATAL +no-such-th.*…/u],
    leave: [],
  },
  { name: 'supervisors', enter: ['2'], shows: [/● UP +host1/u], leave: [] },
  { name: 'details of a supervisor', enter: ['2', 'Enter'], shows: [/supervisor {2}host1/u], leave: ['q'] },
  { name: 'timeline', enter: ['3'], shows: [/TIME +FROM +TO/u], leave: ['1'] },
  { name: 'messages', enter: ['m'], shows: [/WHAT HAPPENED/u], leave: ['q'] },
  { name: 'help', enter: ['?'], shows: [/one row down/u], leave: ['q'] },
  { name: 'palette', enter: [':'], shows: [/▌ restart/u, /enter do it/u], leave: ['BSpace'] },
  {
    name: 'order',
    enter: ['1', 'o'],
    shows: [/sort by {2}c as configured/u, /m match/u, /o reverse/u],
    leave: ['z'],
  },
  { name: 'details', enter: [...ON_WEB, 'Enter'], shows: [/process {2}host1:web:web/u], leave: ['q', ...NO_FILTER] },
  {
    name: 'logs',
    enter: [...ON_WEB, 'l'],
    shows: [/│ 日本語 😀 e\u0301 red tail/u, /following/u],
    leave: ['q', ...NO_FILTER],
  },
  {
    name: 'saving',
    enter: [...ON_WEB, 'l', 'S'],
    shows: [/write the shown lines to host1/u],
    leave: ['C-u', 'Enter', 'q', ...NO_FILTER],
  },
  {
    name: 'signal',
    enter: [...ON_WEB, 'K'],
    shows: [/send which signal\?/u, /▌ HUP/u, /enter take it/u],
    leave: ['q', ...NO_FILTER],
  },
  {
    name: 'question',
    enter: [...ON_WEB, 'x'],
    shows: [/stop host1:web:web\?/u, /\$ multivisor stop/u, /y yes +any other key no/u, /esc leave it/u],
    no: 'n',
    leave: NO_FILTER,
  },
];

/** Up, down, in both directions, and back. */
const SIZES = [
  [80, 24],
  [120, 40],
  [200, 50],
  [60, 15],
  [200, 50],
  [60, 15],
  [80, 24],
] as const;

/** Nothing wrapped, cut off or left over: the header on top, whole rules, the footer above the last line, which is free. */
function faultOf(screen: string, columns: number, rows: number): string | null {
  const lines = screen.replace(/\n$/u, '').split('\n');
  const tooWide = lines.find((line) => stringWidth(line) > columns);
  if (tooWide !== undefined) return `wider than ${columns}: ${tooWide}`;
  if (!/^ multivisor {2}Lab/u.test(lines[0] ?? '')) return 'no header';
  if (lines.filter((line) => line.includes('multivisor  Lab')).length !== 1) return 'two headers';
  const ruleRows = lines.flatMap((line, row) => (line === '─'.repeat(columns) ? [row] : []));
  if (ruleRows[0] !== 1 || !ruleRows.includes(rows - 4)) return `rules at ${ruleRows.join(' ')}`;
  if (!/\? help|leave it/u.test(lines[rows - 2] ?? '')) return 'no footer';
  return (lines[rows - 1] ?? '') === '' ? null : 'the last line is not free';
}

testInTerminal('every screen and every panel is whole at every size', async (t) => {
  t.timeout(300_000);
  const terminal = await open(t);
  for (const [columns, rows] of SIZES) {
    await terminal.resize(columns, rows);
    for (const { name, enter, shows, leave, no } of CASES) {
      await terminal.press(...enter);
      const where = `${name} at ${columns}×${rows}`;
      const isWhole = (screen: string) =>
        faultOf(screen, columns, rows) === null && shows.every((wanted) => wanted.test(screen));
      const screen = await terminal.until(isWhole, { what: where, ms: LIMIT_MS }).catch(async (error: unknown) => {
        const seen = await terminal.screen();
        throw new Error(`${where}: ${faultOf(seen, columns, rows) ?? 'something is missing'}\n${seen}`, {
          cause: error,
        });
      });
      t.notRegex(screen, /\\x1b/u, where);
      if (no !== undefined) {
        const answer = async (): Promise<string> => {
          await terminal.press(no);
          return terminal.screen();
        };
        await eventually(answer, (seen) => !shows.some((wanted) => wanted.test(seen)), {
          what: `${where} is answered`,
        });
      }
      if (leave.length > 0) await terminal.press(...leave);
    }
  }
});

/** Whether each cell of a styled line, up to the width of the terminal, has this background. */
function isUnderlaid(line: string, background: string, columns: number): boolean {
  let isOn = false;
  let width = 0;
  for (const piece of line.split('\u001b[')) {
    const end = piece.indexOf('m');
    const codes = width === 0 && !/^[\d;]*m/u.test(piece) ? '' : piece.slice(0, end);
    if (codes.includes(background)) isOn = true;
    else if (/^(?:0|49|)$/u.test(codes) && piece !== '') isOn = false;
    const text = /^[\d;]*m/u.test(piece) ? piece.slice(end + 1) : piece;
    if (text !== '' && !isOn) return false;
    width += stringWidth(text);
  }
  return width === columns;
}

testInTerminal('the row under the cursor is highlighted over the whole width', async (t) => {
  const terminal = await open(t);
  for (const keys of [['1', 'g', 'g'], ['j'], ['j'], ['2']]) {
    await terminal.press(...keys);
    await terminal.until((screen) => screen.includes('▌'), { what: 'a cursor', ms: LIMIT_MS });
    const lines = (await terminal.screen({ styled: true })).split('\n').filter((line) => line.includes('▌'));
    t.is(lines.length, 1);
    t.true(isUnderlaid(lines[0] ?? '', '48;5;236', 80), JSON.stringify(lines[0]));
  }
});

testInTerminal('keys that come in one piece each do their work, also a paste into the filter', async (t) => {
  const terminal = await open(t);
  const under = (wanted: RegExp) =>
    terminal.until((screen) => wanted.test(screen.split('\n').find((line) => line.startsWith('▌')) ?? ''), {
      what: `${wanted.source} under the cursor`,
      ms: LIMIT_MS,
    });
  await under(/▾/u);
  await terminal.press('-l', 'jjj');
  await under(/web|温度計|no-such/u);
  const third = (await terminal.screen()).split('\n').findIndex((line) => line.startsWith('▌'));
  // Header, rule, tabs, titles and the group come before the third process.
  t.is(third, 7);
  await terminal.press('-l', 'kkk/name:温度計-😀');
  const typed = await terminal.until((screen) => screen.includes('/name:'), { what: 'a filter', ms: LIMIT_MS });
  await under(/温度計-😀/u);
  t.regex(typed, /^ \/name:温度計-😀▏ +1\/3/mu);
});
