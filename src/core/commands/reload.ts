// supervisord takes a reload without looking at its configuration, ends every program, and dies of the first mistake in
// it. So the configuration is read first, and the act is over when supervisord is back.
import type { Snapshot, Supervisor } from '../model.ts';
import type { LinkResult, SessionEvent } from '../ports.ts';
import { isAlive } from '../process-state.ts';
import type { CommandWorld, CommandRunOptions, SupervisorJob } from './world.ts';

/** Besides the longest stopwaitsecs of its programs. */
const MARGIN_MS = 60_000;
/** For a supervisord that does not tell them. */
const UNKNOWN_STOP_MS = 60_000;
const REREAD_MS = 300;
/** A reload of nothing that runs may be over before anybody has looked. */
const UNNOTICED_MS = 5_000;

export async function reload(world: CommandWorld, job: SupervisorJob, options: CommandRunOptions): Promise<LinkResult> {
  const { target } = job;
  const reread = await world.call(target, { op: 'reread' }, options);
  if (!reread.ok) {
    const message = `not reloaded, as supervisord would have ended: ${reread.message}`;
    return { ok: false, code: reread.code, message };
  }
  const timeoutMs = job.timeoutMs ?? (await limitOf(world, target, options));
  const before = world.snapshot().supervisors.get(target);
  const taken = await world.call(target, { op: 'reload' }, options);
  return taken.ok && before ? awaitReturn(world, { before, timeoutMs, signal: options.signal }) : taken;
}

async function limitOf(world: CommandWorld, target: string, { signal }: CommandRunOptions): Promise<number> {
  const result = await world.call(target, { op: 'settings' }, { signal });
  const settings = result.ok ? (result.settings ?? []) : [];
  const longest = Math.max(UNKNOWN_STOP_MS, ...new Set(settings.map(({ stopWaitSecs }) => stopWaitSecs * 1_000)));
  return longest + MARGIN_MS;
}

type Return = { readonly before: Supervisor; readonly timeoutMs: number; readonly signal: AbortSignal };

function awaitReturn(world: CommandWorld, { before, timeoutMs, signal }: Return): Promise<LinkResult> {
  const { clock } = world;
  const { name } = before;
  const hadAny = [...before.processes.values()].some(({ state }) => isAlive(state));
  let wasAway = false;
  let isUnnoticed = false;

  const judge = (): LinkResult | null => {
    const supervisor = world.snapshot().supervisors.get(name);
    if (!supervisor)
      return { ok: false, code: 'not-found', message: 'it was removed from the configuration meanwhile' };
    if (supervisor.link !== 'up' || supervisor.state !== 'RUNNING') {
      wasAway = true;
      return null;
    }
    const isBack = wasAway || isRenewed(before, supervisor) || (isUnnoticed && !hadAny);
    return isBack ? { ok: true, unchanged: false } : null;
  };

  return new Promise((resolve) => {
    const cleanups: (() => void)[] = [];
    let cancelReread: (() => void) | null = null;
    const settle = (result: LinkResult | null) => {
      if (!result) return;
      cancelReread?.();
      cleanups.forEach((cleanup) => cleanup());
      resolve(result);
    };
    const rereadSoon = () => {
      world.reread(name, []);
      cancelReread = clock.after(REREAD_MS, rereadSoon);
    };
    const onAbort = () => settle({ ok: false, code: 'cancelled', message: 'cancelled while it was reloading' });
    const onEvent = (event: SessionEvent) => {
      if (event.type === 'delta') settle(judge());
    };
    signal.addEventListener('abort', onAbort, { once: true });
    cleanups.push(
      () => signal.removeEventListener('abort', onAbort),
      world.subscribe(onEvent),
      clock.after(timeoutMs, () => settle(tellAbsence(world.snapshot(), name, timeoutMs))),
      clock.after(UNNOTICED_MS, () => {
        isUnnoticed = true;
        settle(judge());
      }),
    );
    rereadSoon();
    if (signal.aborted) onAbort();
  });
}

/** A process that ran before has another pid or start now. */
function isRenewed(before: Supervisor, now: Supervisor): boolean {
  return [...before.processes.values()].some((process) => {
    const current = now.processes.get(process.uid);
    return isAlive(process.state) && current !== undefined && isAlive(current.state) && current.pid !== process.pid;
  });
}

function tellAbsence(snapshot: Snapshot, name: string, timeoutMs: number): LinkResult {
  const supervisor = snapshot.supervisors.get(name);
  const seconds = Math.round(timeoutMs / 1_000);
  const isAway = supervisor !== undefined && supervisor.link !== 'up';
  const why = isAway ? (supervisor.error?.message ?? 'it does not answer') : `it is ${supervisor?.state ?? 'gone'}`;
  return { ok: false, code: 'timeout', message: `it is not back after ${seconds} s: ${why}; its own log says why` };
}
