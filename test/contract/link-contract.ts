// What every link must do, whatever it speaks. A file of its own per kind of link calls this with its factory.
import test from 'ava';
import type { SupervisordConfig } from '../../src/core/config/types.ts';
import type { LinkCall, LinkResult, SupervisorLink, TailChunk, TailRequest } from '../../src/core/ports.ts';
import { SessionError } from '../../src/core/ports.ts';
import { deadline, eventually } from '../helpers/deadline.ts';
import { freePort } from '../helpers/free-port.ts';
import { rowsOf, rowsOfInfo, runLink } from '../helpers/supervisord/run-link.ts';
import type { RunningLink } from '../helpers/supervisord/run-link.ts';
import type { Supervisord, SupervisordOptions } from '../helpers/supervisord/supervisord.ts';
import { startSupervisord } from '../helpers/supervisord/supervisord.ts';

export type Scope = { teardown(fn: () => Promise<void>): void };

export type LinkKind = {
  readonly name: string;
  readonly create: (
    config: SupervisordConfig,
    host: Supervisord & { readonly agentPort: number },
    scope: Scope,
  ) => SupervisorLink | Promise<SupervisorLink>;
  /** What its supervisord needs besides the programs of a test. */
  readonly options?: SupervisordOptions;
  readonly extraPrograms?: (programs: string, agentPort: number) => string;
  /** Resolves when the agent under it can be reached; nothing when there is none. */
  readonly ready?: (agentPort: number) => Promise<void>;
  /** Whether it is told which signal killed a process. */
  readonly tellsSignal: boolean;
  /** It has nothing that tells it of changes: they are what it reads. */
  readonly polls?: true;
  /** Whether it says why a process could not be spawned; it does when left out. */
  readonly tellsSpawnErrors?: boolean;
  /** As it calls itself; as supervisord does when left out. */
  readonly version?: string;
  /** What its supervisord refuses; as supervisord does when left out. */
  readonly refusals?: readonly (readonly [LinkCall, string])[];
};

const never = new AbortController().signal;

function running(t: Scope, link: SupervisorLink): RunningLink {
  const run = runLink(link);
  t.teardown(run.stop);
  return run;
}

function call(link: SupervisorLink, linkCall: LinkCall): Promise<LinkResult> {
  return link.call(linkCall, { signal: never });
}

