// An act on a process as a person means it, composed of supervisord's primitive calls, none of which waits: a state is
// reached when the snapshot says so, never because a call returned.
import type { LimitFunction } from 'p-limit';
import pLimit from 'p-limit';
import { parseUid, toRpcName } from '../ids.ts';
import type { Process } from '../model.ts';
import type { LinkCall, LinkResult, Outcome } from '../ports.ts';
import type { ProcessState } from '../process-state.ts';
import { isAlive, isAtRest } from '../process-state.ts';
import { findProcess } from '../engine/reduce.ts';
import { refuseTarget, stateFor } from '../rights.ts';
import type { Awaited } from './await-process.ts';
import { awaitProcess } from './await-process.ts';
import type { CommandWorld, ProcessCommand, RunOptions, Verdict } from './world.ts';
import { DEFAULT_TIMEOUT_MS, toVerdict } from './world.ts';

/** Without `wait`, how long to look for the first effect, so that the outcome tells a state that was seen. */
const FIRST_EFFECT_MS = 1_000;
/** Calls under way at one supervisord: it has one thread, and a fork costs it milliseconds. */
const CALLS_AT_ONCE = 8;

/** All targets at once, bounded per supervisor. */
export async function runTargets(
  world: CommandWorld,
  command: ProcessCommand,
  options: RunOptions,
): Promise<readonly Outcome[]> {
  const gates = new Map<string, LimitFunction>();
  return Promise.all(
    command.targets.map(async (uid) => {
      const supervisor = parseUid(uid)?.supervisor ?? '';
      const gate = gates.get(supervisor) ?? pLimit(CALLS_AT_ONCE);
      gates.set(supervisor, gate);
      const outcome = await runTarget({ world, command, uid, gate, options });
      options.progress(outcome);
      return outcome;
    }),
  );
}

type Job = {
  readonly world: CommandWorld;
  readonly command: ProcessCommand;
  readonly uid: string;
  readonly gate: LimitFunction;
  readonly options: RunOptions;
};

async function runTarget(job: Job): Promise<Outcome> {
  const { world, command, uid, options } = job;
  const process = findProcess(world.snapshot(), uid);
  const from = stateFor(world.snapshot(), uid, options.actor);
  const tell = ({ ok, code, message }: Verdict): Outcome => {
    return { target: uid, ok, code, message, from, to: stateFor(world.snapshot(), uid, options.actor) };
  };
  const refusal = refuseTarget(world.snapshot(), uid, { actor: options.actor, act: command.action });
  if (refusal) return tell(refusal);
  if (!process) return tell({ ok: false, code: 'not-found', message: 'no such process' });

  world.setPending(uid, command.action, options.actor.name);
  try {
    return tell(await act(job, process));
  } finally {
    world.setPending(uid, null, options.actor.name);
  }
}

async function act(job: Job, process: Process): Promise<Verdict> {
  const { command } = job;
  switch (command.action) {
    case 'start':
      return process.state === 'STOPPING' ? restart(job) : start(job);
    case 'stop':
      return stop(job, command.wait ?? false);
    case 'restart':
      return isAlive(process.state) || process.state === 'STOPPING' ? restart(job) : start(job);
    case 'signal':
      return toVerdict(await call(job, { op: 'signal', signal: command.signal ?? '', target: toRpcName(job.uid) }));
    case 'clear':
      return toVerdict(await call(job, { op: 'clear', target: toRpcName(job.uid) }));
  }
}

/** Also a start of one that is being stopped: supervisord would take it and do nothing. */
async function restart(job: Job): Promise<Verdict> {
  const stopped = await stop(job, true);
  return stopped.ok ? start(job) : stopped;
}

async function call({ world, uid, gate, options }: Job, linkCall: LinkCall): Promise<LinkResult> {
  const supervisor = parseUid(uid)?.supervisor ?? '';
  return gate(async () => {
    if (options.signal.aborted) return { ok: false, code: 'cancelled', message: 'cancelled before it was begun' };
    const result = await world.call(supervisor, linkCall, { signal: options.signal });
    if (linkCall.op !== 'clear') world.look(supervisor, [toRpcName(uid)]);
    return result;
  });
}

async function start(job: Job): Promise<Verdict> {
  const { world, command, uid, options } = job;
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
  const timeoutMs = command.wait ? (command.timeoutMs ?? DEFAULT_TIMEOUT_MS) : FIRST_EFFECT_MS;
  const seen = await awaitProcess(world, uid, {
    until: command.wait ? settled : begun,
    timeoutMs,
    signal: options.signal,
  });
  if (!command.wait && (seen.end === 'reached' || seen.end === 'timeout')) return toVerdict(result);
  if (seen.end === 'reached' && seen.process.state === 'RUNNING') return toVerdict(result);
  return missed(seen, { wanted: 'RUNNING', timeoutMs });
}

async function stop(job: Job, wait: boolean): Promise<Verdict> {
  const { world, command, uid, options } = job;
  const before = findProcess(world.snapshot(), uid);
  const result = await call(job, { op: 'stop', target: toRpcName(uid) });
  if (!result.ok) return result;
  // To supervisord one that is being stopped already is "not running", like one that has come to rest.
  const already = result.unchanged && (!wait || (before !== undefined && isAtRest(before.state)));
  if (already) return { ok: true, code: 'unchanged', message: 'was not running' };

  const timeoutMs = wait ? (command.timeoutMs ?? DEFAULT_TIMEOUT_MS) : FIRST_EFFECT_MS;
  const seen = await awaitProcess(world, uid, {
    until: wait ? ({ state }) => isAtRest(state) : ({ state }) => state !== before?.state,
    timeoutMs,
    signal: options.signal,
  });
  if (seen.end === 'reached' || (!wait && seen.end === 'timeout')) return toVerdict(result);
  return missed(seen, { wanted: 'STOPPED', timeoutMs });
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

function missed(seen: Awaited, asked: { readonly wanted: string; readonly timeoutMs: number }): Verdict {
  switch (seen.end) {
    case 'gone':
      return { ok: false, code: 'not-found', message: 'it was removed meanwhile' };
    case 'unreachable':
      return { ok: false, code: 'unreachable', message: seen.message };
    case 'aborted':
      return { ok: false, code: 'cancelled', message: `cancelled while it was ${seen.process.state}` };
    case 'timeout': {
      const seconds = Math.round(asked.timeoutMs / 100) / 10;
      return {
        ok: false,
        code: 'timeout',
        message: `still ${seen.process.state}, not ${asked.wanted}, after ${seconds} s`,
      };
    }
    case 'reached': {
      const { state, spawnError, fall } = seen.process;
      const detail = spawnError || fall?.lastLine;
      return { ok: false, code: 'failed', message: detail ? `it is ${state}: ${detail}` : `it is ${state}` };
    }
  }
}
