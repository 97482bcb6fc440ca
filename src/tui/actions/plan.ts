// Whether an intent may be carried out, and what has to be asked before: no accident may be one key away.
import { parseUid } from '../../core/ids.ts';
import type { Process, Snapshot, Supervisor } from '../../core/model.ts';
import { findProcess } from '../../core/engine/reduce.ts';
import type { StateCounts } from '../../core/view/tally.ts';
import { countStates } from '../../core/view/tally.ts';
import type { Intent } from './orders.ts';
import { isSupervisorAction } from './orders.ts';

export type Plan =
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'go' }
  /** `expected`: what has to be typed; null: `y` is enough. */
  | { readonly kind: 'ask'; readonly expected: string | null };

/** Above this many, their number has to be typed. */
const MANY = 10;

export type Stake = {
  readonly supervisor: Supervisor;
  readonly processes: readonly Process[];
  readonly counts: StateCounts;
};

/** What the targets are, supervisor by supervisor. What the snapshot does not know any more is left out. */
export function findStakes(snapshot: Snapshot, intent: Intent): readonly Stake[] {
  if (isSupervisorAction(intent.action)) {
    return intent.targets.flatMap((name) => {
      const supervisor = snapshot.supervisors.get(name);
      return supervisor ? [toStake(supervisor, [...supervisor.processes.values()])] : [];
    });
  }
  const bySupervisor = new Map<string, Process[]>();
  for (const uid of intent.targets) {
    const process = findProcess(snapshot, uid);
    const name = parseUid(uid)?.supervisor;
    if (process && name !== undefined) bySupervisor.set(name, [...(bySupervisor.get(name) ?? []), process]);
  }
  return [...bySupervisor].flatMap(([name, processes]) => {
    const supervisor = snapshot.supervisors.get(name);
    return supervisor ? [toStake(supervisor, processes)] : [];
  });
}

function toStake(supervisor: Supervisor, processes: readonly Process[]): Stake {
  return { supervisor, processes, counts: countStates(processes) };
}

export type Circumstances = {
  /** Why nobody may do this here at all. */
  readonly refusal: string | null;
  /** Targets that the screen does not show. */
  readonly hidden: number;
};

export function planAct(snapshot: Snapshot, intent: Intent, { refusal, hidden }: Circumstances): Plan {
  if (refusal !== null) return { kind: 'refused', why: refusal };
  const stakes = findStakes(snapshot, intent);
  const why = whyNot(stakes);
  if (why !== null) return { kind: 'refused', why };
  const { action, targets } = intent;
  switch (action) {
    case 'reload':
    case 'shutdown': {
      const [only, ...others] = targets;
      if (only === undefined || others.length > 0) {
        return { kind: 'refused', why: `${action} takes one supervisor at a time: unmark the others` };
      }
      return { kind: 'ask', expected: only };
    }
    case 'reread':
      return { kind: 'go' };
    case 'start':
    case 'stop':
    case 'restart':
    case 'signal':
    case 'clear':
    case 'update': {
      const expected = targets.length > MANY ? String(targets.length) : null;
      const isProtected = stakes.some((stake) => stake.supervisor.protected);
      const quiet = action === 'start' && expected === null && !isProtected && hidden === 0;
      return quiet ? { kind: 'go' } : { kind: 'ask', expected };
    }
  }
}

/** Only when nothing at all could be done: what is in the way of some is said in the dialog and in the outcomes. */
function whyNot(stakes: readonly Stake[]): string | null {
  const [first] = stakes;
  if (!first) return 'nothing to act on: mark processes, or put the cursor on one';
  const refusals = stakes.map((stake) => refusalOf(stake.supervisor));
  return refusals.includes(null) ? null : (refusals[0] ?? null);
}

/** Why this supervisor would refuse; null when it would not. The core enforces it, this explains it beforehand. */
export function refusalOf(supervisor: Supervisor): string | null {
  if (supervisor.readOnly) return `${supervisor.name} is read_only in the configuration`;
  if (supervisor.link === 'up') return null;
  return `${supervisor.name} cannot be reached: ${supervisor.error?.message ?? 'it has not answered yet'}`;
}
