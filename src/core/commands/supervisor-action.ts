// What is asked of a whole supervisord. It has no `update`: that is composed here, as supervisorctl composes it.
import type { SupervisorAction } from '../model.ts';
import type { ConfigDifference, LinkCall, LinkResult, Outcome } from '../ports.ts';
import { refuseSupervisor } from '../rights.ts';
import { reload } from './reload.ts';
import { update } from './update.ts';
import type { CommandWorld, CommandRunOptions, SupervisorCommand, SupervisorJob } from './world.ts';

export function runSupervisors(
  world: CommandWorld,
  command: SupervisorCommand,
  options: CommandRunOptions,
): Promise<readonly Outcome[]> {
  return Promise.all(
    command.targets.map(async (target) => {
      const outcome = await runSupervisor(world, { ...command, target }, options);
      options.progress(outcome);
      return outcome;
    }),
  );
}

async function runSupervisor(
  world: CommandWorld,
  job: SupervisorJob & { readonly action: SupervisorAction },
  options: CommandRunOptions,
): Promise<Outcome> {
  const { target } = job;
  const refusal = refuseSupervisor(world.snapshot(), target, {
    actor: options.actor,
    lease: options.lease,
    act: job.action,
  });
  const state = () => world.snapshot().supervisors.get(target)?.state ?? null;
  const from = refusal?.code === 'not-found' ? null : state();
  if (refusal) return { target, ...refusal, from, to: from };

  const result = await perform(world, job, options);
  world.reread(target, []);
  const verdict = result.ok ? ({ ok: true, code: 'ok', message: describe(result.difference) } as const) : result;
  const difference = result.ok && result.difference ? { difference: result.difference } : {};
  return { target, ok: verdict.ok, code: verdict.code, message: verdict.message, from, to: state(), ...difference };
}

async function perform(
  world: CommandWorld,
  job: SupervisorJob & { readonly action: SupervisorAction },
  options: CommandRunOptions,
): Promise<LinkResult> {
  const call = (linkCall: LinkCall) => world.call(job.target, linkCall, { signal: options.signal });
  switch (job.action) {
    case 'reread':
      return call({ op: 'reread' });
    case 'update':
      return update(world, job, options);
    case 'reload':
      return reload(world, job, options);
    case 'shutdown':
      return call({ op: 'shutdown' });
  }
}

function describe(difference: ConfigDifference | undefined): string {
  if (!difference) return '';
  const parts = (['added', 'changed', 'removed'] as const).flatMap((kind) =>
    difference[kind].length > 0 ? [`${kind}: ${difference[kind].join(', ')}`] : [],
  );
  return parts.length > 0 ? parts.join('; ') : 'no change';
}
