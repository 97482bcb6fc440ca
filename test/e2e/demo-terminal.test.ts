import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { findMarked } from '../../scripts/demonstration/marked-processes.ts';
import { eventually } from '../helpers/deadline.ts';
import { testWith } from '../helpers/peers.ts';
import { EXIT_LINE, openTerminal, type Terminal } from '../helpers/terminal/terminal.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const testInTerminal = testWith('tmux', test);

type Demo = { readonly scratch: string; readonly terminal: Terminal; readonly alive: () => readonly number[] };

/** The demonstration on a terminal, with the living and the dead to be seen. */
async function startDemo(t: ExecutionContext): Promise<Demo> {
  const scratch = await mkdtemp(join(tmpdir(), 'mv-demo-'));
  const env = {
    TMPDIR: scratch,
    XDG_STATE_HOME: join(scratch, 'state'),
    // On the screen they would come and go unseen.
    NODE_OPTIONS: `--redirect-warnings=${join(scratch, 'warnings')}`,
  };
  const terminal = await openTerminal({ command: 'npm run -s demo', cwd: ROOT, env });
  const alive = (): readonly number[] => findMarked(`MULTIVISOR_EXAMPLE=${scratch}/`);
  t.teardown(async () => {
    await terminal.close();
    await eventually(alive, (pids) => pids.length === 0, { what: 'nothing lives', ms: 15_000 });
    await rm(scratch, { recursive: true, force: true });
  });
  await terminal.until((screen) => screen.includes('wcid00a') && screen.includes('FATAL'), {
    what: 'the processes show',
  });
  t.is(await terminal.ask('alternate_on'), '1');
  return { scratch, terminal, alive };
}

async function expectEnd(t: ExecutionContext, { scratch, terminal, alive }: Demo): Promise<number> {
  const screen = await terminal.until((text) => EXIT_LINE.test(text), { what: 'the demonstration ends' });
  t.is(await terminal.ask('alternate_on'), '0');
  t.is(await terminal.ask('cursor_flag'), '1');
  t.deepEqual(alive(), []);
  t.false(existsSync(join(scratch, 'warnings')), 'Node warned of nothing, least of all over the picture');
  return Number(EXIT_LINE.exec(screen)?.[1]);
}

for (const keys of [['q'], ['C-c']] as const) {
  testInTerminal(
    `on a terminal the demonstration shows all three supervisors, and ${keys.join(' ')} leaves nothing`,
    async (t) => {
      const demo = await startDemo(t);
      const screen = await demo.terminal.screen();
      for (const name of ['lid001', 'lid002', 'baslid001']) t.true(screen.includes(name), screen);
      await demo.terminal.press(...keys);
      t.is(await expectEnd(t, demo), 0);
    },
  );
}

testInTerminal('the demonstration ends when its interface is killed, and says so', async (t) => {
  const demo = await startDemo(t);
  process.kill(findInterface(demo.scratch), 'SIGKILL');
  t.is(await expectEnd(t, demo), 137);
});

/** The interface: the one Node below the demonstration's own. */
function findInterface(scratch: string): number {
  const ours = findMarked(`TMPDIR=${scratch}`);
  const demo = ours.find((pid) => readProc(pid, 'cmdline').startsWith('node\0scripts/start.mjs'));
  const child = ours.find(
    (pid) => readProc(pid, 'status').includes(`\nPPid:\t${demo ?? 0}\n`) && readExecutable(pid) === process.execPath,
  );
  if (child === undefined) throw new Error('no interface runs');
  return child;
}

function readProc(pid: number, file: string): string {
  return orEmpty(() => readFileSync(`/proc/${pid}/${file}`, 'utf8'));
}

function readExecutable(pid: number): string {
  return orEmpty(() => readlinkSync(`/proc/${pid}/exe`));
}

/** Empty when the process has ended meanwhile. */
function orEmpty(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
