// An act on a process as a person means it, composed of supervisord's primitive calls, none of which waits: a state is
// reached when the snapshot says so, never because a call returned.
import type { LimitFunction } from 'p-limit';
import pLimit from 'p-limit';
import { parseUid, toRpcName } from '../ids.ts';
import type { Process } from '../model.ts';
import type { Outcome } from '../ports.ts';
import { isAlive } from '../process-state.ts';
import { findProcess } from '../engine/reduce.ts';
import { refuseLease, refuseTarget, stateFor } from '../rights.ts';
import { clear } from './clear.ts';
import type { Job } from './job.ts';
import { call, toUndividable } from './job.ts';
import { createLimits } from './limits.ts';
import { start, stop } from './start-stop.ts';
import type { CommandWorld, ProcessCommand, CommandRunOptions, Verdict } from './world.ts';
import { toVerdict } from './world.ts';

/** Calls under way at one supervisord: it has one thread, and a fork costs it milliseconds. */
const CALLS_AT_ONCE = 8;

/** All targets at once, bounded per supervisor. */
export async function runTargets(
  world: CommandWorld,
  command: ProcessCommand,
  options: CommandRunOptions,
): Promise<readonly Outcome[]> {
  const gates = new Map<string, LimitFunction>();
  const limits = createLimits(world);
  return Promise.all(
    command.targets.map(async (uid) => {
      const supervisor = parseUid(uid)?.supervisor ?? '';
      const gate = gates.get(supervisor) ?? pLimit(CALLS_AT_ONCE);
      gates.set(supervisor, gate);
      const outcome = await runTarget({ world, command, uid, gate, limits, options });
      options.progress(outcome);
      return outcome;
    }),
  );
}

async function runTarget(job: Job): Promise<Outcome> {
  const { world, command, uid, options } = job;
  const process = findProcess(world.snapshot(), uid);
  const from = stateFor(world.snapshot(), uid, options.actor);
  const tell = ({ ok, code, message }: Verdict): Outcome => {
    return { target: uid, ok, code, message, from, to: stateFor(world.snapshot(), uid, options.actor) };
  };
  const refusal = refuseTarget(world.snapshot(), uid, {
    actor: options.actor,
    lease: options.lease,
    act: command.action,
  });
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
      return clear(job, process);
  }
}

/**
 * Also a start of one that is being stopped: supervisord would take it and do nothing. Once it is told to stop it is
 * brought up again, whoever has gone meanwhile; where that does not come about, the outcome says that it stays down.
 */
async function restart(job: Job): Promise<Verdict> {
  const over = refuseLease(job.options.lease);
  if (over) return over;
  if (job.options.signal.aborted) return { ok: false, code: 'cancelled', message: 'cancelled before it was begun' };
  const whole = toUndividable(job);
  const stopped = await stop(whole, true);
  if (!stopped.ok) return isUntouched(job) ? stopped : staysDown(stopped);
  const started = await start(whole);
  return started.ok || started.code === 'failed' || started.code === 'timeout' ? started : staysDown(started);
}

/** The stop was refused, or never came through. */
function isUntouched({ world, uid }: Job): boolean {
  const state = findProcess(world.snapshot(), uid)?.state;
  return state !== undefined && isAlive(state);
}

function staysDown(verdict: Verdict): Verdict {
  return { ...verdict, message: `${verdict.message}; it stays down until it is started` };
}
