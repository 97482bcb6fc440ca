// More events than a buffer holds: are the lost ones noticed, and is anything wrong when it is over?
import { setTimeout as delay } from 'node:timers/promises';
import { createListenerLink } from '../../src/bridge/listener/listener-link.ts';
import { createZerorpcLink } from '../../src/bridge/zerorpc/zerorpc-link.ts';
import type { SupervisorLink } from '../../src/core/ports.ts';
import { eventually } from '../../test/helpers/deadline.ts';
import { startListenerHost } from '../../test/helpers/agents/listener-host.ts';
import { startRpcHost } from '../../test/helpers/agents/multivisor-rpc.ts';
import { findPeer } from '../../test/helpers/peers.ts';
import type { Supervisord } from '../../test/helpers/supervisord/supervisord.ts';
import type { BenchOptions, Figure } from '../bench.ts';
import { watch } from '../watching/watched-session.ts';

const PROCESSES = 100;
const SECONDS = 20;
/** Sent at once, each second: they reach the listener's buffer in one turn of supervisord's loop. */
const EVENTS_A_SECOND = 500;
/** Of our own processes, so that there are states to get wrong. */
const KILLED_A_SECOND = 5;
const HEAL_MS = 5_000;
const PROGRAMS = `[program:p]\ncommand=sleep 100000\nprocess_name=%(program_name)s%(process_num)03d\nnumprocs=${PROCESSES}\nstartsecs=0\n`;

const EVENTS = 'PROCESS_STATE,REMOTE_COMMUNICATION';

type Subject = { readonly host: Supervisord; readonly link: SupervisorLink };
type Source = {
  readonly name: string;
  /** What gaps in the numbers of its events stand for. */
  readonly gaps: string;
  readonly start: (bufferSize: number | null) => Promise<Subject>;
};

export async function burst({ command, signal }: BenchOptions): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const [source, bufferSize] of sources(command).flatMap(
    (each) =>
      [
        [each, null],
        [each, 10_000],
      ] as const,
  )) {
    const { told, gaps, wrong } = await run(await source.start(bufferSize), signal);
    const name = `${source.name}: ${EVENTS_A_SECOND} events/s for ${SECONDS} s, buffer_size=${bufferSize ?? 10}`;
    figures.push(
      { what: `${name}: ${source.gaps}`, unit: 'gaps', samples: [gaps] },
      { what: `${name}: deaths told`, unit: `of ${SECONDS * KILLED_A_SECOND}`, samples: [told] },
      { what: `${name}: rows wrong ${HEAL_MS / 1_000} s later`, unit: 'rows', samples: [wrong] },
    );
  }
  return figures;
}

function sources(bundle: string): readonly Source[] {
  const ours: Source = {
    name: 'our listener',
    gaps: 'gaps noticed',
    start: async (bufferSize) => {
      const size = bufferSize === null ? {} : { bufferSize };
      const host = await startListenerHost('node', { bundle, programs: PROGRAMS, events: EVENTS, ...size });
      await host.listens();
      return { host, link: createListenerLink(host.listenerConfig()) };
    },
  };
  const theirs: Source = {
    name: 'multivisor-rpc',
    gaps: 'gaps noticed, events that it keeps to itself among them',
    start: async (bufferSize) => {
      const size = bufferSize === null ? {} : { bufferSize };
      const host = await startRpcHost('listener', { programs: PROGRAMS, events: EVENTS, ...size });
      await host.agentListens();
      return { host, link: createZerorpcLink(host.rpcConfig()) };
    },
  };
  return findPeer('multivisor-rpc') === null ? [ours] : [ours, theirs];
}

async function run({ host, link }: Subject, signal: AbortSignal) {
  const { name } = host.config();
  const session = watch(host.config(), link);
  let gaps = 0;
  let told = 0;
  try {
    await eventually(
      () => session.snapshot().supervisors.get(name)?.processes.size ?? 0,
      (count) => count === PROCESSES + 1,
      { what: 'all processes are there', ms: 30_000 },
    );
    session.subscribe((event) => {
      if (event.type === 'gap') gaps += 1;
      if (event.type !== 'transitions') return;
      told += event.transitions.filter(({ to, source }) => to === 'EXITED' && source === 'event').length;
    });
    const flood = Array.from({ length: EVENTS_A_SECOND }, () => ({
      methodName: 'supervisor.sendRemoteCommEvent',
      // Of another form the agent of the original would end at the first one.
      params: ['bench', 'a:b'],
    }));
    for (let second = 0; second < SECONDS; second += 1) {
      const begun = performance.now();
      const processes = (await host.readAll()).filter(({ group }) => group === 'p');
      for (let n = 0; n < KILLED_A_SECOND; n += 1) {
        const victim = processes[(second * KILLED_A_SECOND + n) % PROCESSES];
        if (victim && victim.pid > 0) process.kill(victim.pid, 'SIGKILL');
      }
      await host.rpc('system.multicall', flood);
      await delay(Math.max(0, 1_000 - (performance.now() - begun)), undefined, { signal });
    }
    await delay(HEAL_MS, undefined, { signal });
    const truth = await host.readAll();
    const rows = session.snapshot().supervisors.get(name)?.processes;
    const wrong = truth.filter(({ group, name: process, statename, pid }) => {
      const row = rows?.get(`${name}:${group}:${process}`);
      return row?.state !== statename || (row.pid ?? 0) !== pid;
    });
    return { told, gaps, wrong: wrong.length };
  } finally {
    await session.close();
    await host.stop();
  }
}
