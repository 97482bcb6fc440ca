// removed: stop, remove; changed: stop, remove, add; added: add. Each group is whole by itself: one that hangs keeps no
// other, and what was removed is added again whatever happened meanwhile.
import pLimit from 'p-limit';
import { toRpcName } from '../ids.ts';
import type { Process } from '../model.ts';
import type { LinkResult, OutcomeCode } from '../ports.ts';
import { isAtRest } from '../process-state.ts';
import { refuseLease } from '../rights.ts';
import type { Awaited } from './await-process.ts';
import { awaitWithinLimits } from './job.ts';
import type { Limits } from './limits.ts';
import { createLimits } from './limits.ts';
import type { CommandWorld, CommandRunOptions, SupervisorJob } from './world.ts';

/** supervisord has one thread: more at a time only make each of them longer. */
const GROUPS_AT_ONCE = 4;
const CALLS_AT_ONCE = 8;

type Change = { readonly group: string; readonly kind: 'added' | 'changed' | 'removed' };
/** Null: it went well. */
type Failure = { readonly code: OutcomeCode; readonly message: string } | null;
type Update = {
  readonly world: CommandWorld;
  readonly job: SupervisorJob;
  readonly options: CommandRunOptions;
  readonly limits: Limits;
};

export async function update(world: CommandWorld, job: SupervisorJob, options: CommandRunOptions): Promise<LinkResult> {
  const reread = await world.call(job.target, { op: 'reread' }, options);
  if (!reread.ok) return reread;
  const difference = reread.difference ?? { added: [], changed: [], removed: [] };
  const own: Update = { world, job, options, limits: createLimits(world) };
  const gate = pLimit(GROUPS_AT_ONCE);
  const run = (kind: Change['kind']) =>
    difference[kind].map((group) => gate(async () => ({ group, failure: await carryOut(own, { group, kind }) })));
  const before = await Promise.all([...run('removed'), ...run('changed')]);
  const done = [...before, ...(await Promise.all(run('added')))];
  const failed = done.flatMap(({ group, failure }) => (failure ? [{ group, ...failure }] : []));
  const [first] = failed;
  if (!first) return { ok: true, unchanged: false, difference };
  const updated = done.filter(({ failure }) => failure === null).map(({ group }) => group);
  const others = updated.length > 0 ? [`updated all the same: ${updated.join(', ')}`] : [];
  const parts = [...failed.map(({ group, message }) => `${group}: ${message}`), ...others];
  return { ok: false, code: first.code, message: parts.join('; ') };
}

async function carryOut(own: Update, { group, kind }: Change): Promise<Failure> {
  const { options } = own;
  const over = refuseLease(options.lease);
  if (over) return { ...over, message: `${over.message}; left as it was` };
  if (options.signal.aborted) return { code: 'cancelled', message: 'cancelled before it was begun, left as it was' };
  if (kind === 'added') return add(own, group);
  const removed = await remove(own, group);
  if (removed) return removed;
  if (kind === 'removed') return null;
  const added = await add(own, group);
  return added && { code: added.code, message: `removed, and it could not be added again: ${added.message}` };
}

async function add({ world, job }: Update, group: string): Promise<Failure> {
  // Nothing that was begun may be given up here: its programs are gone until it is back.
  const added = await world.call(job.target, { op: 'add-group', group }, { signal: new AbortController().signal });
  return added.ok ? null : added;
}

async function remove(own: Update, group: string): Promise<Failure> {
  const { world, job, options } = own;
  const members = membersOf(own, group).filter(({ state }) => !isAtRest(state));
  const gate = pLimit(CALLS_AT_ONCE);
  // One by one: supervisord cuts its answer about a whole group when a name in it is not ASCII.
  const stops = await Promise.all(
    members.map(({ uid }) =>
      gate(() => world.call(job.target, { op: 'stop', target: toRpcName(uid) }, { signal: options.leave })),
    ),
  );
  const refused = stops.find((result) => !result.ok && result.code !== 'not-found');
  if (refused && !refused.ok) return { code: refused.code, message: `it could not be stopped: ${refused.message}` };
  world.reread(job.target, []);
  const seen = await Promise.all(members.map((process) => atRest(own, process)));
  const late = seen.find((result) => result.end !== 'reached' && result.end !== 'gone');
  if (late)
    return { code: codeOf(late), message: `${tellLate(late)}; not updated, and it stays down when it has stopped` };
  const removed = await world.call(job.target, { op: 'remove-group', group }, { signal: options.leave });
  if (removed.ok || removed.code === 'not-found') return null;
  return {
    code: removed.code,
    message: `stopped, but not removed: ${removed.message}; it stays down until it is started`,
  };
}

function membersOf({ world, job }: Update, group: string): readonly Process[] {
  const all = world.snapshot().supervisors.get(job.target)?.processes.values() ?? [];
  return [...all].filter((process) => process.group === group);
}

const hasStopped = ({ state }: Process): boolean => isAtRest(state);

async function atRest({ world, job, options, limits }: Update, { uid }: Process): Promise<Awaited> {
  const wait = { world, uid, limits, phase: 'stop', until: hasStopped } as const;
  return (await awaitWithinLimits({ ...wait, timeoutMs: job.timeoutMs, signal: options.leave })).seen;
}

function codeOf(late: Awaited): OutcomeCode {
  if (late.end === 'unreachable') return 'unreachable';
  return late.end === 'aborted' ? 'cancelled' : 'timeout';
}

function tellLate(late: Awaited): string {
  if (late.end === 'unreachable') return `it was told to stop, then ${late.message}`;
  return late.end === 'gone' ? '' : `${late.process.uid} is still ${late.process.state}`;
}
