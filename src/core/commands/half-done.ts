// What is down, or about to be, until an act is over: whoever wants to go must be told, and may wait for it.
import { allProcesses } from '../engine/reduce.ts';
import { parseUid } from '../ids.ts';
import type { Process, Snapshot } from '../model.ts';
import type { Command } from '../ports.ts';

export type UnderWay = Pick<Command, 'action' | 'targets'> & {
  /** Targets whose outcome is known. */
  readonly told: ReadonlySet<string>;
};

/** Targets of an act that is under way. */
export function findHalfDone(snapshot: Snapshot, { action, targets, told }: UnderWay): readonly string[] {
  const left = targets.filter((target) => !told.has(target));
  if (action === 'update') return left;
  const half = allProcesses(snapshot).filter(isHalfDone);
  const uids = new Set(half.map(({ uid }) => uid));
  return left.filter((target) => uids.has(target));
}

/** A start of one that is being stopped is a restart. */
function isHalfDone({ pending, state }: Process): boolean {
  return pending === 'restart' || (pending === 'start' && state === 'STOPPING');
}

const NAMED = 5;

/** For people; the names are to be made harmless where they are shown. An update is of supervisors. */
export function tellHalfDone(
  targets: readonly string[],
  action: Command['action'] = targets.some((target) => parseUid(target) === null) ? 'update' : 'restart',
): string {
  const more = targets.length > NAMED ? ` and ${targets.length - NAMED} more` : '';
  return `${action} under way of ${targets.slice(0, NAMED).join(', ')}${more}`;
}
