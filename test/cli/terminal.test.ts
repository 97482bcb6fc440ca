import { fileURLToPath } from 'node:url';
import test from 'ava';
import { testWith } from '../helpers/peers.ts';
import { startSupervisord } from '../helpers/supervisord/supervisord.ts';
import { EXIT_LINE, openTerminal } from '../helpers/terminal/terminal.ts';
import { makeFolder } from './run-main.ts';

const testInTerminal = testWith('tmux', test);
const BIN = fileURLToPath(new URL('../../bin/multivisor.ts', import.meta.url));
const PROGRAMS = '[group:g]\nprograms=a,b\n[program:a]\ncommand=sleep 1000\n[program:b]\ncommand=sleep 1000\n';

testInTerminal('at a terminal it asks, and ctrl-c is no yes', async (t) => {
  const host = await startSupervisord({ programs: PROGRAMS });
  const folder = await makeFolder();
  t.teardown(async () => {
    await host.stop();
    await folder.remove();
  });
  const config = await folder.write('mv.conf', `[supervisor:s]\nurl = ${host.url}\n`);
  const command = (line: string) => `${process.execPath} ${BIN} ${line} -c ${config}`;
  for (const [keys, exit, state] of [
    [['C-c'], '130', 'RUNNING'],
    [['Enter'], '1', 'RUNNING'],
    [['n', 'Enter'], '1', 'RUNNING'],
    [['y', 'Enter'], '0', 'STOPPED'],
  ] as const) {
    const terminal = await openTerminal({ command: command("stop --wait 'g:*'") });
    t.teardown(terminal.close);
    await terminal.until((screen) => screen.includes('stop 2 processes on s? [y/N]'), { what: 'the question' });
    await terminal.press(...keys);
    const screen = await terminal.until((text) => EXIT_LINE.test(text), { what: `the end after ${keys.join(' ')}` });
    t.is(EXIT_LINE.exec(screen)?.[1], exit, screen);
    t.is((await host.info('g:a')).statename, state, screen);
  }
});

testInTerminal('stopping an agent asks also for the one, with what comes of it', async (t) => {
  const host = await startSupervisord({ programs: `${PROGRAMS}[program:multivisor-rpc]\ncommand=sleep 1000\n` });
  const folder = await makeFolder();
  t.teardown(async () => {
    await host.stop();
    await folder.remove();
  });
  const config = await folder.write('mv.conf', `[supervisor:s]\nurl = ${host.url}\n`);
  for (const action of ['restart', 'stop'] as const) {
    const command = `${process.execPath} ${BIN} ${action} --wait multivisor-rpc -c ${config}`;
    const before = await host.info('multivisor-rpc');
    for (const [keys, exit] of [
      [['n', 'Enter'], '1'],
      [['y', 'Enter'], '0'],
    ] as const) {
      const terminal = await openTerminal({ command, columns: 160 });
      t.teardown(terminal.close);
      const asked = await terminal.until(
        (screen) => screen.includes(`${action} s:multivisor-rpc:multivisor-rpc? [y/N]`),
        {
          what: 'the question',
        },
      );
      t.regex(asked, /multivisor-rpc is an agent: a multivisor that watches s through it goes blind/);
      t.is((await host.info('multivisor-rpc')).pid, before.pid);
      await terminal.press(...keys);
      const screen = await terminal.until((text) => EXIT_LINE.test(text), { what: `the end after ${keys.join(' ')}` });
      t.is(EXIT_LINE.exec(screen)?.[1], exit, screen);
    }
    t.not((await host.info('multivisor-rpc')).pid, before.pid);
  }
});

testInTerminal('in the shell ctrl-c ends a command, tab completes, and exit ends it', async (t) => {
  const host = await startSupervisord({ programs: PROGRAMS });
  const folder = await makeFolder();
  t.teardown(async () => {
    await host.stop();
    await folder.remove();
  });
  const config = await folder.write('mv.conf', `[global]\nname = lab\n[supervisor:s]\nurl = ${host.url}\n`);
  const terminal = await openTerminal({
    command: `${process.execPath} ${BIN} shell -c ${config}`,
    env: { HOME: folder.path, XDG_STATE_HOME: folder.path, LANG: 'C.UTF-8' },
  });
  t.teardown(terminal.close);
  await terminal.until((screen) => /^lab 1\/1 ●2>/m.test(screen), { what: 'the prompt with its counts' });
  // What comes in one go is taken for pasted, and a tab in it for a tab.
  for (const [text, completed] of [
    ['watc', 'watch'],
    [' --allow', 'watch --allow-empty'],
  ] as const) {
    await terminal.press('-l', text);
    await terminal.until((screen) => screen.includes(text), { what: `the echo of ${text}` });
    await terminal.press('Tab');
    await terminal.until((screen) => screen.includes(completed), { what: `the completion of ${text}` });
  }
  await terminal.press('Enter');
  await terminal.until((screen) => /RUNNING +s:g:b/.test(screen), { what: 'what is there' });
  await host.rpc('supervisor.stopProcess', 'g:b');
  await terminal.until((screen) => /s:g:b .*→ STOPPED/.test(screen), { what: 'the change is told' });
  await terminal.press('C-c');
  await terminal.until((screen) => /^lab 1\/1 ○1 ●1>$/m.test(screen), { what: 'the prompt again' });
  await host.rpc('supervisor.stopProcess', 'g:a');
  await terminal.until((screen) => /^lab 1\/1 ○2>$/m.test(screen), { what: 'the prompt as it is now' });
  await terminal.press('-l', 'given up');
  await terminal.press('C-c');
  await terminal.press('exit', 'Enter');
  const screen = await terminal.until((text) => EXIT_LINE.test(text), { what: 'the end' });
  t.is(EXIT_LINE.exec(screen)?.[1], '130', screen);
});
