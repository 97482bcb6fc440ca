// What goes wrong with an agent or with its supervisord: how long until the rows say so, and until they are right again.
import { createListenerLink } from '../../src/bridge/listener/listener-link.ts';
import { createZerorpcLink } from '../../src/bridge/zerorpc/zerorpc-link.ts';
import type { SupervisorLink } from '../../src/core/ports.ts';
import { eventually } from '../../test/helpers/deadline.ts';
import { LISTENER_PROGRAM, startListenerHost } from '../../test/helpers/agents/listener-host.ts';
import { AGENT_PROGRAM, startRpcHost } from '../../test/helpers/agents/multivisor-rpc.ts';
import { findPeer } from '../../test/helpers/peers.ts';
import type { RunningLink } from '../../test/helpers/supervisord/run-link.ts';
import { rowsOf, rowsOfInfo, runLink } from '../../test/helpers/supervisord/run-link.ts';
import type { Supervisord } from '../../test/helpers/supervisord/supervisord.ts';
import type { BenchOptions, Figure } from '../bench.ts';

const PROCESSES = 200;
const LIMIT_MS = 60_000;
const PROGRAMS =
  `[program:p]\ncommand=sleep 100000\nprocess_name=%(program_name)s%(process_num)03d\nnumprocs=${PROCESSES}\nstartsecs=0\n` +
  `[program:stubborn]\ncommand=bash -c "trap '' TERM; while :; do sleep 0.1; done"\nstopwaitsecs=4\n`;
const LAST = `p:p${PROCESSES - 1}`;

type Subject = { readonly host: Supervisord; readonly link: SupervisorLink; readonly agent: string };
type Source = { readonly name: string; readonly start: () => Promise<Subject> };

export async function faults(options: BenchOptions): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const { name, start } of sources(options)) {
    const subject = await start();
    const run = runLink(subject.link);
    try {
      await run.untilState(LAST, 'RUNNING', LIMIT_MS);
      for (const [what, measure] of FAULTS) {
        figures.push({ what: `${name}: ${what}`, unit: 'ms', samples: [await measure(subject, run)] });
      }
    } finally {
      await run.stop();
      await subject.host.stop();
    }
  }
  return figures;
}

function sources({ command }: BenchOptions): readonly Source[] {
  const ours = (agent: 'node' | 'python'): Source => ({
    name: `our listener (${agent})`,
    start: async () => {
      const host = await startListenerHost(agent, { programs: PROGRAMS, bundle: command });
      await host.listens();
      return { host, link: createListenerLink(host.listenerConfig()), agent: LISTENER_PROGRAM };
    },
  });
  const theirs: Source = {
    name: 'multivisor-rpc (listener)',
    start: async () => {
      const host = await startRpcHost('listener', { programs: PROGRAMS });
      await host.agentListens();
      return { host, link: createZerorpcLink(host.rpcConfig()), agent: AGENT_PROGRAM };
    },
  };
  return [ours('node'), ours('python'), ...(findPeer('multivisor-rpc') === null ? [] : [theirs])];
}

type Fault = (subject: Subject, run: RunningLink) => Promise<number>;

/** In this order: the last one ends it. */
const FAULTS: readonly (readonly [what: string, measure: Fault])[] = [
  [
    `${PROCESSES} restarted at once, until every row is right`,
    async ({ host }, { rows }) => {
      await host.rpc('supervisor.stopProcessGroup', 'p', false);
      await allIn(host, 'STOPPED');
      await host.rpc('supervisor.startProcessGroup', 'p', false);
      const wanted = rowsOfInfo(await allIn(host, 'RUNNING'));
      return time(() =>
        eventually(
          () => {
            const now = rowsOf(rows);
            return Object.keys(wanted).filter((name) => String(now[name]) !== String(wanted[name])).length;
          },
          (wrong) => wrong === 0,
          { what: 'every row is right', ms: LIMIT_MS },
        ),
      );
    },
  ],
  [
    'a stop beside one that takes 4 s',
    async (_, { link, rows, untilState }) => {
      const { signal } = new AbortController();
      await link.call({ op: 'stop', target: 'stubborn:stubborn' }, { signal });
      const spent = await time(async () => {
        await link.call({ op: 'stop', target: LAST }, { signal });
        await untilState(LAST, 'STOPPED', LIMIT_MS);
      });
      if (rows.get('stubborn:stubborn')?.state !== 'STOPPING') throw new Error('the slow one was over before');
      return spent;
    },
  ],
  [
    'agent hung (SIGSTOP), until it is down',
    async ({ host, agent }, run) => {
      const { pid } = await host.info(agent);
      const from = run.seen.items.length;
      process.kill(pid, 'SIGSTOP');
      return time(() => run.next('down', { from, ms: LIMIT_MS }));
    },
  ],
  [
    'agent goes on (SIGCONT), until all is read again',
    async ({ host, agent }, run) => {
      const { pid } = await host.info(agent);
      const from = run.seen.items.length;
      process.kill(pid, 'SIGCONT');
      return time(() => run.next('all', { from, ms: LIMIT_MS }));
    },
  ],
  [
    'agent restarted, until its events come again',
    async ({ host, agent }, run) => {
      const from = run.seen.items.length;
      await host.rpc('supervisor.stopProcess', agent);
      await run.next('down', { from, ms: LIMIT_MS });
      await host.rpc('supervisor.startProcess', agent, false);
      return time(() => untilEvents(run, from));
    },
  ],
  [
    'supervisord reloaded, from its answer until its events come again',
    async ({ host }, run) => {
      const from = run.seen.items.length;
      await host.rpc('supervisor.restart');
      await run.next('down', { from, ms: LIMIT_MS });
      await eventually(
        () =>
          host.rpc('supervisor.getState').then(
            () => true,
            () => false,
          ),
        (answers) => answers,
        { what: 'it answers again', ms: LIMIT_MS },
      );
      return time(() => untilEvents(run, from));
    },
  ],
  [
    'supervisord killed, until it is down',
    async ({ host }, run) => {
      const pids = (await host.readAll()).map(({ pid }) => pid);
      const from = run.seen.items.length;
      host.signal('SIGKILL');
      try {
        return await time(() => run.next('down', { from, ms: LIMIT_MS }));
      } finally {
        // What it leaves behind; an agent of ours ends by itself.
        pids.filter((pid) => pid > 0).forEach(endIfThere);
      }
    },
  ],
];

async function allIn(host: Supervisord, state: string) {
  return eventually(
    async () => (await host.readAll()).filter(({ group }) => group === 'p'),
    (processes) => processes.every(({ statename }) => statename === state),
    { what: `all are ${state}`, ms: LIMIT_MS },
  );
}

function untilEvents(run: RunningLink, from: number): Promise<true> {
  return run.seen.until((seen) => (seen.type === 'source' && seen.source === 'event') || undefined, {
    what: 'events',
    from,
    ms: LIMIT_MS,
  });
}

async function time(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

function endIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    // Ended by itself meanwhile.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
