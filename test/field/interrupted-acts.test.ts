// Acts that are interrupted in the middle: what was stopped comes up again, or is named.
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import test from 'ava';
import type { Running } from '../cli/run-main.ts';
import { startChild } from '../cli/run-main.ts';
import { slow, untilStopping, untilUpAgain } from '../helpers/field/stoppers.ts';
import { rowsAtOnce, writeConfig } from '../helpers/field/table-run.ts';
import { testWith } from '../helpers/peers.ts';
import type { RestartableServe } from '../helpers/server/restartable-serve.ts';
import { startServe } from '../helpers/server/restartable-serve.ts';
import type { Supervisord } from '../helpers/supervisord/supervisord.ts';
import { startSupervisord } from '../helpers/supervisord/supervisord.ts';
import { EXIT_LINE, openTerminal } from '../helpers/terminal/terminal.ts';

const programs = (version: number) => slow('drainer', 3, `environment=V="${version}"`);

/** A program that is slow to stop, and of which the file says something else by now. */
async function open(t: ExecutionContext) {
  const host = await startSupervisord({ programs: programs(1) });
  t.teardown(host.stop);
  const config = await writeConfig(t, host.url);
  const { pid } = await host.info('drainer');
  await host.setPrograms(programs(2));
  return { host, config, pid };
}

const LINES = {
  restart: ['restart', '--wait', 'drainer', '-y'],
  update: ['update', 's', '-y'],
  stop: ['stop', '--wait', 'drainer', '-y'],
} as const;

type Interruption = {
  readonly acting: Running;
  readonly host: Supervisord;
  /** Null where there is none in between. */
  readonly server: RestartableServe | null;
};

type Row = {
  readonly act: keyof typeof LINES;
  readonly how: string;
  readonly interrupt: (of: Interruption) => unknown;
  /** What was told by name, when it is not up afterwards. */
  readonly named?: RegExp;
};

const hangUp = ({ acting }: Interruption) => acting.child.kill('SIGHUP');
const endClient = ({ acting }: Interruption) => acting.child.kill('SIGKILL');
const loseSupervisord = ({ host }: Interruption) => host.kill();

const DIRECT: readonly Row[] = [
  { act: 'update', how: 'a terminal that hangs up', interrupt: hangUp },
  { act: 'update', how: 'SIGTERM', interrupt: ({ acting }) => acting.child.kill('SIGTERM') },
  { act: 'update', how: 'ctrl-c where nobody can be asked', interrupt: ({ acting }) => acting.child.kill('SIGINT') },
  { act: 'restart', how: 'the loss of supervisord', interrupt: loseSupervisord, named: /drainer .*it stays down/ },
  { act: 'update', how: 'the loss of supervisord', interrupt: loseSupervisord, named: /drainer: .*stays down/ },
  { act: 'stop', how: 'the loss of supervisord', interrupt: loseSupervisord, named: /drainer .*STOPPING/ },
];

const SERVED: readonly Row[] = [
  { act: 'restart', how: 'the loss of the client of a server', interrupt: endClient },
  { act: 'update', how: 'the loss of the client of a server', interrupt: endClient },
  { act: 'restart', how: 'the end of the server', interrupt: ({ server }) => server?.signal('SIGTERM') },
  { act: 'update', how: 'the end of the server', interrupt: ({ server }) => server?.signal('SIGTERM') },
  {
    act: 'restart',
    how: 'a kill of the server',
    interrupt: ({ server }) => server?.kill(),
    named: /drainer .*may (?:be|stay) down/,
  },
  {
    act: 'update',
    how: 'a kill of the server',
    interrupt: ({ server }) => server?.kill(),
    named: /s .*may (?:be|stay) down/,
  },
];

for (const [rows, through] of [
  [DIRECT, null],
  [SERVED, 'a server'],
] as const) {
  for (const { act, how, interrupt, named } of rows) {
    test(`${how} in the middle of ${act}${through ? ` through ${through}` : ''} leaves nothing down that is not named`, (t) =>
      rowsAtOnce(async () => {
        const { host, config, pid } = await open(t);
        const server = through === null ? null : await startServe(t, config);
        const to = server === null ? ['-c', config] : ['--remote', `ws://127.0.0.1:${server.port}`];
        const acting = startChild([...LINES[act], ...to], { unbounded: true });
        t.teardown(() => acting.child.kill('SIGKILL'));
        await untilStopping(host, 'drainer');
        await interrupt({ acting, host, server });
        await acting.ended;
        const told = acting.lines.items.join('\n') + acting.stderr();
        if (named) t.regex(told, named);
        else await t.notThrowsAsync(untilUpAgain(host, 'drainer', pid));
        t.log(`${act}, ${how}: ${named ? told.split('\n')[0] : 'up again'}`);
      }));
  }
}

const testInTerminal = testWith('tmux', test);
const BIN = fileURLToPath(new URL('../../bin/multivisor.ts', import.meta.url));
const NODE = `${process.execPath} --import=./scripts/tsx-files.mjs`;

/** The terminal interface with a restart under way, which was asked for with r and y. */
async function restartInTui(t: ExecutionContext) {
  const { host, config, pid } = await open(t);
  const terminal = await openTerminal({ command: `${NODE} ${BIN} tui -c ${config} --filter drainer` });
  let closed = false;
  const close = async () => {
    if (!closed) await terminal.close();
    closed = true;
  };
  t.teardown(close);
  await terminal.until((screen) => /RUNNING +drainer/.test(screen), { what: 'the row', ms: 60_000 });
  await terminal.press('r');
  await terminal.until((screen) => screen.includes('restart'), { what: 'the question' });
  for (;;) {
    await terminal.press('y');
    if ((await host.info('drainer')).statename === 'STOPPING') break;
  }
  return { host, pid, terminal: { ...terminal, close } };
}

testInTerminal('q in the middle of a restart asks, and enter waits until the process is up again', async (t) => {
  const { host, pid, terminal } = await restartInTui(t);
  await terminal.press('q');
  await terminal.until((screen) => /restart under way/.test(screen), { what: 'the question' });
  await terminal.press('Enter');
  await terminal.until((screen) => EXIT_LINE.test(screen), { what: 'the end' });
  const after = await host.info('drainer');
  t.is(after.statename, 'RUNNING');
  t.not(after.pid, pid);
});

testInTerminal(
  'a terminal that goes away in the middle of a restart in the terminal interface leaves nothing down',
  async (t) => {
    const { host, pid, terminal } = await restartInTui(t);
    await terminal.close();
    await t.notThrowsAsync(untilUpAgain(host, 'drainer', pid));
  },
);

testInTerminal('ctrl-c in the middle of an update asks, and what is waited for is up again', async (t) => {
  const { host, config, pid } = await open(t);
  const command = `trap : INT; ${process.execPath} ${BIN} update s -y -c ${config}`;
  const terminal = await openTerminal({ command });
  t.teardown(terminal.close);
  await untilStopping(host, 'drainer');
  await terminal.press('C-c');
  await terminal.until((screen) => screen.includes('update under way of s: wait until it is done?'), {
    what: 'the question',
  });
  await terminal.press('Enter');
  await terminal.until((screen) => EXIT_LINE.test(screen), { what: 'the end' });
  await t.notThrowsAsync(untilUpAgain(host, 'drainer', pid));
});
