import { setTimeout as delay } from 'node:timers/promises';
import * as v from 'valibot';
import { eventually } from '../../test/helpers/deadline.ts';
import type { Supervisord } from '../../test/helpers/supervisord/supervisord.ts';
import { startSupervisord } from '../../test/helpers/supervisord/supervisord.ts';
import type { Bench, Figure } from '../bench.ts';
import type { Farm } from '../farm/start-farm.ts';
import { startFarm } from '../farm/start-farm.ts';
import { memory } from '../process-cost.ts';
import type { ServeProcess } from '../serve-process.ts';
import { startServe } from '../serve-process.ts';
import { startHostileViewer } from './hostile-viewer.ts';
import type { HostilePeers } from './start-peers.ts';
import { startHostilePeers } from './start-peers.ts';
import type { Watcher } from './watcher.ts';
import { openWatcher } from './watcher.ts';

const SUPERVISORS = 100;
const PROCESSES = 20;
const LENGTH_MS = 60_000;
const LIVEZ_EVERY_MS = 20;
const DEATH_EVERY_MS = 500;
const MOST_LATE_MS = 50;
const MOST_DEATH_MS = 300;
const MOST_MEMORY_MIB = 400;
const LIMIT_MS = 60_000;
const HOSTILE = ['bad-supervisord', 'bad-zerorpc', 'bad-relay'] as const;
const REAL_UID = 'real:victim:victim';
const BESIDE = 'beside them';
const VICTIM = '[program:victim]\ncommand=sleep 100000\nstartsecs=0\n';

/** Whether those who mean ill can hold up others, take their memory, or be told as somebody else's fault. */
export const hostile: Bench = {
  name: 'hostile',
  summary: `a supervisord, a zerorpc agent, a ws:// server and a viewer that mean ill, for ${LENGTH_MS / 1_000} s beside ${SUPERVISORS} healthy supervisords (a farm of fakes, and one real)`,
  run: async ({ command, supervisord, signal }) => {
    const farm = await startFarm({ supervisors: SUPERVISORS, processes: PROCESSES });
    const real = await startSupervisord({ programs: VICTIM, executable: supervisord });
    let peers: HostilePeers | null = null;
    let server: ServeProcess | null = null;
    try {
      const healthy = [
        ...farm.socketPaths.map((path, index) => ({ name: farmName(index), url: `unix://${path}` })),
        { name: 'real', url: real.url },
      ];
      server = await startServe(command, healthy);
      const alone = await measure({ server, farm, real, signal }, 'without them', LENGTH_MS / 6);
      await server.stop();
      peers = await startHostilePeers();
      const { ports } = peers;
      server = await startServe(command, [
        ...healthy,
        { name: 'bad-supervisord', url: `http://127.0.0.1:${ports.supervisord}` },
        { name: 'bad-zerorpc', url: `tcp://127.0.0.1:${ports.zerorpc}` },
        { name: 'bad-relay', url: `ws://127.0.0.1:${ports.relay}/web` },
      ]);
      const viewer = startHostileViewer(server.url);
      const figures = await measure({ server, farm, real, signal }, BESIDE, LENGTH_MS);
      await viewer.stop();
      return [
        ...alone,
        ...figures,
        { what: 'times that viewer was sent away', unit: 'times', samples: [viewer.codes.length] },
      ];
    } finally {
      await server?.stop();
      await peers?.stop();
      await real.stop();
      await farm.stop();
    }
  },
};

const farmName = (index: number): string => `host${String(index).padStart(3, '0')}`;

type Load = {
  readonly server: ServeProcess;
  readonly farm: Farm;
  readonly real: Supervisord;
  readonly signal: AbortSignal;
};

