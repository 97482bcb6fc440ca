// A slip of the finger changes nothing, and what a dialog says it would do is what its command line does. Over a real
// supervisord: its own log tells what happened.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { createSupervisordLink } from '../../../src/bridge/supervisord/supervisord-link.ts';
import { createLocalSession } from '../../../src/core/session/local-session.ts';
import type { Screen } from '../../../src/tui/keys/rule.ts';
import { BINDINGS } from '../../../src/tui/keys/key-table.ts';
import { eventually } from '../../helpers/deadline.ts';
import { openTui, type TuiForTest } from '../../helpers/terminal/open-tui.ts';
import { spec } from '../../helpers/core/readings.ts';
import { startSupervisord, type Supervisord } from '../../helpers/supervisord/supervisord.ts';
import { realClock } from '../../helpers/core/world.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const LIMIT_MS = 60_000;
const PROGRAMS = `
[program:web]
process_name=web_%(process_num)02d
numprocs=12
command=sleep 1000

[program:off]
command=sleep 1000
autostart=false
`;

type Opened = { readonly daemon: Supervisord; readonly tui: TuiForTest; readonly config: string };

async function open(t: ExecutionContext): Promise<Opened> {
  const daemon = await startSupervisord({ programs: PROGRAMS });
  t.teardown(daemon.stop);
  const dir = await mkdtemp(join(tmpdir(), 'mv-accident-'));
  t.teardown(() => rm(dir, { recursive: true, force: true }));
  const config = join(dir, 'multivisor.conf');
  await writeFile(config, `[supervisor:s]\nurl = ${daemon.url}\n`);
  const session = createLocalSession({
    name: 'lab',
    epoch: 'e',
    by: 'me',
    supervisors: [{ spec: spec('s'), link: createSupervisordLink(daemon.config()) }],
    clock: realClock,
  });
  const tui = openTui(session, {
    arrangement: { groupBy: 'none' },
    commandOptions: ['-c', config],
    size: { columns: 160, rows: 40 },
  });
  t.teardown(tui.close);
  await tui.until(/● 12 running/u, LIMIT_MS);
  return { daemon, tui, config };
}

const PRINTABLE = Array.from({ length: 94 }, (_, index) => String.fromCharCode(33 + index));
const CONTROL = Array.from({ length: 26 }, (_, index) => `ctrl-${String.fromCharCode(97 + index)}`);
const OTHERS = [
  'space',
  'enter',
  'esc',
  'tab',
  'shift-tab',
  'backspace',
  'up',
  'down',
  'left',
  'right',
  'é',
  '温',
  '😀',
];
const KEYS = [...new Set([...PRINTABLE, ...CONTROL, ...OTHERS, ...BINDINGS.flatMap(({ keys }) => keys)])];

/** What each process runs as, and the daemon itself. */
async function vitals({ daemon }: Opened): Promise<readonly string[]> {
  const all = await daemon.readAll();
  return [
    `daemon ${daemon.pid()}`,
    ...all.map(({ name, statename, pid, start }) => `${name} ${statename} ${pid} ${start}`),
  ];
}

/** All but the one that is down at first. */
function withoutOff(lines: readonly string[]): readonly string[] {
  return lines.filter((line) => !line.startsWith('off '));
}

/** Back on a list with the cursor on this row, nothing open, nothing marked. */
function settle({ tui }: Opened, screen: Extract<Screen, 'processes' | 'supervisors'>): void {
  tui.store.batch(() => {
    tui.store.dispatch('dialog', { type: 'close' });
    tui.store.dispatch('palette', { type: 'close' });
    tui.store.dispatch('filter', { type: 'clear' });
    tui.store.dispatch('logs', { type: 'cancel' });
    tui.store.dispatch('marks', { type: 'clear', list: 'processes', keys: [] });
    tui.store.dispatch('marks', { type: 'clear', list: 'supervisors', keys: [] });
  });
  // Shows everything in its first order, whatever the key before it arranged.
  tui.store.dispatch('navigation', { type: 'home' });
  tui.press(screen === 'processes' ? '1' : '2', 'home', 'down', 'down');
}

test('no single key, nor enter after it, stops, restarts or shuts down anything', async (t) => {
  const opened = await open(t);
  const { daemon, tui } = opened;
  const before = await vitals(opened);
  const asked = new Set<string>();
  for (const screen of ['processes', 'supervisors'] as const) {
    for (const key of KEYS) {
      for (const andEnter of [false, true]) {
        settle(opened, screen);
        tui.press(key);
        const { dialog } = tui.store.model().ui;
        if (dialog?.kind === 'confirm') asked.add(dialog.orders.action);
        if (andEnter && dialog === null) tui.press('enter');
        // Whatever opened is left as anybody would leave it.
        tui.press('esc');
      }
    }
  }
  // What was sent has come back, and the daemon has been through its loop since.
  await eventually(
    () => tui.store.model().ui.jobs.length,
    (count) => count === 0,
    { what: 'all is done', ms: LIMIT_MS },
  );
  const log = await daemon.readLog();
  t.notRegex(log, /stopped:|exited:|received SIG|waiting for/u);
  // Starting needs no question: what was down may be up.
  const after = await vitals(opened);
  t.deepEqual(withoutOff(after), withoutOff(before));
  t.deepEqual([...asked].toSorted(), ['reload', 'restart', 'shutdown', 'start', 'stop', 'update']);
});

