// What is asked of a whole supervisord. It has no `update`: that is composed here, as supervisorctl composes it.
import type { SupervisorAction } from '../model.ts';
import type { ConfigDifference, LinkCall, LinkResult, Outcome } from '../ports.ts';
import { isAtRest } from '../process-state.ts';
import { refuseSupervisor } from '../rights.ts';
import { awaitProcess } from './await-process.ts';
import type { CommandWorld, RunOptions, SupervisorCommand } from './world.ts';
import { DEFAULT_TIMEOUT_MS } from './world.ts';

type SupervisorJob = { readonly action: SupervisorAction; readonly target: string; readonly timeoutMs?: number };

export function runSupervisors(
  world: CommandWorld,
  command: SupervisorCommand,
  options: RunOptions,
): Promise<readonly Outcome[]> {
  return Promise.all(
    command.targets.map(async (target) => {
      const outcome = await runSupervisor(world, { ...command, target }, options);
      options.progress(outcome);
      return outcome;
    }),
  );
}

async function runSupervisor(world: CommandWorld, job: SupervisorJob, options: RunOptions): Promise<Outcome> {
  const { target } = job;
  const refusal = refuseSupervisor(world.snapshot(), target, { actor: options.actor, act: job.action });
  const state = () => world.snapshot().supervisors.get(target)?.state ?? null;
  const from = refusal?.code === 'not-found' ? null : state();
  if (refusal) return { target, ...refusal, from, to: from };

  const result = await perform(world, job, options);
  world.look(target, []);
  const verdict = result.ok ? ({ ok: true, code: 'ok', message: describe(result.difference) } as const) : result;
  const difference = result.ok && result.difference ? { difference: result.difference } : {};
  return { target, ok: verdict.ok, code: verdict.code, message: verdict.message, from, to: state(), ...difference };
}

async function perform(world: CommandWorld, job: SupervisorJob, options: RunOptions): Promise<LinkResult> {
  const call = (linkCall: LinkCall) => world.call(job.target, linkCall, { signal: options.signal });
  switch (job.action) {
    case 'reread':
      return call({ op: 'reread' });
    case 'update':
      return update(world, job, options);
    case 'reload':
      return call({ op: 'reload' });
    case 'shutdown':
      return call({ op: 'shutdown' });
  }
}

/** removed: stop, remove; changed: stop, remove, add; added: add. Ends at the first refusal, and says where. */
async function update(world: CommandWorld, job: SupervisorJob, options: RunOptions): Promise<LinkResult> {
  const call = (linkCall: LinkCall) => world.call(job.target, linkCall, { signal: options.signal });
  const reread = await call({ op: 'reread' });
  if (!reread.ok) return reread;
  const difference = reread.difference ?? { added: [], changed: [], removed: [] };
  for (const group of [...difference.removed, ...difference.changed]) {
    const failed = await removeGroup(world, { ...job, group }, options);
    if (failed) return at(failed, group);
  }
  for (const group of [...difference.changed, ...difference.added]) {
    const added = await call({ op: 'add-group', group });
    if (!added.ok) return at(added, group);
  }
  return { ok: true, unchanged: false, difference };
}

type Refused = Extract<LinkResult, { ok: false }>;

function at(refused: Refused, group: string): Refused {
  return { ...refused, message: `${group}: ${refused.message}` };
}

async function removeGroup(
  world: CommandWorld,
  job: SupervisorJob & { readonly group: string },
  options: RunOptions,
): Promise<Refused | null> {
  const { target, group } = job;
  const stopped = await world.call(target, { op: 'stop-group', group }, options);
  if (!stopped.ok && stopped.code !== 'not-found') return stopped;
  const members = [...(world.snapshot().supervisors.get(target)?.processes.values() ?? [])];
  const timeoutMs = job.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  world.look(target, []);
  const seen = await Promise.all(
    members
      .filter((process) => process.group === group)
      .map((process) =>
        awaitProcess(world, process.uid, {
          until: ({ state }) => isAtRest(state),
          timeoutMs,
          signal: options.signal,
        }),
      ),
  );
  const late = seen.flatMap((result) => (result.end === 'timeout' || result.end === 'aborted' ? [result] : []))[0];
  if (late) {
    const code = late.end === 'aborted' ? 'cancelled' : 'timeout';
    return { ok: false, code, message: `${late.process.uid} is still ${late.process.state}` };
  }
  const removed = await world.call(target, { op: 'remove-group', group }, options);
  return removed.ok || removed.code === 'not-found' ? null : removed;
}

function describe(difference: ConfigDifference | undefined): string {
  if (!difference) return '';
  const parts = (['added', 'changed', 'removed'] as const).flatMap((kind) =>
    difference[kind].length > 0 ? [`${kind}: ${difference[kind].join(', ')}`] : [],
  );
  return parts.length > 0 ? parts.join('; ') : 'no change';
}