/** Registers the suite. */
export function testLink(kind: LinkKind): void {
  const setUp = async (t: Scope, programs: string) => {
    const agentPort = await freePort();
    const extend = (text: string) => kind.extraPrograms?.(text, agentPort) ?? text;
    const started = await startSupervisord({ listen: 'both', ...kind.options, programs: extend(programs) });
    t.teardown(started.stop);
    await kind.ready?.(agentPort);
    const host = { ...started, agentPort, setPrograms: (text: string) => started.setPrograms(extend(text)) };
    return { host, link: await kind.create(host.config(), host, t) };
  };

  test(`${kind.name}: tells who it is and where it learns from before it tells of the processes`, async (t) => {
    const { host, link } = await setUp(t, SLEEPER);
    const run = running(t, link);
    await run.next('all');
    t.deepEqual(
      run.seen.items.slice(0, 4).map(({ type }) => type),
      ['connecting', 'identity', 'source', 'all'],
    );
    const { identity } = await run.next('identity');
    t.is(identity.pid, host.pid());
    t.is(identity.version, kind.version ?? String(await host.rpc('supervisor.getSupervisorVersion')));
    t.is(identity.state, 'RUNNING');
    const { hostNow, pollMs } = await run.next('all');
    t.true(Math.abs((hostNow ?? 0) - Date.now() / 1000) < 3);
    t.true(pollMs > 0);
  });

  test(`${kind.name}: its rows are what supervisord says`, async (t) => {
    const { host, link } = await setUp(t, SLEEPER + GROUPS + CRASHER);
    const run = running(t, link);
    await run.untilState('web:web', 'RUNNING');
    await run.untilState('crasher:crasher', 'FATAL', 60_000);
    const all = await host.readAll();
    const told = kind.tellsSpawnErrors === false ? all.map((info) => ({ ...info, spawnerr: '' })) : all;
    t.deepEqual(rowsOf(run.rows), rowsOfInfo(told));
  });

  test(`${kind.name}: a process that is killed is told as gone, started and running, in that order`, async (t) => {
    const { host, link } = await setUp(t, SLEEPER);
    const run = running(t, link);
    const { pid } = await run.untilState('web:web', 'RUNNING');
    if (!kind.polls) await followed(run);
    const from = run.seen.items.length;
    process.kill(pid ?? 0, 'SIGKILL');
    if (kind.polls) {
      await run.seen.until(() => (hasNewPid(run, pid) ? true : undefined), { what: 'a new pid', ms: 60_000, from });
      return t.deepEqual(run.told('web:web', from), []);
    }
    // Events of its first start may still be on their way: what counts begins with the death.
    const sinceDeath = () => {
      const all = run.told('web:web', from);
      const death = all.findIndex(({ to }) => to === 'EXITED');
      return death < 0 ? [] : all.slice(death);
    };
    const told = await eventually(sinceDeath, (all) => all.some(({ to }) => to === 'RUNNING'), {
      what: 'its return is told',
    });
    t.deepEqual(
      told.map(({ to }) => to),
      ['EXITED', 'STARTING', 'RUNNING'],
    );
    const signal = kind.tellsSignal ? 'SIGKILL' : '';
    t.deepEqual(told[0]?.reason, { kind: 'signal', signal, expected: false });
    const { pid: newPid } = await host.info('web');
    // An event of a start names no pid; an agent that was late to look cannot add it.
    t.true(told[1]?.pid === newPid || told[1]?.pid === null);
    await eventually(
      () => run.rows.get('web:web')?.pid,
      (now) => now === newPid,
      { what: 'the row has the new pid' },
    );
  });

  test(`${kind.name}: commands do what they say, and what is so already is no failure`, async (t) => {
    const { link } = await setUp(t, SLEEPER + GROUPS);
    const run = running(t, link);
    await run.untilState('web:web', 'RUNNING');
    const ok = { ok: true, unchanged: false } as const;
    const unchanged = { ok: true, unchanged: true } as const;
    t.deepEqual(await call(link, { op: 'start', target: 'web:web' }), unchanged);
    t.deepEqual(await call(link, { op: 'signal', target: 'web:web', signal: 'CONT' }), ok);
    t.deepEqual(await call(link, { op: 'stop', target: 'web:web' }), ok);
    await run.untilState('web:web', 'STOPPED');
    t.deepEqual(await call(link, { op: 'stop', target: 'web:web' }), unchanged);
    t.deepEqual(await call(link, { op: 'start', target: 'web:web' }), ok);
    await run.untilState('web:web', 'RUNNING');
    // It has written nothing: there is nothing to empty.
    t.deepEqual(await call(link, { op: 'clear', target: 'web:web' }), unchanged);
    t.deepEqual(await call(link, { op: 'stop-group', group: 'left' }), ok);
    await run.untilState('left:twin', 'STOPPED');
    t.is(run.rows.get('right:twin')?.state, 'RUNNING');
    t.deepEqual(await call(link, { op: 'stop-group', group: 'left' }), unchanged);
  });

  test(`${kind.name}: refusals are data, in words`, async (t) => {
    const { link } = await setUp(t, `${SLEEPER}[program:none]\ncommand=/nonexistent/command\nautostart=false\n`);
    const rows = kind.refusals ?? REFUSALS;
    for (const [linkCall, code] of rows) {
      const result = await call(link, linkCall);
      t.like(result, { ok: false, code }, JSON.stringify(linkCall));
      t.true(!result.ok && result.message.length > 10);
    }
  });

  test(`${kind.name}: a changed configuration is told, and groups come and go with their rows`, async (t) => {
    const { host, link } = await setUp(t, SLEEPER + GROUPS);
    const run = running(t, link);
    await run.untilState('left:twin', 'RUNNING');
    const programs = `${SLEEPER.replace('sleep 1000', 'sleep 1001')}[program:new]\ncommand=sleep 1000\nstartsecs=0\n`;
    await host.setPrograms(programs);
    const reread = await call(link, { op: 'reread' });
    t.deepEqual(reread, {
      ok: true,
      unchanged: false,
      difference: { added: ['new'], changed: ['web'], removed: ['left', 'right'] },
    });
    t.like(await call(link, { op: 'add-group', group: 'new' }), { ok: true });
    await run.untilState('new:new', 'RUNNING');
    t.like(await call(link, { op: 'stop-group', group: 'left' }), { ok: true });
    await run.untilState('left:twin', 'STOPPED');
    t.like(await call(link, { op: 'remove-group', group: 'left' }), { ok: true });
    await eventually(
      () => run.rows.has('left:twin'),
      (there) => !there,
      { what: 'the row is gone' },
    );
  });

  test(`${kind.name}: what is named is reread, and what is not there is gone`, async (t) => {
    const { link } = await setUp(t, SLEEPER);
    const run = running(t, link);
    await run.untilState('web:web', 'RUNNING');
    const from = run.seen.items.length;
    link.reread(['web:web', 'web:nobody']);
    // A full read that was due anyway answers for both, and shows that one of them is not there.
    const answer = await run.seen.until(
      (seen) => ((seen.type === 'some' && seen.gone.length > 0) || seen.type === 'all' ? seen : undefined),
      { what: 'both are reread', from },
    );
    if (answer.type === 'some') t.deepEqual(answer.gone, ['web:nobody']);
    t.deepEqual(
      answer.readings.map(({ name }) => name).filter((name) => name === 'web' || name === 'nobody'),
      ['web'],
    );
    const then = run.seen.items.length;
    link.reread([]);
    await run.next('all', { from: then, ms: 60_000 });
  });

  test(`${kind.name}: a supervisord that goes away is down with the reason, and up again when it returns`, async (t) => {
    const { host, link } = await setUp(t, SLEEPER);
    const run = running(t, link);
    await run.untilState('web:web', 'RUNNING');
    const from = run.seen.items.length;
    await host.kill();
    const { error } = await run.next('down', { from });
    t.true(['refused', 'closed', 'unreachable'].includes(error.code), error.code);
    t.true(error.message.length > 10);
    t.like(await call(link, { op: 'start', target: 'web:web' }), { ok: false, code: 'unreachable' });
    const then = run.seen.items.length;
    await host.start();
    await run.next('all', { from: then });
    await run.untilState('web:web', 'RUNNING');
    t.deepEqual(rowsOf(run.rows), rowsOfInfo(await host.readAll()));
  });

  test(`${kind.name}: a reload heals by itself`, async (t) => {
    const { host, link } = await setUp(t, SLEEPER);
    const run = running(t, link);
    const { pid } = await run.untilState('web:web', 'RUNNING');
    const from = run.seen.items.length;
    t.like(await call(link, { op: 'reload' }), { ok: true });
    await run.seen.until(() => (hasNewPid(run, pid) ? true : undefined), { what: 'a new pid', ms: 60_000, from });
    await run.untilState('web:web', 'RUNNING');
    t.deepEqual(rowsOf(run.rows), rowsOfInfo(await host.readAll()));
  });

  test(`${kind.name}: after abort it ends at once, and says nothing more`, async (t) => {
    const { link } = await setUp(t, SLEEPER);
    const run = runLink(link);
    await run.next('all');
    await run.stop();
    const count = run.seen.items.length;
    link.reread([]);
    link.attend(false);
    await new Promise((resolve) => setImmediate(resolve));
    t.is(run.seen.items.length, count);
  });

  test(`${kind.name}: a call that nobody waits for any more is cancelled, as data`, async (t) => {
    const { host, link } = await setUp(t, SLEEPER);
    host.signal('SIGSTOP');
    const over = new AbortController();
    const result = link.call({ op: 'stop', target: 'web:web' }, { signal: over.signal });
    over.abort();
    t.like(await deadline(result, 10_000, 'the call ends'), { ok: false, code: 'cancelled' });
    host.signal('SIGCONT');
  });

  test(`${kind.name}: the end of a log is sent exactly, and then what is written`, async (t) => {
    const { host, link } = await setUp(t, WRITER);
    const all = await eventually(
      () => readLog(link, { backlogBytes: 100_000 }),
      (text) => text.endsWith('100\n'),
      {
        what: 'the log is written',
      },
    );
    t.regex(all, /^line 1\nline 2\n[^]*line 99\nline 100\n$/);
    t.is(await readLog(link, { backlogBytes: 40 }), all.slice(-40));
    t.is(await readLog(link, { backlogBytes: 0 }), '');

    const over = new AbortController();
    const follow = readTail(link, { backlogBytes: 40, follow: true }, over.signal);
    const { chunks } = follow;
    await eventually(
      () => textOf(chunks),
      (text) => text === all.slice(-40),
      { what: 'the backlog' },
    );
    await host.rpc('supervisor.signalProcess', 'writer', 'USR1');
    await eventually(
      () => textOf(chunks),
      (text) => text === `${all.slice(-40)}more\n`,
      { what: 'the new line' },
    );
    over.abort();
    await deadline(follow.ended, 10_000, 'the tail ends without an error');
    t.false(chunks.some(({ type }) => type === 'gap'));
  });

  test(`${kind.name}: a log that is not there is an error that says so`, async (t) => {
    const { link } = await setUp(t, `${SLEEPER}stdout_logfile=NONE\n`);
    for (const follow of [true, false]) {
      const none = readTail(link, { uid: 's:web:web', backlogBytes: 10, follow }, never);
      t.is((await t.throwsAsync(none.ended, { instanceOf: SessionError })).code, 'no-log');
      const nobody = readTail(link, { uid: 's:web:nobody', backlogBytes: 10, follow }, never);
      t.is((await t.throwsAsync(nobody.ended, { instanceOf: SessionError })).code, 'not-found');
    }
  });
}

