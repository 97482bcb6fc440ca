// Acts on real supervisords that must not end half-way, or hit what they should not.
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import test from 'ava';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { eventually } from '../helpers/deadline.ts';
import { testWith } from '../helpers/peers.ts';
import type { Supervisord } from '../helpers/supervisord/supervisord.ts';
import { startSupervisord } from '../helpers/supervisord/supervisord.ts';
import type { Ran, Running } from './run-main.ts';
import { EXIT_LINE, openTerminal } from '../helpers/terminal/terminal.ts';
import { makeFolder, runMain, startChild } from './run-main.ts';

type Host = { readonly host: Supervisord; readonly config: string; readonly run: (line: string) => Promise<Ran> };

async function open(t: ExecutionContext, programs: string): Promise<Host> {
  const [host, folder] = await Promise.all([startSupervisord({ programs }), makeFolder()]);
  t.teardown(() => Promise.all([host.stop(), folder.remove()]));
  const config = await folder.write('mv.conf', `[supervisor:s]\nurl = ${host.url}\n`);
  return { host, config, run: (line) => runMain([...line.split(' '), '-y', '-c', config]) };
}

/** Takes so many seconds over its end; `deaf` never ends by itself. */
const slow = (name: string, seconds: number, more = '') =>
  `[program:${name}]\ncommand=sh -c 'trap "sleep ${seconds}; exit 0" TERM; while :; do sleep 0.1; done'\nstartsecs=0\n${more}\n`;
const deaf = (name: string, more: string) =>
  `[program:${name}]\ncommand=sh -c 'trap "" TERM; while :; do sleep 0.1; done'\nstartsecs=0\n${more}\n`;
const quick = (name: string, more = '') => `[program:${name}]\ncommand=sleep 1000\nstartsecs=0\n${more}\n`;

const umlauts = (version: number) =>
  `[group:größe]\nprograms=übung,ärger\n${quick('übung', `environment=V="${version}"`)}${quick('ärger')}`;

test('a restart whose stop outlasts what most programs need brings the process up again', async (t) => {
  const { host, run } = await open(t, slow('drainer', 11, 'stopwaitsecs=40'));
  const before = await host.info('drainer');
  const { code, out } = await run('restart drainer --wait');
  t.is(code, 0, out);
  const after = await host.info('drainer');
  t.is(after.statename, 'RUNNING');
  t.not(after.pid, before.pid);
});

test('a restart of one that ignores TERM waits for the kill, and brings it up again', async (t) => {
  const { host, run } = await open(t, deaf('deaf', 'stopwaitsecs=3'));
  const before = await host.info('deaf');
  t.is((await run('restart deaf --wait')).code, 0);
  t.not((await host.info('deaf')).pid, before.pid);
});

test('--timeout ends the waiting of a restart and names what stays down', async (t) => {
  const { host, run } = await open(t, deaf('deaf', 'stopwaitsecs=3600'));
  const { code, out } = await run('restart deaf --timeout 1s');
  t.is(code, EXIT.timedOut);
  t.regex(out, /s:deaf:deaf .*still STOPPING, not STOPPED, after 1 s; it stays down until it is started/);
  t.is((await host.info('deaf')).statename, 'STOPPING');
});

test('an update with a group that hangs brings the others back and names the one', async (t) => {
  const names = ['one', 'two'];
  const programs = (version: number) => names.map((name) => quick(name, `environment=V="${version}"`)).join('\n');
  const { host, run } = await open(t, programs(1) + deaf('hangs', 'stopwaitsecs=3600\nenvironment=V="1"'));
  const before = await host.readAll();
  await host.setPrograms(programs(2) + deaf('hangs', 'stopwaitsecs=3600\nenvironment=V="2"'));
  const { code, out } = await run('update s --timeout 2s');
  t.is(code, EXIT.timedOut, out);
  t.regex(out, /hangs: s:hangs:hangs is still STOPPING; not updated, .*updated all the same: one, two/);
  for (const name of names) {
    const { statename, pid } = await host.info(name);
    t.is(statename, 'RUNNING');
    t.not(pid, before.find((process) => process.name === name)?.pid);
  }
});

test('an update of groups whose names are not ASCII, of which supervisord cuts its answers', async (t) => {
  const { host, run } = await open(t, umlauts(1));
  const before = await host.readAll();
  await host.setPrograms(umlauts(2));
  const { code, out, err } = await run('update s');
  t.is(code, 0, out + err);
  const after = await eventually(
    () => host.readAll(),
    (all) => all.length === 2 && all.every(({ statename }) => statename === 'RUNNING'),
    { what: 'both run again' },
  );
  t.deepEqual(
    after.map(({ pid }) => before.some((old) => old.pid === pid)),
    [false, false],
  );
});

test('a reload with a broken configuration is refused, and supervisord lives', async (t) => {
  const { host, run } = await open(t, quick('web'));
  const pid = host.pid();
  await host.setPrograms('[program:web]\nautostart=perhaps\n');
  const { code, out } = await run('reload s');
  t.is(code, EXIT.processFailed, out);
  t.regex(out, /not reloaded, as supervisord would have ended/);
  t.is(host.pid(), pid);
  t.is((await host.info('web')).statename, 'RUNNING');
});

