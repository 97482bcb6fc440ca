import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../../test/helpers/deadline.ts';
import type { Supervisord } from '../../test/helpers/supervisord/supervisord.ts';
import { startSupervisord } from '../../test/helpers/supervisord/supervisord.ts';
import type { Bench, Figure } from '../bench.ts';
import { cpuShare, memory } from '../process-cost.ts';
import type { ServeProcess } from '../serve-process.ts';
import { startServe } from '../serve-process.ts';
import { sharedClock } from './crowd-messages.ts';
import type { Crowd } from './start-crowd.ts';
import { startCrowd } from './start-crowd.ts';

const VIEWERS = 500;
const STALLED = 50;
const SAMPLES = 20;
const STORM = 100;
const REST_MS = 20_000;
const UID = 's:victim:victim';
/** Each of the storm has a spawn error of 3 KB in its row, and is told anew with each try to start it. */
const PROGRAMS =
  '[program:victim]\ncommand=sleep 100000\nstartsecs=0\nautorestart=false\n' +
  `[program:storm]\nprocess_name=%(program_name)s_%(process_num)03d\nnumprocs=${STORM}\nstartretries=0\n` +
  `command=/no${`/${'x'.repeat(200)}`.repeat(15)}\n`;

/** What a server bears: many viewers of whom some have stopped reading. */
export const viewers: Bench = {
  name: 'viewers',
  summary: `multivisor serve with ${VIEWERS} WebSocket viewers, of whom ${STALLED} do not read, over a real supervisord`,
  run: async ({ supervisord, command, signal }) => {
    const host = await startSupervisord({ programs: PROGRAMS, executable: supervisord });
    const server = await startServe(command, [{ name: 's', url: host.url }]);
    let crowd: Crowd | null = null;
    try {
      await settled(server);
      const alone = await memory(server.pid);
      crowd = await startCrowd(server.url, { viewers: VIEWERS, stalled: STALLED });
      const kept = (await memory(server.pid)) - alone;
      const atRest = await cpuShare(server.pid, REST_MS, signal);
      await crowd.stall();
      const rounds = await stormUntilFull(server, signal);
      const reach = await measureReach({ host, server, crowd, signal });
      await eventually(
        () => dropped(server, 'clients'),
        (count) => count >= STALLED,
        {
          what: 'those that do not read are sent away',
          ms: 90_000,
          everyMs: 200,
        },
      );
      const stalled = await crowd.wake();
      const most = (await memory(server.pid, { peak: true })) - alone;
      return [
        ...reach,
        { what: 'CPU of the server at rest', unit: '% of a core', samples: [atRest] },
        { what: 'memory for the viewers', unit: 'MiB', samples: [kept] },
        { what: 'memory for the viewers, at its most (storm)', unit: 'MiB', samples: [most] },
        { what: `telling all viewers ${2 * STORM} changes of 3 KB`, unit: 'ms', samples: rounds },
        { what: 'closed with 1013', unit: 'viewers', samples: [stalled.codes.filter((code) => code === 1013).length] },
        { what: 'lost of those that read', unit: 'viewers', samples: [stalled.lost] },
      ];
    } finally {
      await crowd?.stop();
      await server.stop();
      await host.stop();
    }
  },
};

async function settled(server: ServeProcess): Promise<void> {
  await eventually(
    () => server.text('/api/v1/status?select=storm_099'),
    (status) => status.includes('"FATAL"'),
    { what: 'the programs have been tried', ms: 60_000, everyMs: 200 },
  );
}

type Load = {
  readonly host: Supervisord;
  readonly server: ServeProcess;
  readonly crowd: Crowd;
  readonly signal: AbortSignal;
};

/** Until the last of the viewers that read has it. */
async function measureReach({ host, server, crowd, signal }: Load): Promise<readonly Figure[]> {
  const killed: number[] = [];
  const told: number[] = [];
  const spread: number[] = [];
  while (told.length < SAMPLES) {
    const { pid } = await eventually(
      () => host.info('victim'),
      ({ statename }) => statename === 'RUNNING',
      { what: 'the victim runs', ms: 60_000 },
    );
    // Anywhere within the second for which supervisord's loop may sleep.
    await delay(200 + Math.random() * 1_000, undefined, { signal });
    const death = await crowd.expect({ uid: UID, key: 'state', value: 'EXITED' });
    const killedAt = sharedClock();
    process.kill(pid, 'SIGKILL');
    const deathAt = await death.seen();
    killed.push(Math.max(...deathAt) - killedAt);
    const pending = await crowd.expect({ uid: UID, key: 'pending', value: 'start' });
    const askedAt = sharedClock();
    const started = server.fetch('/api/process/start', { uid: UID });
    const pendingAt = await pending.seen();
    const answer = await started;
    if (!answer.ok) throw new Error(`the victim was not started: ${await answer.text()}`);
    told.push(Math.max(...pendingAt) - askedAt);
    spread.push(Math.max(...pendingAt) - Math.min(...pendingAt));
  }
  return [
    { what: 'kill -9 of a child to the last viewer', unit: 'ms', samples: killed },
    { what: 'a command sent, in the engine, at the last viewer', unit: 'ms', samples: told },
    { what: 'first viewer to last viewer', unit: 'ms', samples: spread },
  ];
}

/** Tells much, again and again, until nothing more is sent to those that do not read. */
async function stormUntilFull(server: ServeProcess, signal: AbortSignal): Promise<readonly number[]> {
  const rounds: number[] = [];
  while ((await dropped(server, 'deltas')) < STALLED * STORM) {
    signal.throwIfAborted();
    const begun = performance.now();
    // That none of them can be started is what makes the storm.
    await server.fetch('/api/process/start', { uid: 's:storm:*' });
    rounds.push(performance.now() - begun);
  }
  return rounds;
}

async function dropped(server: ServeProcess, what: 'clients' | 'deltas'): Promise<number> {
  const metrics = await server.text('/metrics');
  return Number(new RegExp(`dropped_total\\{what="${what}"\\} (\\d+)`).exec(metrics)?.[1]);
}
