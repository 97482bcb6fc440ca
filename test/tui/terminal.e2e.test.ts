// The full-screen view on a real terminal, over a real supervisord.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { testWith } from '../helpers/peers.ts';
import { eventually } from '../helpers/deadline.ts';
import { isColoured } from '../helpers/terminal/plain.ts';
import { startSupervisord, type Supervisord } from '../helpers/supervisord/supervisord.ts';
import { EXIT_LINE, openTerminal, type Terminal } from '../helpers/terminal/terminal.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
// One after the other: each is three processes that start.
const whereTmux = testWith('tmux', test);
const testInTerminal = whereTmux === test ? test.serial : whereTmux;

const PROGRAMS = `
[program:web]
command=sh -c 'echo listening on 8000; exec sleep 1000'
autorestart=false

[program:db]
command=sh -c 'echo ready; exec sleep 1000'
startsecs=0
`;

const RESTLESS = `
[program:restless]
command=sh -c 'sleep 0.1; exit 1'
process_name=restless-%(process_num)02d
numprocs=6
startsecs=0
startretries=100000
autorestart=true
`;

type Opened = {
  readonly daemon: Supervisord;
  readonly terminal: Terminal;
  readonly scratch: string;
  readonly shows: (text: string) => Promise<string>;
};

type OpenOptions = {
  readonly columns?: number;
  readonly rows?: number;
  readonly args?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly programs?: string;
  readonly shell?: (command: string) => string;
};

async function open(t: ExecutionContext, options: OpenOptions = {}): Promise<Opened> {
  const { columns = 100, rows = 24, args = '', env = {}, programs = PROGRAMS, shell = (command) => command } = options;
  const daemon = await startSupervisord({ programs });
  t.teardown(daemon.stop);
  const scratch = await mkdtemp(join(tmpdir(), 'mv-tui-'));
  t.teardown(() => rm(scratch, { recursive: true, force: true }));
  const config = join(scratch, 'multivisor.conf');
  await writeFile(config, `[global]\nname = Lab\n[supervisor:host1]\nurl = ${daemon.url}\n`);
  const tui = `node --import=./scripts/tsx-files.mjs bin/multivisor.ts tui -c ${config} ${args}`;
  const terminal = await openTerminal({
    command: shell(tui),
    columns,
    rows,
    cwd: ROOT,
    // In CI as well somebody looks at this terminal.
    env: {
      CI: 'true',
      XDG_STATE_HOME: join(scratch, 'state'),
      NODE_OPTIONS: `--redirect-warnings=${join(scratch, 'warnings')}`,
      ...env,
    },
  });
  t.teardown(terminal.close);
  const shows = (text: string) =>
    terminal.until((screen) => screen.includes(text), { what: `"${text}" is on the screen` });
  return { daemon, terminal, scratch, shows };
}

async function exitCode({ terminal }: Opened): Promise<string | undefined> {
  const screen = await terminal.until((text) => EXIT_LINE.test(text), { what: 'it has ended' });
  return EXIT_LINE.exec(screen)?.[1];
}

async function isRestored({ terminal }: Opened): Promise<boolean> {
  return (await terminal.ask('alternate_on')) === '0' && (await terminal.ask('cursor_flag')) === '1';
}

for (const [key, code] of [
  ['q', '0'],
  ['C-c', '0'],
] as const) {
  testInTerminal(`${key} ends it and the terminal is as it was`, async (t) => {
    const opened = await open(t);
    await opened.shows('RUNNING');
    t.is(await opened.terminal.ask('alternate_on'), '1');
    t.is(await opened.terminal.ask('cursor_flag'), '0');
    await opened.terminal.press(key);
    t.is(await exitCode(opened), code);
    t.true(await isRestored(opened));
    t.false((await opened.terminal.screen()).includes('RUNNING'));
  });
}

