import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Bench, BenchOptions, Figure } from '../bench.ts';
import type { Farm } from '../farm/start-farm.ts';
import { startFarm } from '../farm/start-farm.ts';
import { startServe } from '../serve-process.ts';
import { timeCommand } from '../time-command.ts';
import { measureLogs } from './logs.ts';
import type { Screen } from './screen.ts';
import { openScreen } from './screen.ts';
import { cpuShare, memory } from '../process-cost.ts';

const SUPERVISORS = 500;
const PROCESSES = 20;
const CHURN_PER_SECOND = 100;
const STARTS = 10;
/** After a start the collector of garbage and the compiler have their say for most of a minute. */
const SETTLE_MS = 60_000;
/** Until a storm has reached its pace, and the compiler is done with what it made busy. */
const STORM_MS = 30_000;
const IDLE_MS = 30_000;
const BUSY_MS = 20_000;
/** As a held key repeats. */
const REPEAT_MS = 33;
const STEPS = 'jjjjjjjjjjjjjjjjjjjjkkkkkkkkkkkkkkkkkkkk';
const HALF_PAGES = '\u0004\u0004\u0004\u0004\u0004\u0015\u0015\u0015\u0015\u0015';
const WORDS = ['host123', 'server_0012', 'vacuum', 'state:fatal', '!motion', 'sup:host4*'];

/** The full-screen view as somebody at a terminal has it, on more than anybody has. */
export const tui: Bench = {
  name: 'tui',
  summary: `the full-screen view at 200×50 over ${SUPERVISORS} supervisors of ${PROCESSES} processes (a farm of fakes)`,
  run: async (options) => {
    const state = await mkdtemp(join(tmpdir(), 'multivisor-bench-'));
    try {
      return [...(await measureFarm(options, state)), ...(await measureLogs(options, state))];
    } finally {
      await rm(state, { recursive: true, force: true });
    }
  },
};

async function measureFarm({ command, signal }: BenchOptions, state: string): Promise<readonly Figure[]> {
  const farm = await startFarm({ supervisors: SUPERVISORS, processes: PROCESSES });
  const open = (...args: readonly string[]): Promise<Screen> =>
    openScreen({
      command: [process.execPath, command, 'tui', ...args],
      columns: 200,
      rows: 50,
      env: { XDG_STATE_HOME: state },
    });
  try {
    const openHere = () => open('-c', farm.configPath);
    const figures = [await measureStarts(openHere)];
    figures.push(...(await measureScreen(await openHere(), { farm, signal, where: 'by itself' })));
    const server = await startServe(
      command,
      farm.socketPaths.map((path, index) => ({ name: `host${String(index).padStart(3, '0')}`, url: `unix://${path}` })),
    );
    try {
      const screen = await open('--remote', server.url);
      figures.push(...(await measureScreen(screen, { farm, signal, where: 'from a server' })));
    } finally {
      await server.stop();
    }
    return figures;
  } finally {
    await farm.stop();
  }
}

type Measured = { readonly farm: Farm; readonly signal: AbortSignal; readonly where: string };

/** The same steps, whether it holds the connections to all supervisors itself or has everything from a server. */
async function measureScreen(screen: Screen, { farm, signal, where }: Measured): Promise<readonly Figure[]> {
  try {
    const whole = await screen.until((rows) => (rows.get(1) ?? '').includes('10000 running'));
    await delay(SETTLE_MS, undefined, { signal });
    const idle = await cpuShare(screen.pid, IDLE_MS, signal);
    const keys = await measureKeys(screen);
    const filter = await measureFilter(screen);
    farm.churn(CHURN_PER_SECOND);
    await delay(STORM_MS, undefined, { signal });
    const busy = await cpuShare(screen.pid, BUSY_MS, signal);
    const keysMeanwhile = await measureKeys(screen);
    farm.churn(0);
    const figure = (what: string, unit: string, samples: readonly number[]): Figure => {
      return { what: `${where}: ${what}`, unit, samples };
    };
    return [
      figure('start to all rows', 'ms', [whole]),
      figure(`CPU at rest, over ${IDLE_MS / 1000} s`, '% of a core', [idle]),
      figure('key to painted', 'ms', keys),
      figure('key of a filter to painted', 'ms', filter),
      figure(`CPU at ${CHURN_PER_SECOND} transitions/s`, '% of a core', [busy]),
      figure('key to painted meanwhile', 'ms', keysMeanwhile),
      figure('memory', 'MiB', [await memory(screen.pid)]),
      figure('times that the whole screen was cleared', '', [screen.clears()]),
    ];
  } finally {
    await screen.stop();
  }
}

async function measureStarts(open: () => Promise<Screen>): Promise<Figure> {
  const samples: number[] = [];
  const bare: number[] = [];
  for (let pair = 0; pair < STARTS; pair += 1) {
    const screen = await open();
    samples.push(await screen.until((rows) => (rows.get(1) ?? '').includes('multivisor')));
    await screen.stop();
    bare.push(await timeCommand(process.execPath, ['-e', '0']));
  }
  const ratios = samples.map((sample, index) => sample / (bare[index] ?? Number.NaN));
  return {
    what: 'from start to first frame',
    unit: 'ms',
    samples,
    against: { what: 'node -e 0', samples: bare, ratios },
  };
}

/** Down and up, by rows and by half pages; the key is painted when another row is under the cursor. */
async function measureKeys(screen: Screen): Promise<readonly number[]> {
  const samples: number[] = [];
  for (const key of STEPS + HALF_PAGES) {
    await delay(REPEAT_MS);
    const before = underCursor(screen.rows());
    const began = screen.age();
    screen.press(key);
    samples.push((await screen.until((rows) => underCursor(rows) !== before)) - began);
  }
  return samples;
}

/** The row and the names of it: an uptime that ticks is no answer to a key. */
function underCursor(rows: ReadonlyMap<number, string>): string {
  const [row, text = ''] = Array.from(rows).find(([, line]) => line.startsWith('▌')) ?? [];
  return `${row} ${/(?:\w+ +\w+ +host\d+|▾ \w+)/u.exec(text)?.[0] ?? ''}`;
}

async function measureFilter(screen: Screen): Promise<readonly number[]> {
  const samples: number[] = [];
  for (const word of WORDS) {
    screen.press('/');
    await screen.until((rows) => rows.get(3)?.startsWith(' /▏') === true);
    for (const [index, letter] of Array.from(word).entries()) {
      await delay(REPEAT_MS);
      const began = screen.age();
      screen.press(letter);
      const typed = ` /${word.slice(0, index + 1)}▏`;
      samples.push((await screen.until((rows) => rows.get(3)?.startsWith(typed) === true)) - began);
    }
    screen.press('\u001b');
    await screen.until((rows) => rows.get(3)?.includes('timeline') === true);
  }
  return samples;
}