async function measure(load: Load, when: string, ms: number): Promise<readonly Figure[]> {
  const { server, farm, real, signal } = load;
  await allFollowed(server);
  const watcher = await openWatcher(server.url);
  const over = AbortSignal.any([signal, AbortSignal.timeout(ms)]);
  const [late, farmDeaths, realDeaths, most] = await Promise.all([
    sampleLivez(server, over),
    sampleDeaths(watcher, over, (turn) => ({
      uid: `${farmName(turn % SUPERVISORS)}:PLC:server_0000`,
      kill: async () => farm.crash(turn % SUPERVISORS),
      // By its next turn it runs again.
      runsAgain: null,
    })),
    sampleDeaths(watcher, over, () => ({ uid: REAL_UID, kill: () => killVictim(real), runsAgain: 'RUNNING' })),
    sampleMemory(server, over),
  ]);
  signal.throwIfAborted();
  watcher.close();
  const isMeant = when === BESIDE;
  const healthyDown = [...watcher.errors.keys()].filter((name) => !HOSTILE.some((bad) => bad === name));
  return [
    { what: `/livez, ${when}`, unit: 'ms', samples: late, limit: { part: 0.99, most: MOST_LATE_MS } },
    {
      what: `a crash in the farm to a viewer, ${when}`,
      unit: 'ms',
      samples: farmDeaths,
      limit: { part: 0.95, most: MOST_DEATH_MS },
    },
    { what: `kill -9 under the real one to a viewer, ${when}`, unit: 'ms', samples: realDeaths },
    {
      what: `RSS of the server, ${when}`,
      unit: 'MiB',
      samples: most,
      limit: { part: 1, most: MOST_MEMORY_MIB },
    },
    {
      what: `healthy ones told as down, ${when}`,
      unit: 'supervisors',
      samples: [healthyDown.length],
      limit: { part: 1, most: 0 },
    },
    ...(isMeant ? HOSTILE.map((name) => toOwnErrors(name, watcher)) : []),
  ];
}

function toOwnErrors(name: string, { errors }: Watcher): Figure {
  const texts = [...(errors.get(name) ?? [])];
  for (const text of texts) console.log(`  ${name}: ${text}`);
  return { what: `errors of its own, of ${name}`, unit: 'texts', samples: [texts.length] };
}

const FOLLOWED = /^multivisor_push\{supervisor="(?:host\d+|real)"\} 1$/gmu;

async function allFollowed(server: ServeProcess): Promise<void> {
  const count = async () => (await server.text('/metrics')).match(FOLLOWED)?.length ?? 0;
  const what = 'all healthy ones are followed';
  await eventually(count, (up) => up === SUPERVISORS + 1, { what, ms: LIMIT_MS, everyMs: 200 });
}

async function sampleLivez(server: ServeProcess, over: AbortSignal): Promise<readonly number[]> {
  const samples: number[] = [];
  await repeat(over, LIVEZ_EVERY_MS, async () => {
    const begun = performance.now();
    const answer = await server.fetch('/livez');
    await answer.text();
    samples.push(performance.now() - begun);
  });
  return samples;
}

async function sampleMemory(server: ServeProcess, over: AbortSignal): Promise<readonly number[]> {
  const samples: number[] = [];
  await repeat(over, 250, async () => void samples.push(await memory(server.pid)));
  return samples;
}

type Victim = {
  readonly uid: string;
  readonly kill: () => Promise<void>;
  /** The state by which it can be killed again; null: that need not be awaited. */
  readonly runsAgain: string | null;
};

async function sampleDeaths(
  { transitions }: Watcher,
  over: AbortSignal,
  next: (turn: number) => Victim,
): Promise<readonly number[]> {
  const samples: number[] = [];
  let turn = 0;
  await repeat(over, DEATH_EVERY_MS, async () => {
    const { uid, kill, runsAgain } = next(turn);
    turn += 1;
    const from = transitions.items.length;
    const until = (state: string) =>
      transitions.until((told) => (told.uid === uid && told.to === state) || undefined, {
        what: `${uid} ${state}`,
        ms: LIMIT_MS,
        from,
      });
    const begun = performance.now();
    await kill();
    await until('EXITED');
    samples.push(performance.now() - begun);
    if (runsAgain !== null) await until(runsAgain);
  });
  return samples;
}

async function repeat(over: AbortSignal, everyMs: number, act: () => Promise<void>): Promise<void> {
  while (!over.aborted) {
    await act();
    await delay(everyMs * (0.5 + Math.random()));
  }
}

const infoSchema = v.looseObject({ pid: v.number() });

async function killVictim(real: Supervisord): Promise<void> {
  const { pid } = v.parse(infoSchema, await real.info('victim'));
  process.kill(pid, 'SIGKILL');
}