for (const [signal, code] of [
  ['TERM', '143'],
  ['INT', '130'],
  ['HUP', '129'],
] as const) {
  testInTerminal(`SIG${signal} ends it and the terminal is as it was`, async (t) => {
    const opened = await open(t, { shell: (command) => `sh -c 'echo $$ > "$XDG_STATE_HOME.pid"; exec ${command}'` });
    await opened.shows('RUNNING');
    const pid = Number(await readFile(join(opened.scratch, 'state.pid'), 'utf8'));
    t.true(pid > 1);
    process.kill(pid, `SIG${signal}`);
    t.is(await exitCode(opened), code);
    t.true(await isRestored(opened));
  });
}

for (const kind of ['exception', 'rejection'] as const) {
  testInTerminal(
    `after ${kind === 'exception' ? 'an exception' : 'a rejection'} that nobody foresaw the terminal is as it was and the message is to be read`,
    async (t) => {
      const terminal = await openTerminal({
        command: `node test/fixtures/tui/throw-in-terminal.ts ${kind}`,
        cwd: ROOT,
      });
      t.teardown(terminal.close);
      await terminal.until((screen) => screen.includes('in the terminal'), { what: 'it has begun' });
      const screen = await terminal.until((text) => EXIT_LINE.test(text), { what: 'it has ended' });
      t.true(screen.includes(`${kind} of ours`), screen);
      t.is(await terminal.ask('alternate_on'), '0');
      t.is(await terminal.ask('cursor_flag'), '1');
    },
  );
}

testInTerminal('--filter begins on the first process that it lets through', async (t) => {
  const { terminal } = await open(t, { args: '--filter web' });
  const screen = await terminal.until((lines) => /^▌.*RUNNING.*web/mu.test(lines), {
    what: 'the cursor on a process',
  });
  t.notRegex(screen, /RUNNING.* db/u);
});

testInTerminal('ctrl-z leads to the shell and fg back', async (t) => {
  const opened = await open(t, {
    env: { PS1: 'shell> ' },
    shell: (command) => `bash --norc --noprofile -i -c 'set -m; ${command}; echo stopped with $?; fg; echo after'`,
  });
  await opened.shows('RUNNING');
  await opened.terminal.press('C-z');
  // The shell goes on, and brings it back at once.
  await opened.shows('RUNNING');
  await eventually(
    () => opened.terminal.ask('alternate_on'),
    (on) => on === '1',
    { what: 'it is back' },
  );
  await opened.terminal.press('j', 'q');
  const screen = await opened.terminal.until((text) => text.includes('after'), { what: 'it has ended' });
  t.regex(screen, /stopped with 14[78]/u);
  t.is(await opened.terminal.ask('alternate_on'), '0');
});

testInTerminal("leaving while every row changes leaves nothing on the shell's screen", async (t) => {
  const stops = 5;
  const opened = await open(t, {
    programs: RESTLESS,
    env: { PS1: 'shell> ' },
    shell: (command) => {
      const back = 'echo >> $XDG_STATE_HOME.stops; fg; ';
      return `bash --norc --noprofile -i -c 'set -m; ${command}; ${back.repeat(stops)} echo after'`;
    },
  });
  const counted = () => readFile(join(opened.scratch, 'state.stops'), 'utf8').catch(() => '');
  for (let round = 1; round <= stops; round++) {
    await opened.terminal.until((screen) => screen.includes('restless-05'), { what: 'its rows are shown' });
    await opened.terminal.press('C-z');
    await eventually(counted, (text) => text.length === round, { what: `stop ${round}`, ms: 30_000 });
  }
  await opened.shows('restless-05');
  await opened.terminal.press('q');
  const screen = await opened.terminal.until((text) => text.includes('after'), { what: 'it has ended' });
  t.notRegex(screen, /restless|RUNNING|STARTING|EXITED|BACKOFF/u);
});

