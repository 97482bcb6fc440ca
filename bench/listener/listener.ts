import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { createListenerLink } from '../../src/bridge/listener/listener-link.ts';
import { createSupervisordLink } from '../../src/bridge/supervisord/supervisord-link.ts';
import { createZerorpcLink } from '../../src/bridge/zerorpc/zerorpc-link.ts';
import type { LocalSession } from '../../src/core/session/local-session.ts';
import type { Transition } from '../../src/core/model.ts';
import type { SupervisorLink } from '../../src/core/ports.ts';
import { eventually } from '../../test/helpers/deadline.ts';
import { LISTENER_PROGRAM, startListenerHost } from '../../test/helpers/agents/listener-host.ts';
import type { RpcVariant } from '../../test/helpers/agents/multivisor-rpc.ts';
import { AGENT_PROGRAM, startRpcHost } from '../../test/helpers/agents/multivisor-rpc.ts';
import { findPeer } from '../../test/helpers/peers.ts';
import type { Supervisord } from '../../test/helpers/supervisord/supervisord.ts';
import { startSupervisord } from '../../test/helpers/supervisord/supervisord.ts';
import type { Bench, BenchOptions, Figure } from '../bench.ts';
import { burst } from './burst.ts';
import { faults } from './faults.ts';
import { watch } from '../watching/watched-session.ts';

const PROCESSES = 20;
const KILLS = 50;
const REST_MS = 10_000;
/** After the last kill, for what must still come. */
const SETTLE_MS = 4_000;
/** The kernel counts the time of processes in hundredths of a second. */
const TICK_MS = 10;
const PROGRAMS = `[program:p]\ncommand=sleep 100000\nprocess_name=%(program_name)s%(process_num)02d\nnumprocs=${PROCESSES}\nstartsecs=1\n`;

type Source = {
  readonly name: string;
  readonly start: () => Promise<{
    readonly host: Supervisord;
    readonly link: SupervisorLink;
    /** Its process under supervisord; null: none. */
    readonly agent: string | null;
  }>;
};

/** How soon a death is seen, what that costs the host at rest, and whether bursts leave anything wrong. */
export const listener: Bench = {
  name: 'listener',
  summary: `the ways to hear of ${KILLS} deaths among ${PROCESSES} processes, of faults, and of bursts`,
  run: async (options) => {
    const figures: Figure[] = [...(await measureWakers(options))];
    for (const source of sources(options)) figures.push(...(await measure(source, options)));
    return [...figures, ...(await faults(options)), ...(await burst(options))];
  },
};

function sources({ command, supervisord: executable }: BenchOptions): readonly Source[] {
  const ours = (agent: 'node' | 'python'): Source => ({
    name: `our listener (${agent})`,
    start: async () => {
      const host = await startListenerHost(agent, { programs: PROGRAMS, bundle: command });
      return { host, link: createListenerLink(host.listenerConfig()), agent: LISTENER_PROGRAM };
    },
  });
  const stock: Source = {
    name: 'stock push',
    start: async () => {
      const host = await startSupervisord({ programs: PROGRAMS, executable });
      return { host, link: createSupervisordLink(host.config()), agent: null };
    },
  };
  const peers = findPeer('multivisor-rpc') === null ? [] : [theirs('listener'), theirs('inside')];
  return [stock, ours('node'), ours('python'), ...peers];
}

function theirs(variant: RpcVariant): Source {
  return {
    name: `multivisor-rpc (${variant})`,
    start: async () => {
      const host = await startRpcHost(variant, { programs: PROGRAMS });
      const agent = variant === 'listener' ? AGENT_PROGRAM : null;
      return { host, link: createZerorpcLink(host.rpcConfig()), agent };
    },
  };
}

async function measure(source: Source, { signal }: BenchOptions): Promise<readonly Figure[]> {
  const { host, link, agent } = await source.start();
  const session = watch(host.config(), link);
  try {
    await allRunning(session, host, agent);
    await delay(3_000, undefined, { signal });
    const rest = await measureRest(host, { agent, ms: REST_MS, signal });
    const { seen, complete } = await measureKills(session, host, signal);
    return [
      { what: `${source.name}: kill -9 until EXITED is here`, unit: 'ms', samples: seen },
      { what: `${source.name}: EXITED, STARTING and RUNNING all told`, unit: `of ${KILLS}`, samples: [complete] },
      { what: `${source.name}: supervisord at rest`, unit: '% CPU', samples: [rest.supervisord] },
      ...(rest.agent === null
        ? []
        : [
            { what: `${source.name}: the agent at rest`, unit: '% CPU', samples: [rest.agent.cpu] },
            { what: `${source.name}: the agent`, unit: 'MB', samples: [rest.agent.megabytes] },
          ]),
    ];
  } finally {
    await session.close();
    await host.stop();
  }
}