test('twelve want their number typed and a supervisor its name; anything else leaves them alone', async (t) => {
  const opened = await open(t);
  const { tui } = opened;
  const before = await vitals(opened);
  for (const [action, key] of [
    ['stop', 'x'],
    ['restart', 'r'],
  ] as const) {
    for (const typed of ['', 'y', 'yes', '1', '13', '121', 's']) {
      settle(opened, 'processes');
      tui.press('/');
      tui.type('web_');
      tui.press('enter', '*', key);
      t.regex(tui.screen(), new RegExp(`${action} 12 processes on s\\?`, 'u'));
      t.regex(tui.screen(), /type 12 and press enter/u);
      tui.type(typed);
      tui.press('enter');
      t.regex(tui.screen(), new RegExp(`${action}: left as it was`, 'u'), `${action} "${typed}"`);
    }
  }
  for (const [action, key] of [
    ['shutdown', 'X'],
    ['reload', 'L'],
  ] as const) {
    for (const typed of ['', 'y', 'yes', 'S', 's ', action]) {
      settle(opened, 'supervisors');
      tui.press(key);
      t.regex(tui.screen(), new RegExp(`${action} s\\?[^]*type s and press enter`, 'u'));
      tui.type(typed);
      tui.press('enter');
      t.regex(tui.screen(), new RegExp(`${action}: left as it was`, 'u'), `${action} "${typed}"`);
    }
  }
  t.deepEqual(tui.store.model().ui.jobs, []);
  t.deepEqual(await vitals(opened), before);
});

/** Runs a command line as a shell would, with the command that this is the source of. */
async function runLine(line: string): Promise<string> {
  const script = `cd ${ROOT}; multivisor() { ${process.execPath} bin/multivisor.ts "$@"; }\n${line}`;
  const { stdout, stderr } = await promisify(execFile)('bash', ['-c', script], { timeout: LIMIT_MS });
  return stdout + stderr;
}

test('every dialog shows its command line, and that line does what it says', async (t) => {
  const opened = await open(t);
  const { daemon, tui } = opened;
  /** The command line that the dialog shows, which is also what it copies. */
  const lineAfter = (...keys: readonly string[]): string => {
    tui.press(...keys, 'ctrl-y');
    const line = tui.copied.at(-1) ?? '';
    t.true(
      tui.lines().some((shown) => shown.trim() === `$ ${line}`),
      `${line}\n${tui.screen()}`,
    );
    tui.press('esc');
    return line;
  };
  const info = (name: string) => daemon.info(name);
  const onWeb = (): void => {
    settle(opened, 'processes');
    tui.press('/');
    tui.type('name:web_03');
    tui.press('enter', 'home');
  };
  onWeb();
  const { pid: first } = await info('web:web_03');
  t.regex(await runLine(`${lineAfter('r')} --wait`), /web_03/u);
  const restarted = await info('web:web_03');
  t.is(restarted.statename, 'RUNNING');
  t.not(restarted.pid, first);
  onWeb();
  await runLine(`${lineAfter('x')} --wait`);
  t.is((await info('web:web_03')).statename, 'STOPPED');
  await tui.until(/○ STOPPED +web_03/u, LIMIT_MS);
  t.is(await daemon.rpc('supervisor.startProcess', 'web:web_03'), true);
  await tui.until(/● RUNNING +web_03/u, LIMIT_MS);
  onWeb();
  // USR1 in the table of signals: `sleep` ends of it.
  const signalLine = lineAfter('K', 'down', 'enter');
  t.regex(signalLine, /signal .*USR1 s:web:web_03$/u);
  await runLine(signalLine);
  await eventually(
    () => daemon.readLog(),
    (log) => /exited: web_03 \(terminated by SIGUSR1/u.test(log),
    {
      what: 'the signal came',
      ms: LIMIT_MS,
    },
  );
  onWeb();
  tui.press('l');
  const clearLine = lineAfter('c');
  t.regex(await runLine(clearLine), /web_03/u);

  settle(opened, 'processes');
  tui.press('/');
  tui.type('web_');
  tui.press('enter', '*');
  const rolling = lineAfter('r', 'ctrl-b', 'ctrl-b', 'ctrl-b');
  t.regex(rolling, /restart .*--batch 5 's:web:\*'$/u);
  const dry = await runLine(`${rolling} --dry-run`);
  t.is(dry.match(/would restart/gu)?.length, 12);
  t.notRegex(dry, /off/u);

  settle(opened, 'supervisors');
  await daemon.setPrograms(`${PROGRAMS}\n[program:added]\ncommand=sleep 1000\n`);
  await runLine(lineAfter('U'));
  t.is(
    (
      await eventually(
        () => info('added'),
        ({ statename }) => statename === 'RUNNING',
        { what: 'it was added', ms: LIMIT_MS },
      )
    ).name,
    'added',
  );
  settle(opened, 'supervisors');
  const reload = lineAfter('L');
  t.regex(await runLine(`${reload} --dry-run`), /would reload/u);
  settle(opened, 'supervisors');
  const shutdown = lineAfter('X');
  t.regex(await runLine(`${shutdown} --dry-run`), /would shutdown/u);
  await runLine(`${shutdown} -y`);
  t.regex(await daemon.readLog(), /stopped: web_00 /u);
});
