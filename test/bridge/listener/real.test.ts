// Our listener as supervisord runs it, in both of its forms: the contract of every link is elsewhere (test/contract).
import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import test from 'ava';
import { createDetectedLink } from '../../../src/bridge/detect/detected-link.ts';
import { createListenerLink } from '../../../src/bridge/listener/listener-link.ts';
import { READY } from '../../../src/bridge/listener/stdio.ts';
import { eventually } from '../../helpers/deadline.ts';
import { freePort } from '../../helpers/free-port.ts';
import type { ListenerAgent, ListenerHostOptions } from '../../helpers/agents/listener-host.ts';
import {
  LISTENER_AGENTS,
  LISTENER_PROGRAM,
  listenerCommand,
  startListenerHost,
} from '../../helpers/agents/listener-host.ts';
import { createMutator } from '../../helpers/mutate.ts';
import { throwAt } from '../../helpers/terminal/throw-at.ts';
import { rowsOf, rowsOfInfo, runLink } from '../../helpers/supervisord/run-link.ts';

type Scope = { teardown(fn: () => Promise<void> | void): void };

const SLEEPER = '[program:web]\ncommand=sleep 1000\n';
const MANY = '[program:p]\ncommand=sleep 1000\nprocess_name=p%(process_num)03d\nnumprocs=100\nstartsecs=0\n';

async function setUp(t: Scope, agent: ListenerAgent, options: ListenerHostOptions) {
  const host = await startListenerHost(agent, options);
  t.teardown(host.stop);
  await host.listens();
  const run = runLink(createListenerLink(host.listenerConfig()));
  t.teardown(run.stop);
  await run.seen.until((seen) => (seen.type === 'source' && seen.source === 'event') || undefined, {
    what: 'its events',
    ms: 60_000,
  });
  return { host, run };
}

for (const agent of LISTENER_AGENTS) {
  test.serial(`${agent}: a burst that its buffer cannot hold is noticed, and no row stays wrong`, async (t) => {
    const { host, run } = await setUp(t, agent, { programs: MANY });
    const { pid } = await run.untilState('p:p000', 'RUNNING', 30_000);
    process.kill(pid ?? 0, 'SIGKILL');
    await run.untilTold('p:p000', 'EXITED', { ms: 60_000 });
    const from = run.seen.items.length;
    await host.rpc('supervisor.stopProcessGroup', 'p', false);
    const truth = await eventually(
      async () => (await host.readAll()).filter(({ group }) => group === 'p'),
      (processes) => processes.every(({ statename }) => statename === 'STOPPED'),
      { what: 'all are stopped', ms: 60_000 },
    );
    await run.next('gap', { from, ms: 60_000 });
    const wanted = rowsOfInfo(truth);
    await eventually(
      () => {
        const rows = rowsOf(run.rows);
        return Object.keys(wanted).filter((name) => JSON.stringify(rows[name]) !== JSON.stringify(wanted[name]));
      },
      (wrong) => wrong.length === 0,
      { what: 'every row is right', ms: 60_000 },
    );
    t.pass();
  });

  test.serial(`${agent}: with a buffer that holds it, a burst is told to the last event`, async (t) => {
    const { host, run } = await setUp(t, agent, { programs: MANY, bufferSize: 10_000 });
    await run.untilState('p:p099', 'RUNNING', 30_000);
    const from = run.seen.items.length;
    await host.rpc('supervisor.stopProcessGroup', 'p', false);
    const names = Array.from({ length: 100 }, (_, index) => `p:p${String(index).padStart(3, '0')}`);
    await eventually(
      () => names.filter((name) => !run.told(name, from).some(({ to }) => to === 'STOPPED')),
      (untold) => untold.length === 0,
      { what: 'every stop is told', ms: 60_000 },
    );
    t.false(run.seen.items.slice(from).some(({ type }) => type === 'gap'));
  });

  test.serial(`${agent}: it says which process it is, and wakes nobody at rest`, async (t) => {
    const { host, run } = await setUp(t, agent, { programs: SLEEPER });
    await run.untilState('web:web', 'RUNNING');
    const { process: named } = await run.next('agent');
    t.is(named, `${LISTENER_PROGRAM}:${LISTENER_PROGRAM}`);
    // By a byte every 50 ms it would be forty and more; what is read meanwhile makes it turn as well. What started last
    // has to have come to rest.
    let begun = { turns: readTurns(host.pid()), at: performance.now() };
    await eventually(
      () => {
        const rested = { turns: readTurns(host.pid()) - begun.turns, ms: performance.now() - begun.at };
        if (rested.ms > 2_000) begun = { turns: readTurns(host.pid()), at: performance.now() };
        return rested;
      },
      ({ turns, ms }) => ms > 2_000 && turns / ms < 0.02,
      { what: 'two seconds of rest', everyMs: 500, ms: 30_000 },
    );
  });

  test.serial(`${agent}: it ends with the supervisord that was killed, and that is down`, async (t) => {
    const { host, run } = await setUp(t, agent, { programs: SLEEPER });
    const { pid: web } = await run.untilState('web:web', 'RUNNING');
    const { pid } = await host.info(LISTENER_PROGRAM);
    const from = run.seen.items.length;
    host.signal('SIGKILL');
    t.teardown(() => void (web !== null && process.kill(web, 'SIGKILL')));
    await run.next('down', { from, ms: 60_000 });
    await eventually(
      () => isThere(pid),
      (there) => !there,
      { what: 'the listener has ended', ms: 60_000 },
    );
    t.pass();
  });

  test.serial(`${agent}: it starts only where it is asked for a token, or where nobody else reaches it`, async (t) => {
    const [command = '', ...words] = (await listenerCommand(agent)).split(' ');
    const port = await freePort();
    const rows: readonly (readonly [readonly string[], Record<string, string>, RegExp | null])[] = [
      [['--bind', `:${port}`], {}, /needs a token/u],
      [['--bind', 'x:y'], {}, /\[host\]:port/u],
      [['--bind', `127.0.0.1:${port}`, '--tls-cert', 'x'], {}, /belong together/u],
      [['--bind', `127.0.0.1:${port}`, '--token-file', '/nonexistent'], {}, /nonexistent/u],
      [['--bind', `:${port}`], { MULTIVISOR_LISTENER_TOKEN: 'x' }, null],
      [['--bind', `127.0.0.1:${port}`], {}, null],
    ];
    for (const [options, env, refusal] of rows) {
      const child = spawn(command, [...words, ...options], {
        env: { ...process.env, SUPERVISOR_ENABLED: '1', ...env },
      });
      t.teardown(() => void child.kill('SIGKILL'));
      let said = '';
      child.stderr.on('data', (chunk) => (said += String(chunk)));
      const exited = once(child, 'exit');
      if (refusal === null) {
        const [first]: unknown[] = await once(child.stdout, 'data');
        t.is(String(first), READY);
        child.stdin.end();
        t.is((await exited)[0], 0, said);
      } else {
        t.is((await exited)[0], 2, said);
        t.regex(said, refusal);
      }
    }
  });
}