testInTerminal('it follows the size of the terminal, down to 60×15 and up to 200×50', async (t) => {
  const opened = await open(t, { columns: 80, rows: 24 });
  await opened.shows('RUNNING');
  for (const [columns, rows] of [
    [60, 15],
    [200, 50],
    [120, 40],
    [60, 15],
  ] as const) {
    await opened.terminal.resize(columns, rows);
    const fits = (screen: string) => {
      const lines = screen.replace(/\n$/u, '').split('\n');
      const rules = lines.filter((line) => line === '─'.repeat(columns));
      // The terminal wraps what was there before; the picture is good once nothing of that is left.
      const once = (pattern: RegExp) => lines.filter((line) => pattern.test(line)).length === 1;
      const framed = (lines.at(rows - 2) ?? '').includes('? help') && (lines[0] ?? '').includes('multivisor  Lab');
      return rules.length === 2 && framed && once(/multivisor {2}Lab/u) && once(/RUNNING +web/u);
    };
    const screen = await opened.terminal.until(fits, { what: `a picture of ${columns}×${rows}` });
    t.true(screen.includes('RUNNING'));
  }
});

testInTerminal('NO_COLOR and --ascii are heeded', async (t) => {
  const opened = await open(t, { env: { NO_COLOR: '1' }, args: '--ascii' });
  await opened.shows('* RUNNING');
  const styled = await opened.terminal.screen({ styled: true });
  t.false(isColoured(styled));
  t.false(/[^\p{ASCII}]/u.test(styled));
});

testInTerminal('it starts, stops and shows why with a real supervisord', async (t) => {
  const opened = await open(t);
  const { terminal, shows } = opened;
  await shows('2 running');
  await terminal.press('/', 'w', 'e', 'b', 'Enter', 'j', 'x');
  const asked = await shows('any other key no');
  t.regex(asked, /stop host1:web:web\?/u);
  t.regex(asked, /\$ multivisor stop -c \S+multivisor\.conf host1:web:web/u);
  // Sooner than a question can be read it takes no answer.
  await eventually(
    async () => {
      await terminal.press('y');
      return terminal.screen();
    },
    (screen) => !screen.includes('any other key no'),
    { what: 'the question takes the answer' },
  );
  await shows('○ STOPPED');
  await terminal.press('s');
  await shows('● RUNNING');
  const { pid } = await opened.daemon.info('web');
  // 0 would mean ourselves.
  t.true(pid > 1);
  process.kill(pid, 'SIGKILL');
  await shows('killed by SIGKILL');
  await terminal.press('Enter');
  const told = /Last words[^]*│ listening on 8000[^]*Transitions/u;
  const details = await terminal.until((screen) => told.test(screen), { what: 'the details show its last words' });
  t.regex(details, /why +killed by SIGKILL/u);
  await terminal.press('l');
  await shows('│ listening on 8000');
  await terminal.press('q', 'q', '3');
  t.regex(await shows('FROM'), /○ EXITED +web/u);
});

testInTerminal('a supervisord that dies leaves its rows greyed and comes back by itself', async (t) => {
  const daemon = await startSupervisord({ programs: PROGRAMS });
  t.teardown(daemon.stop);
  const scratch = await mkdtemp(join(tmpdir(), 'mv-tui-'));
  t.teardown(() => rm(scratch, { recursive: true, force: true }));
  const config = join(scratch, 'multivisor.conf');
  await writeFile(config, `[supervisor:host1]\nurl = ${daemon.url}\n`);
  const terminal = await openTerminal({
    command: `node --import=./scripts/tsx-files.mjs bin/multivisor.ts tui -c ${config}`,
    cwd: ROOT,
    env: { XDG_STATE_HOME: join(scratch, 'state') },
  });
  t.teardown(terminal.close);
  const shows = (text: string) => terminal.until((screen) => screen.includes(text), { what: `"${text}"` });
  await shows('2 running');
  await daemon.kill();
  t.regex(await shows('(last known)'), /0\/1 supervisors/u);
  await daemon.start();
  await shows('1/1 supervisors');
  t.false((await shows('2 running')).includes('last known'));
});

testInTerminal('choices are kept from one run to the next', async (t) => {
  const opened = await open(t, { shell: (command) => `${command}; echo between; read line; ${command}` });
  await opened.shows('RUNNING');
  await opened.terminal.press('o', 'n');
  await opened.shows('sorted by name');
  await opened.terminal.press('q');
  await opened.shows('between');
  await opened.terminal.press('Enter');
  await opened.shows('sorted by name');
  await opened.terminal.press('q');
  t.is(await exitCode(opened), '0');
});