test('a reload is over when supervisord is back', async (t) => {
  const { host, run } = await open(t, slow('web', 2));
  const before = await host.info('web');
  const { code, out } = await run('reload s');
  t.is(code, 0, out);
  t.not((await host.info('web')).pid, before.pid);
});

test('a log that is a pipe is not cleared: supervisord would put a file in its place', async (t) => {
  const { host, run } = await open(t, quick('web'));
  const pipe = join(host.dir, 'web.pipe');
  execFileSync('mkfifo', [pipe]);
  // Somebody must read it, or supervisord's own opening of it hangs.
  const reader = join(host.dir, 'read.sh');
  await writeFile(reader, `exec 3<>${pipe}\nexec sleep 1000\n`);
  await host.setPrograms(quick('web', `stdout_logfile=${pipe}\nstdout_logfile_maxbytes=0`));
  const child = spawn('sh', [reader], { stdio: 'ignore' });
  t.teardown(() => child.kill());
  t.is((await run('update s')).code, 0);
  const { code, out } = await run('clear web');
  t.is(code, EXIT.notAllowed, out);
  t.regex(out, /its log is no plain file .*: supervisord would delete it/);
  t.true(statSync(pipe).isFIFO());
});

test('a clear of a stopped process that emptied nothing is told', async (t) => {
  const { host, run } = await open(
    t,
    '[program:talks]\ncommand=sh -c "echo much; exec sleep 1000"\nstartsecs=0\nredirect_stderr=true\n',
  );
  const { stdout_logfile: log } = await eventually(
    () => host.info('talks'),
    ({ stdout_logfile: path }) => readFileSync(path, 'utf8') === 'much\n',
    { what: 'it has written' },
  );
  t.is((await run('stop talks --wait')).code, 0);
  const stopped = await run('clear talks');
  t.is(stopped.code, EXIT.processFailed, stopped.out);
  t.regex(stopped.out, /nothing was emptied/);
  t.is((await run('start talks --wait')).code, 0);
  t.is((await run('clear talks')).code, 0);
  t.false(readFileSync(log, 'utf8').includes('much\nmuch'));
});

const testInTerminal = testWith('tmux', test);
const BIN = fileURLToPath(new URL('../../bin/multivisor.ts', import.meta.url));

/** The shell around it survives ctrl-c, to tell the exit code. */
const restartLine = (config: string) => `trap : INT; ${process.execPath} ${BIN} restart drainer -c ${config}`;

testInTerminal('ctrl-c at a restart asks, and what is waited for is up again', async (t) => {
  const { host, config } = await open(t, slow('drainer', 4));
  const before = await host.info('drainer');
  const terminal = await openTerminal({ command: restartLine(config) });
  t.teardown(terminal.close);
  await eventually(
    () => host.info('drainer'),
    ({ statename }) => statename === 'STOPPING',
    { what: 'it is being stopped' },
  );
  await terminal.press('C-c');
  await terminal.until(
    (screen) => screen.includes('restart under way of s:drainer:drainer: wait until it is done? n leaves it down'),
    { what: 'the question' },
  );
  await terminal.press('Enter');
  const screen = await terminal.until((text) => EXIT_LINE.test(text), { what: 'the end' });
  t.is(EXIT_LINE.exec(screen)?.[1], '130', screen);
  t.not((await host.info('drainer')).pid, before.pid);
});

testInTerminal('ctrl-c at a restart, and n leaves it down and says so', async (t) => {
  const { host, config } = await open(t, slow('drainer', 6));
  const terminal = await openTerminal({ command: restartLine(config) });
  t.teardown(terminal.close);
  await eventually(
    () => host.info('drainer'),
    ({ statename }) => statename === 'STOPPING',
    { what: 'it is being stopped' },
  );
  await terminal.press('C-c');
  await terminal.until((screen) => screen.includes('n leaves it down'), { what: 'the question' });
  await terminal.press('n', 'Enter');
  const screen = await terminal.until((text) => EXIT_LINE.test(text), { what: 'the end' });
  t.regex(screen, /cancelled while it was STOPPING; it stays down/);
});

for (const [how, end] of [
  ['a terminal that hangs up', ({ child }: Running) => child.kill('SIGHUP')],
  ['SIGTERM', ({ child }: Running) => child.kill('SIGTERM')],
  ['a reader that has seen enough', ({ child }: Running) => child.stdout?.destroy()],
] as const) {
  test(`${how} in the middle of a restart leaves nothing down`, async (t) => {
    const { host, config } = await open(t, slow('drainer', 3) + quick('web'));
    const before = await host.info('drainer');
    const child = startChild(['restart', 'web', 'drainer', '-y', '-c', config]);
    await eventually(
      () => host.info('drainer'),
      ({ statename }) => statename === 'STOPPING',
      { what: 'it is being stopped' },
    );
    end(child);
    await child.ended;
    const after = await host.info('drainer');
    t.not(after.pid, before.pid);
    t.is(after.statename, 'RUNNING');
    t.is((await host.info('web')).statename, 'RUNNING');
  });
}
