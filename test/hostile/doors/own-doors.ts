// What the user wrote, and names: the configuration, the arguments, and what a supervisord calls its processes.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { readText } from '../../../src/cli/config/read-text.ts';
import { parseSelectors, select } from '../../../src/core/select.ts';
import { escapeText } from '../../../src/core/view/escape.ts';
import { createMatcher, parseFilter } from '../../../src/core/view/filter.ts';
import { told } from '../../helpers/core/config-text.ts';
import { reading } from '../../helpers/core/readings.ts';
import { openWorld } from '../../helpers/core/world.ts';
import { runMain } from '../../cli/run-main.ts';
import type { Door } from '../door.ts';
import { nothingOpen } from '../door.ts';

/** What the codec of answers lets in. */
const LONGEST_NAME = 1_000;

async function inFolder<T>(work: (dir: string) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'mv-hostile-'));
  try {
    return await work(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

function describeFile(path: string): string {
  const read = readText(path);
  return read.ok ? `${read.text.length} characters` : `error: ${read.message}`;
}

export const configurationDoor: Door = {
  name: 'configuration',
  take: (whole) => {
    // Its owner wrote it: it may cost, but not without bounds.
    const text = whole.slice(0, 10_000);
    return told(`[supervisor:${text}]\nurl = ${text}\n${text}`)[0] ?? 'taken';
  },
  manners: {
    // As `-c <(…)` of a shell is: a pipe that another program writes to, for as long as it is read.
    endless: () =>
      inFolder(async (dir) => {
        const path = join(dir, 'pipe');
        execFileSync('mkfifo', [path]);
        const writer = spawn('sh', ['-c', 'yes | head -c 300000000 >"$0"', path], { stdio: 'ignore' });
        const ended = once(writer, 'exit');
        const said = describeFile(path);
        await ended;
        return said;
      }),
    slow: 'a pipe that one names oneself is waited for, by the one who named it',
    silent: 'as slow',
    cut: () =>
      inFolder(async (dir) => {
        await writeFile(join(dir, 'cut'), Buffer.from('[supervisor:ä]\n').subarray(0, 13));
        return describeFile(join(dir, 'cut'));
      }),
    'lying about its length': () =>
      inFolder(async (dir) => {
        await writeFile(join(dir, 'sparse'), '');
        await truncate(join(dir, 'sparse'), 2 ** 33);
        return `${describeFile(join(dir, 'sparse'))}; ${describeFile('/proc/self/maps').replace(/\d+/u, 'some')}`;
      }),
  },
  isOwn: (said) => /error|warning|taken|characters/u.test(said),
  close: nothingOpen,
};

async function status(args: readonly string[]): Promise<string> {
  const { code, err } = await runMain(['status', ...args]);
  return `${code}: ${err.slice(0, 100)}`;
}

export const argumentsDoor: Door = {
  name: 'arguments',
  take: (text) => status([text, '--bad', text]),
  manners: {
    // Before anything else runs: nobody waits yet.
    endless: () => status(Array.from({ length: 5_000 }, (_, i) => `web${i}*`)),
    slow: 'they are there when the command starts',
    silent: 'as slow',
    cut: () => status(['-c']),
    'lying about its length': 'they have none to tell',
  },
  isOwn: (said) => /^[1-9]\d*: ./su.test(said),
  close: nothingOpen,
};

async function withNames(act: (world: ReturnType<typeof openWorld>) => string | Promise<string>): Promise<string> {
  const world = openWorld(['alpha']);
  try {
    return await act(world);
  } finally {
    await world.session.close();
  }
}

export const namesDoor: Door = {
  name: 'names',
  take: (text) =>
    withNames(async ({ session, link }) => {
      link('alpha').emitAll([{ ...reading('g:x', 'FATAL'), name: text.slice(0, LONGEST_NAME), spawnError: text }]);
      const snapshot = session.snapshot();
      const { selectors } = parseSelectors([text.slice(0, 2_000)]);
      const chosen = select(snapshot, selectors);
      const supervisor = snapshot.supervisors.get('alpha');
      const matches = createMatcher(parseFilter(text.slice(0, 900)));
      for (const process of supervisor?.processes.values() ?? []) {
        if (supervisor) matches(process, supervisor);
        escapeText(process.uid);
      }
      const [outcome] = await session.send(
        { action: 'stop', targets: [`alpha:g:${text.slice(0, LONGEST_NAME)}`] },
        { signal: AbortSignal.timeout(50) },
      );
      const never = new AbortController().signal;
      await session.send({ action: 'signal', targets: ['alpha:g:x'], signal: text }, { signal: never });
      return `${chosen.processes.length} chosen, ${outcome?.code ?? ''}`;
    }),
  manners: {
    // Another thousand of them in each reading.
    endless: () =>
      withNames(async ({ session, link }) => {
        for (let round = 0; round < 50; round += 1) {
          link('alpha').emitAll(Array.from({ length: 1_000 }, (_, i) => reading(`g:p${round}-${i}`, 'RUNNING')));
          await setImmediate();
        }
        return `${session.snapshot().supervisors.get('alpha')?.processes.size ?? 0} known`;
      }),
    slow: 'a name comes whole, in a reading',
    silent: 'as slow',
    cut: () =>
      withNames(({ session, link }) => {
        link('alpha').emitAll([
          reading('g:\ud83d', 'RUNNING'),
          reading('g:\ude00', 'RUNNING'),
          reading(':', 'RUNNING'),
        ]);
        return `${session.snapshot().supervisors.get('alpha')?.processes.size ?? 0} known`;
      }),
    // Twice the same in one reading, and gone without ever having been there.
    'lying about its length': () =>
      withNames(({ session, link }) => {
        link('alpha').emitAll(Array.from({ length: 10_000 }, () => reading('g:x', 'RUNNING')));
        link('alpha').emit({
          type: 'some',
          readings: [],
          gone: Array.from({ length: 10_000 }, (_, i) => `g:none${i}`),
        });
        return `${session.snapshot().supervisors.get('alpha')?.processes.size ?? 0} known`;
      }),
  },
  isOwn: (said) => /chosen, [a-z-]+$|^\d+ known$/u.test(said),
  close: nothingOpen,
};
