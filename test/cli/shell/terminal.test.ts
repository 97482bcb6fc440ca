// The shell at a real terminal, straight and through a server that asks who it is.
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import test from 'ava';
import { eventually } from '../../helpers/deadline.ts';
import { testWith } from '../../helpers/peers.ts';
import { startSupervisord } from '../../helpers/supervisord/supervisord.ts';
import type { Terminal } from '../../helpers/terminal/terminal.ts';
import { EXIT_LINE, openTerminal } from '../../helpers/terminal/terminal.ts';
import { startChild } from '../run-main.ts';

const testInTerminal = testWith('tmux', test);
const BIN = fileURLToPath(new URL('../../../bin/multivisor.ts', import.meta.url));
const MS = 60_000;
const PROMPT = (screen: string) => /^lab 1\/1 ●2>/m.test(screen);
const PROGRAMS =
  '[group:grp]\nprograms=alpha,beta\n[program:alpha]\ncommand=sleep 1000\n[program:beta]\ncommand=sleep 1000\n';

async function setUp(t: ExecutionContext, accounts = '') {
  const host = await startSupervisord({ programs: PROGRAMS });
  const dir = await mkdtemp(join(tmpdir(), 'mv-shell-'));
  t.teardown(async () => {
    await host.stop();
    await rm(dir, { recursive: true, force: true });
  });
  const config = join(dir, 'mv.conf');
  await writeFile(config, `[global]\nname = lab\n${accounts}[supervisor:s]\nurl = ${host.url}\n`);
  await eventually(host.readAll, (all) => all.every(({ statename }) => statename === 'RUNNING'), {
    what: 'all run',
    ms: MS,
  });
  const start = async (args: string) => {
    const terminal = await openTerminal({
      command: `${process.execPath} ${BIN} shell ${args}`,
      env: { HOME: dir, XDG_STATE_HOME: dir, LANG: 'C.UTF-8' },
    });
    t.teardown(terminal.close);
    return terminal;
  };
  const open = async (args: string) => {
    const terminal = await start(args);
    await terminal.until(PROMPT, { what: 'the prompt with its counts', ms: MS });
    return terminal;
  };
  return { host, dir, config, start, open };
}

async function type(terminal: Terminal, text: string): Promise<void> {
  await terminal.press('-l', text);
  await terminal.until((screen) => screen.includes(text), { what: `the echo of ${text}`, ms: MS });
}

testInTerminal('the shell keeps its history, for its user alone, and completes live names', async (t) => {
  const { dir, config, open } = await setUp(t);
  const first = await open(`-c ${config}`);
  await type(first, 'status -o name al');
  await first.press('Tab');
  await first.until((screen) => screen.includes('status -o name alpha'), { what: 'a live name is completed', ms: MS });
  await first.press('Enter');
  await first.until((screen) => /^s:grp:alpha$/m.test(screen), { what: 'the answer', ms: MS });
  await first.press('exit', 'Enter');
  await first.until((screen) => EXIT_LINE.test(screen), { what: 'the end', ms: MS });
  const file = join(dir, 'multivisor', 'history');
  t.is(await readFile(file, 'utf8'), 'exit\nstatus -o name alpha\n');
  t.is((await stat(file)).mode & 0o777, 0o600);

  const second = await open(`-c ${config}`);
  await second.press('Up', 'Up');
  await second.until((screen) => />\s*status -o name alpha/.test(screen), { what: 'the line of before', ms: MS });
  await second.press('Enter');
  await second.until((screen) => /^s:grp:alpha$/m.test(screen), { what: 'its answer again', ms: MS });
});

testInTerminal('through a server the shell logs in once, acts, and its prompt follows what happens', async (t) => {
  const { host, dir, config, start } = await setUp(t, '[user:ann]\npassword = secret\nrole = operator\n');
  const server = startChild(['serve', '-c', config, '--bind', '127.0.0.1:0'], { unbounded: true });
  t.teardown(() => server.child.kill('SIGKILL'));
  const url = await eventually(
    () => /at (http:\S+)/.exec(server.stderr())?.[1] ?? '',
    (found) => found !== '',
    { what: 'it serves', ms: MS },
  );
  const remote = url.replace('//', '//ann@');
  const given = await start(`--remote ${remote}`);
  await given.until((screen) => screen.includes('password of ann at 127.0.0.1:'), { what: 'the question', ms: MS });
  await given.press('C-c');
  const up = await given.until((screen) => EXIT_LINE.test(screen), { what: 'ctrl-c gives it up', ms: MS });
  t.is(EXIT_LINE.exec(up)?.[1], '130', up);

  const terminal = await start(`--remote ${remote}`);
  await terminal.until((screen) => screen.includes('password of ann at 127.0.0.1:'), { what: 'the question', ms: MS });
  await terminal.press('-l', 'secret');
  await terminal.press('Enter');
  await terminal.until(PROMPT, { what: 'the prompt with its counts', ms: MS });
  await type(terminal, 'stop be');
  await terminal.press('Tab');
  await terminal.until((screen) => screen.includes('stop beta'), { what: 'a live name is completed', ms: MS });
  await terminal.press('Enter');
  await terminal.until((screen) => /s:grp:beta .*STOP/.test(screen), { what: 'it is stopped', ms: MS });
  await terminal.until((screen) => /^lab 1\/1 ○1 ●1>/m.test(screen), { what: 'the prompt tells', ms: MS });
  t.is((await host.info('grp:beta')).statename, 'STOPPED');
  await host.rpc('supervisor.startProcess', 'grp:beta');
  await terminal.until((screen) => /^lab 1\/1 ●2>\s*$/m.test(screen), { what: 'the prompt as it is now', ms: MS });
  t.false((await terminal.screen()).includes('secret'));
  await terminal.press('exit', 'Enter');
  const end = await terminal.until((screen) => EXIT_LINE.test(screen), { what: 'the end', ms: MS });
  t.is(EXIT_LINE.exec(end)?.[1], '0', end);
  t.false((await readFile(join(dir, 'multivisor', 'history'), 'utf8')).includes('secret'));
});
