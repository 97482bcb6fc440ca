// A rolling restart of real processes, asked for and watched on a real terminal.
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { eventually } from '../helpers/deadline.ts';
import { testWith } from '../helpers/peers.ts';
import { startSupervisord } from '../helpers/supervisord/supervisord.ts';
import type { Terminal } from '../helpers/terminal/terminal.ts';
import { openTerminal } from '../helpers/terminal/terminal.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const WORKERS = 20;
const LIMIT_MS = 60_000;

const whereTmux = testWith('tmux', test);
const testInTerminal = whereTmux === test ? test.serial : whereTmux;

/** Twenty processes, each of an executable of its own, on a terminal that shows all of them. */
async function openWorkers(t: ExecutionContext) {
  const dir = await mkdtemp(join(tmpdir(), 'mv-roll-'));
  t.teardown(() => rm(dir, { recursive: true, force: true }));
  const names = Array.from({ length: WORKERS }, (_, index) => `w${String(index).padStart(2, '0')}`);
  for (const name of names) {
    await writeFile(join(dir, name), '#!/bin/sh\nexec sleep 1000\n');
    await chmod(join(dir, name), 0o755);
  }
  const programs = `[program:work]\nprocess_name=w%(process_num)02d\nnumprocs=${WORKERS}\ncommand=${dir}/w%(process_num)02d\n`;
  const daemon = await startSupervisord({ programs });
  t.teardown(daemon.stop);
  const config = join(dir, 'multivisor.conf');
  await writeFile(config, `[supervisor:host1]\nurl = ${daemon.url}\n`);
  const terminal = await openTerminal({
    command: `node --import=./scripts/tsx-files.mjs bin/multivisor.ts tui -c ${config}`,
    columns: 150,
    rows: 40,
    cwd: ROOT,
    env: { XDG_STATE_HOME: join(dir, 'state') },
  });
  t.teardown(terminal.close);
  const shows = (wanted: RegExp) =>
    terminal.until((screen) => wanted.test(screen), { what: `${wanted.source} is on the screen`, ms: LIMIT_MS });
  await shows(/● 20 running/u);
  const pids = async () => new Map((await daemon.readAll()).map(({ name, pid }) => [name, pid]));
  return { dir, daemon, terminal, shows, names, pids };
}

/** Sooner than a question can be read it takes no answer. */
async function agree(terminal: Terminal): Promise<void> {
  const typed = async () => {
    await terminal.press('2');
    return terminal.screen();
  };
  await eventually(typed, (screen) => /press enter: 2/u.test(screen), { what: 'the question takes an answer' });
  await terminal.press('C-u', '2', '0', 'Enter');
}

testInTerminal('twenty are restarted five at a time, counted while it runs and told one by one', async (t) => {
  const { daemon, terminal, shows, names, pids } = await openWorkers(t);
  const before = await pids();
  await terminal.press('*', 'r', 'C-b', 'C-b', 'C-b');
  const asked = await shows(/type 20 and press enter/u);
  t.regex(asked, /restart 20 processes on host1, 5 at a time\?/u);
  t.regex(asked, /\$ multivisor restart -c \S+ --batch 5 'host1:\*'/u);
  await agree(terminal);
  const counted = await shows(/restart 20 +(?:[1-9]|1\d) done +\d+ left/u);
  t.notRegex(counted, /failed/u);
  await shows(/restart: 20 done/u);
  const after = await pids();
  for (const name of names) t.not(after.get(name), before.get(name), name);
  // Never more than five were away at a time: what its own log says.
  let away = 0;
  let most = 0;
  for (const line of (await daemon.readLog()).split('\n')) {
    if (/stopped: w\d\d \(/u.test(line)) away += 1;
    else if (away > 0 && /success: w\d\d entered RUNNING/u.test(line)) away -= 1;
    most = Math.max(most, away);
  }
  t.is(most, 5);
  await terminal.press('m');
  await terminal.until((told) => names.every((name) => told.includes(`restart host1:work:${name}: done`)), {
    what: 'each is told',
    ms: LIMIT_MS,
  });
  t.pass();
});

testInTerminal('one that cannot start stops the roll, and what was left untouched is told', async (t) => {
  const { dir, terminal, shows, names, pids } = await openWorkers(t);
  const before = await pids();
  await rm(join(dir, 'w07'));
  await terminal.press('*', 'r', 'C-b', 'C-b', 'C-b');
  await shows(/type 20 and press enter/u);
  await agree(terminal);
  const told = await shows(/restart: \d+ done/u);
  t.regex(told, /restart: 9 done, 1 failed, 10 left untouched: host1:work:w07: /u);
  await terminal.press('m');
  const history = await shows(/✖ restart host1:work:w07: .*(?:NO_FILE|no such file|spawn error)/iu);
  for (const name of names.slice(10)) {
    t.true(history.includes(`▲ restart host1:work:${name}: the roll stopped after 1 failed`), name);
  }
  const after = await eventually(pids, (now) => now.get('w09') !== 0, { what: 'the second batch is up', ms: LIMIT_MS });
  t.deepEqual(
    names.filter((name) => after.get(name) !== before.get(name)),
    names.slice(0, 10),
  );
});