test.serial('python: 10,000 broken requests leave its port, its memory and its events as they were', async (t) => {
  const { host, run } = await setUp(t, 'python', { programs: SLEEPER });
  const { pid } = await run.untilState('web:web', 'RUNNING');
  const mutate = createMutator(23);
  const sound = Buffer.from(
    'POST /RPC2 HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nabcd' +
      'GET /multivisor/events?after=7 HTTP/1.1\r\nHost: x\r\n\r\n',
  );
  const agent = (await host.info(LISTENER_PROGRAM)).pid;
  const send = async () => {
    for (let round = 0; round < 500; round += 1) await throwAt(host.port, mutate(sound));
  };
  await Promise.all(Array.from({ length: 20 }, send));
  const [, kilobytes] = /^VmRSS:\s+(\d+)/mu.exec(readFileSync(`/proc/${agent}/status`, 'utf8')) ?? [];
  t.true(Number(kilobytes) < 100_000, `${kilobytes} kB`);
  t.is((await host.info(LISTENER_PROGRAM)).pid, agent, 'it is the same one');
  const from = run.seen.items.length;
  process.kill(pid ?? 0, 'SIGKILL');
  await run.untilTold('web:web', 'EXITED', { from, ms: 60_000 });
});

test.serial('a listener that hangs is down with the reason, and up again when it goes on', async (t) => {
  const { host, run } = await setUp(t, 'python', { programs: SLEEPER });
  await run.untilState('web:web', 'RUNNING');
  const { pid } = await host.info(LISTENER_PROGRAM);
  const from = run.seen.items.length;
  process.kill(pid, 'SIGSTOP');
  const { error } = await run.next('down', { from, ms: 20_000 });
  t.is(error.code, 'timeout');
  const then = run.seen.items.length;
  process.kill(pid, 'SIGCONT');
  await run.next('all', { from: then, ms: 20_000 });
});

test.serial('a token is asked for, and a detected link gives it', async (t) => {
  const host = await startListenerHost('node', { programs: SLEEPER, token: 'open sesame' });
  t.teardown(host.stop);
  await host.listens();
  const config = host.listenerConfig();
  const address = { ...config.address, protocol: 'detect' } as const;
  const stranger = runLink(createDetectedLink({ ...config, address, credentials: null }));
  t.teardown(stranger.stop);
  t.is((await stranger.next('down')).error.code, 'unauthorized');
  const run = runLink(createDetectedLink({ ...config, address }));
  t.teardown(run.stop);
  await run.untilState('web:web', 'RUNNING', 30_000);
  await run.next('agent');
});

function readTurns(pid: number): number {
  const [, turns] = /^voluntary_ctxt_switches:\s+(\d+)/mu.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(turns);
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