async function allRunning(session: LocalSession, host: Supervisord, agent: string | null): Promise<void> {
  const wanted = PROCESSES + (agent === null ? 0 : 1);
  await eventually(
    () => {
      const { link, processes } = session.snapshot().supervisors.get(host.config().name) ?? {};
      const running = [...(processes?.values() ?? [])].filter(({ state }) => state === 'RUNNING');
      return link === 'up' ? running.length : 0;
    },
    (running) => running === wanted,
    { what: 'everything runs', ms: 30_000 },
  );
}

async function measureKills(session: LocalSession, host: Supervisord, signal: AbortSignal) {
  const told: { readonly at: number; readonly transition: Transition }[] = [];
  const forget = session.subscribe((event) => {
    const at = performance.now();
    if (event.type === 'transitions') told.push(...event.transitions.map((transition) => ({ at, transition })));
  });
  const kills: { readonly uid: string; readonly at: number }[] = [];
  for (let i = 0; i < KILLS; i += 1) {
    // At any point of supervisord's second.
    await delay(300 + Math.random() * 1_000, undefined, { signal });
    const name = `p${String(i % PROCESSES).padStart(2, '0')}`;
    const { pid } = await host.info(`p:${name}`);
    // The question has made supervisord turn: its sleep begins anew, so that the kill must fall anywhere into it.
    await delay(Math.random() * 1_000, undefined, { signal });
    kills.push({ uid: `s:p:${name}`, at: performance.now() });
    process.kill(pid, 'SIGKILL');
  }
  await delay(SETTLE_MS, undefined, { signal });
  forget();
  const seen = kills.map(({ uid, at }) => {
    const first = told.find(
      ({ at: when, transition }) => transition.uid === uid && transition.to === 'EXITED' && when >= at,
    );
    return first ? first.at - at : Number.POSITIVE_INFINITY;
  });
  const complete = kills.filter(({ uid, at }, index) => {
    const next = kills.find((kill, other) => other > index && kill.uid === uid)?.at ?? Number.POSITIVE_INFINITY;
    const states = told.filter((item) => item.transition.uid === uid && item.at >= at && item.at < next);
    return ['EXITED', 'STARTING', 'RUNNING'].every((state) => states.some(({ transition }) => transition.to === state));
  });
  return { seen, complete: complete.length };
}

/** What makes supervisord turn, each at a rate that brings events within 50 ms, on a supervisord that nobody else asks. */
async function measureWakers({ supervisord: executable, signal }: BenchOptions): Promise<readonly Figure[]> {
  const python = findPeer('python3');
  const script = "import itertools,os,time;[(os.write(2,b'.'),time.sleep(.05)) for _ in itertools.count()]";
  const tapper = `[program:tapper]\ncommand=${python} -c "${script}"\nstderr_logfile=NONE\n`;
  const rest = async (programs: string, poll: boolean) => {
    const host = await startSupervisord({ programs, executable });
    const timer = poll ? setInterval(() => void host.rpc('supervisor.getState'), 100) : undefined;
    try {
      await delay(3_000, undefined, { signal });
      return (await measureRest(host, { agent: null, ms: REST_MS, signal })).supervisord;
    } finally {
      clearInterval(timer);
      await host.stop();
    }
  };
  return [
    { what: 'supervisord that nobody wakes', unit: '% CPU', samples: [await rest(PROGRAMS, false)] },
    { what: 'woken by a byte every 50 ms', unit: '% CPU', samples: [await rest(PROGRAMS + tapper, false)] },
    { what: 'woken by getState every 100 ms', unit: '% CPU', samples: [await rest(PROGRAMS, true)] },
  ];
}

type RestOptions = { readonly agent: string | null; readonly ms: number; readonly signal: AbortSignal };

async function measureRest(host: Supervisord, { agent, ms, signal }: RestOptions) {
  const agentPid = agent === null ? null : (await host.info(agent)).pid;
  const before = [cpuTicks(host.pid()), agentPid === null ? 0 : cpuTicks(agentPid)] as const;
  const begun = performance.now();
  await delay(ms, undefined, { signal });
  const spent = performance.now() - begun;
  const share = (ticks: number) => (ticks * TICK_MS * 100) / spent;
  return {
    supervisord: share(cpuTicks(host.pid()) - before[0]),
    agent: agentPid === null ? null : { cpu: share(cpuTicks(agentPid) - before[1]), megabytes: megabytes(agentPid) },
  };
}

function cpuTicks(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

function megabytes(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+)/mu.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1024;
}
