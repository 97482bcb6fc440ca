// One target of a command that is being carried out.
import type { LimitFunction } from 'p-limit';
import { parseUid, toRpcName } from '../ids.ts';
import type { Process } from '../model.ts';
import type { LinkCall, LinkResult } from '../ports.ts';
import { refuseLease } from '../rights.ts';
import type { Awaited } from './await-process.ts';
import { awaitProcess } from './await-process.ts';
import type { Limits, Phase } from './limits.ts';
import { PATIENCE_MS } from './limits.ts';
import type { CommandWorld, ProcessCommand, CommandRunOptions } from './world.ts';

export type Job = {
  readonly world: CommandWorld;
  readonly command: ProcessCommand;
  readonly uid: string;
  readonly gate: LimitFunction;
  readonly limits: Limits;
  readonly options: CommandRunOptions;
};

/** From here on only `leave` ends it: its process is down until it is over. */
export function toUndividable(job: Job): Job {
  return { ...job, options: { ...job.options, signal: job.options.leave } };
}

export async function call({ world, uid, gate, options }: Job, linkCall: LinkCall): Promise<LinkResult> {
  const supervisor = parseUid(uid)?.supervisor ?? '';
  return gate(async () => {
    // Only what was begun already, and would stay down half-way, goes on without the right to it.
    const over = options.signal === options.leave ? null : refuseLease(options.lease);
    if (over) return over;
    if (options.signal.aborted) return { ok: false, code: 'cancelled', message: 'cancelled before it was begun' };
    const result = await world.call(supervisor, linkCall, { signal: options.signal });
    if (linkCall.op !== 'clear') world.reread(supervisor, [toRpcName(uid)]);
    return result;
  });
}

export type Waited = { readonly seen: Awaited; readonly limitMs: number };

/** What a wait for one process is about; `timeoutMs` undefined: as long as its own settings allow. */
type PhaseWait = Pick<Job, 'world' | 'uid' | 'limits'> & {
  readonly phase: Phase;
  readonly until: (process: Process) => boolean;
  readonly timeoutMs: number | undefined;
  readonly signal: AbortSignal;
};

/** Waits as long as was asked for, else as long as the program's own settings allow. */
export async function awaitWithinLimits(wait: PhaseWait): Promise<Waited> {
  const { world, uid, limits, phase, until, timeoutMs, signal } = wait;
  let limitMs = timeoutMs ?? PATIENCE_MS[phase];
  const prolong = async (): Promise<number> => {
    const firstMs = limitMs;
    limitMs = await limits.of(uid, phase, { signal });
    return limitMs - firstMs;
  };
  const more = timeoutMs === undefined ? { prolong } : {};
  const seen = await awaitProcess(world, uid, { until, timeoutMs: limitMs, signal, ...more });
  return { seen, limitMs };
}

export function waitFor(job: Job, phase: Phase, until: (process: Process) => boolean): Promise<Waited> {
  const { world, uid, limits, command, options } = job;
  return awaitWithinLimits({ world, uid, limits, phase, until, timeoutMs: command.timeoutMs, signal: options.signal });
}
