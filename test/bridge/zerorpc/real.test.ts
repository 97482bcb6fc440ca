// What the original's agents do wrong must not become wrong here: each of these was seen with it.
import test from 'ava';
import { createZerorpcLink } from '../../../src/bridge/zerorpc/zerorpc-link.ts';
import { eventually } from '../../helpers/deadline.ts';
import type { RpcVariant } from '../../helpers/agents/multivisor-rpc.ts';
import { AGENT_PROGRAM, RPC_VARIANTS, startRpcHost } from '../../helpers/agents/multivisor-rpc.ts';
import { testWith } from '../../helpers/peers.ts';
import { rowsOf, rowsOfInfo, runLink } from '../../helpers/supervisord/run-link.ts';

// One after the other: two hundred processes at a time are enough.
const testReal = testWith('multivisor-rpc', test) === test ? test.serial : test.skip;
const never = new AbortController().signal;
const SLEEPER = '[program:web]\ncommand=sleep 1000\n';
/** Ignores SIGTERM for longer than anybody here wants to wait. */
const STUBBORN = `[program:stubborn]\ncommand=bash -c "trap '' TERM; while :; do sleep 0.1; done"\nstopwaitsecs=100\n`;

type Scope = { teardown(fn: () => Promise<void> | void): void };

async function setUp(t: Scope, variant: RpcVariant, programs: string) {
  const host = await startRpcHost(variant, { programs });
  t.teardown(host.stop);
  await host.agentListens();
  const run = runLink(createZerorpcLink(host.rpcConfig()));
  t.teardown(run.stop);
  return { host, run };
}

for (const variant of RPC_VARIANTS) {
  testReal(`${variant}: a bulk restart of 200 leaves no row wrong, however many of its events are lost`, async (t) => {
    const many = '[program:p]\ncommand=sleep 1000\nprocess_name=p%(process_num)03d\nnumprocs=200\nstartsecs=0\n';
    const { host, run } = await setUp(t, variant, many);
    await run.untilState('p:p199', 'RUNNING', 30_000);
    await host.rpc('supervisor.stopProcessGroup', 'p', false);
    await eventually(
      async () => (await host.readAll()).filter(({ group, statename }) => group === 'p' && statename === 'STOPPED'),
      (stopped) => stopped.length === 200,
      { what: 'all are stopped', ms: 60_000 },
    );
    await host.rpc('supervisor.startProcessGroup', 'p', false);
    const truth = await eventually(
      async () => (await host.readAll()).filter(({ group }) => group === 'p'),
      (processes) => processes.every(({ statename }) => statename === 'RUNNING'),
      { what: 'all run again', ms: 60_000 },
    );
    const wanted = rowsOfInfo(truth);
    t.is(Object.keys(wanted).length, 200);
    await eventually(
      () => {
        const rows = rowsOf(run.rows);
        return Object.keys(wanted).filter((name) => JSON.stringify(rows[name]) !== JSON.stringify(wanted[name]));
      },
      (wrong) => wrong.length === 0,
      { what: 'every row is right', ms: 60_000 },
    );
  });

  testReal(`${variant}: a stop that takes long holds up neither calls nor rows`, async (t) => {
    const { host, run } = await setUp(t, variant, SLEEPER + STUBBORN);
    const { link } = run;
    await run.untilState('stubborn:stubborn', 'RUNNING');
    t.like(await link.call({ op: 'stop', target: 'stubborn:stubborn' }, { signal: never }), { ok: true });
    await run.untilState('stubborn:stubborn', 'STOPPING');
    t.like(await link.call({ op: 'stop', target: 'web:web' }, { signal: never }), { ok: true });
    await run.untilState('web:web', 'STOPPED');
    t.like(await link.call({ op: 'start', target: 'web:web' }, { signal: never }), { ok: true });
    await run.untilState('web:web', 'RUNNING');
    t.is(run.rows.get('stubborn:stubborn')?.state, 'STOPPING', 'all of that happened meanwhile');
    await host.kill();
  });
}

testReal('a supervisord that was killed is down although its orphaned agent goes on', async (t) => {
  const { host, run } = await setUp(t, 'listener', SLEEPER);
  await run.untilState('web:web', 'RUNNING');
  const { pid } = await host.info(AGENT_PROGRAM);
  const web = await host.info('web');
  t.teardown(() => [pid, web.pid].forEach(endIfThere));
  const from = run.seen.items.length;
  host.signal('SIGKILL');
  const { error } = await run.next('down', { from, ms: 60_000 });
  t.regex(error.message, /its supervisord does not|closed/u);
});

testReal('an agent that hangs is down with the reason, and up again when it goes on', async (t) => {
  const { host, run } = await setUp(t, 'listener', SLEEPER);
  await run.untilState('web:web', 'RUNNING');
  const { pid } = await host.info(AGENT_PROGRAM);
  const from = run.seen.items.length;
  process.kill(pid, 'SIGSTOP');
  const { error } = await run.next('down', { from, ms: 60_000 });
  t.is(error.code, 'timeout');
  const then = run.seen.items.length;
  process.kill(pid, 'SIGCONT');
  await run.next('all', { from: then, ms: 60_000 });
  t.is(run.rows.get('web:web')?.state, 'RUNNING');
});

testReal('an agent that is restarted is found again, and tells its events again', async (t) => {
  const { host, run } = await setUp(t, 'listener', SLEEPER);
  await run.untilState('web:web', 'RUNNING');
  const from = run.seen.items.length;
  await host.rpc('supervisor.stopProcess', AGENT_PROGRAM);
  await run.next('down', { from });
  await host.rpc('supervisor.startProcess', AGENT_PROGRAM);
  // From then on: what happens before is told by the first reading alone.
  await run.seen.until((seen) => (seen.type === 'source' && seen.source === 'event') || undefined, {
    what: 'events from the new agent',
    from,
    ms: 60_000,
  });
  const then = run.seen.items.length;
  const { pid } = await host.info('web');
  process.kill(pid, 'SIGKILL');
  await run.untilTold('web:web', 'EXITED', { from: then, ms: 60_000 });
  await run.next('agent', { ms: 60_000 });
  t.true(
    run.seen.items.some((seen) => seen.type === 'agent' && seen.process === `${AGENT_PROGRAM}:${AGENT_PROGRAM}`),
    'and it says which of the rows it is',
  );
});

function endIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    // Ended by itself meanwhile.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
