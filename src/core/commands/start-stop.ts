// A start and a stop, each until its state is reached or, without `wait`, until its first effect is seen.
import { toRpcName } from '../ids.ts';
import type { Process } from '../model.ts';
import type { ProcessState } from '../process-state.ts';
import { isAtRest } from '../process-state.ts';
import { findProcess } from '../engine/reduce.ts';
import type { Awaited } from './await-process.ts';
import { awaitProcess } from './await-process.ts';
import type { Job, Waited } from './job.ts';
import { call, waitFor } from './job.ts';
import type { CommandWorld, Verdict } from './world.ts';
import { toVerdict } from './world.ts';

/** Without `wait`, how long to look for the first effect, so that the outcome tells a state that was seen. */
const FIRST_EFFECT_MS = 1_000;

export async function start(job: Job): Promise<Verdict> {
  const { world, command, uid } = job;
  const before = findProcess(world.snapshot(), uid);
  const told = lastTransition(world, uid);
  const result = await call(job, { op: 'start', target: toRpcName(uid) });
  if (!result.ok) return result;
  if (result.unchanged && !command.wait) return { ok: true, code: 'unchanged', message: 'was already started' };

  // The snapshot may still show what was before the call; only something newer may be judged. A report is newer only if
  // it tells of a start and the reading has caught up with it: the one of the stop before may come as late as that.
  const begun = (process: Process) =>
    process.state !== before?.state ||
    process.startedAt !== before.startedAt ||
    toldOfStart(world, uid, told) === process.state;
  const settled = (process: Process) =>
    process.state === 'RUNNING' ? result.unchanged || begun(process) : isAtRest(process.state) && begun(process);
  if (!command.wait) {
    const seen = await firstEffect(job, begun);
    return seen.end === 'reached' || seen.end === 'timeout' ? toVerdict(result) : missed(seen, 'RUNNING', 0);
  }
  const { seen, limitMs }: Waited = await waitFor(job, 'start', settled);
  if (seen.end === 'reached' && seen.process.state === 'RUNNING') return toVerdict(result);
  return missed(seen, 'RUNNING', limitMs);
}

export async function stop(job: Job, wait: boolean): Promise<Verdict> {
  const { world, uid } = job;
  const before = findProcess(world.snapshot(), uid);
  const result = await call(job, { op: 'stop', target: toRpcName(uid) });
  if (!result.ok) return result;
  // To supervisord one that is being stopped already is "not running", like one that has come to rest.
  const already = result.unchanged && (!wait || (before !== undefined && isAtRest(before.state)));
  if (already) return { ok: true, code: 'unchanged', message: 'was not running' };
  if (!wait) {
    const seen = await firstEffect(job, ({ state }) => state !== before?.state);
    return seen.end === 'reached' || seen.end === 'timeout' ? toVerdict(result) : missed(seen, 'STOPPED', 0);
  }
  const { seen, limitMs } = await waitFor(job, 'stop', ({ state }) => isAtRest(state));
  return seen.end === 'reached' ? toVerdict(result) : missed(seen, 'STOPPED', limitMs);
}

function firstEffect({ world, uid, options }: Job, until: (process: Process) => boolean): Promise<Awaited> {
  return awaitProcess(world, uid, { until, timeoutMs: FIRST_EFFECT_MS, signal: options.signal });
}

function lastTransition(world: CommandWorld, uid: string): number | null {
  return world.timeline().findLast((transition) => transition.uid === uid)?.id ?? null;
}

/** The newest state that was reported, if a start was reported after the transition `since`; else null. */
function toldOfStart(world: CommandWorld, uid: string, since: number | null): ProcessState | null {
  const timeline = world.timeline();
  const first = timeline.findLastIndex(({ id }) => id <= (since ?? 0)) + 1;
  const later = timeline.slice(first).filter((transition) => transition.uid === uid);
  return later.some(({ to }) => to === 'STARTING') ? (later.at(-1)?.to ?? null) : null;
}

function missed(seen: Awaited, wanted: 'RUNNING' | 'STOPPED', limitMs: number): Verdict {
  switch (seen.end) {
    case 'gone':
      return { ok: false, code: 'not-found', message: 'it was removed meanwhile' };
    case 'unreachable':
      return { ok: false, code: 'unreachable', message: seen.message };
    case 'aborted':
      return { ok: false, code: 'cancelled', message: `cancelled while it was ${seen.process.state}` };
    case 'timeout': {
      const seconds = Math.round(limitMs / 100) / 10;
      return { ok: false, code: 'timeout', message: `still ${seen.process.state}, not ${wanted}, after ${seconds} s` };
    }
    case 'reached': {
      const { state, spawnError, fall } = seen.process;
      const detail = spawnError || fall?.lastLine;
      return { ok: false, code: 'failed', message: detail ? `it is ${state}: ${detail}` : `it is ${state}` };
    }
  }
}