const REFUSALS: readonly (readonly [LinkCall, string])[] = [
  [{ op: 'start', target: 'no:such' }, 'not-found'],
  [{ op: 'stop', target: 'web:nobody' }, 'not-found'],
  [{ op: 'signal', target: 'web:web', signal: 'NOPE' }, 'fault'],
  [{ op: 'start', target: 'none:none' }, 'failed'],
  [{ op: 'add-group', group: 'nobody' }, 'not-found'],
  [{ op: 'remove-group', group: 'web' }, 'failed'],
];
const SLEEPER = '[program:web]\ncommand=sleep 1000\n';
const GROUPS =
  '[program:twin]\ncommand=sleep 1000\nstartsecs=0\n[group:left]\nprograms=twin\n' +
  '[program:other]\ncommand=sleep 1000\nprocess_name=twin\nstartsecs=0\n[group:right]\nprograms=other\n';
const CRASHER = '[program:crasher]\ncommand=/bin/false\nstartretries=1\n';
const WRITER =
  '[program:writer]\ncommand=bash -c "trap \'echo more\' USR1; for i in {1..100}; do echo line $i; done; while :; do sleep 0.05; done"\n';

function hasNewPid(run: RunningLink, pid: number | null): boolean {
  const now = run.rows.get('web:web')?.pid ?? null;
  return now !== null && now !== pid;
}

/** Until lines are pushed: what happens before is told by the first full read alone. */
async function followed(run: RunningLink): Promise<void> {
  await run.seen.until((observation) => (observation.type === 'source' && observation.source !== 'poll') || undefined, {
    what: 'it is told by supervisord',
  });
}

function readTail(link: SupervisorLink, request: Partial<TailRequest>, signal: AbortSignal) {
  const chunks: TailChunk[] = [];
  const whole: TailRequest = { uid: 's:writer:writer', stream: 'stdout', backlogBytes: 0, follow: false, ...request };
  const read = async () => {
    for await (const chunk of link.tail(whole, { signal })) chunks.push(chunk);
  };
  return { chunks, ended: read() };
}

async function readLog(link: SupervisorLink, request: Partial<TailRequest>): Promise<string> {
  const { chunks, ended } = readTail(link, request, never);
  await deadline(ended, 20_000, 'the log is read');
  return textOf(chunks);
}

function textOf(chunks: readonly TailChunk[]): string {
  return chunks.map((chunk) => (chunk.type === 'text' ? chunk.text : '')).join('');
}
