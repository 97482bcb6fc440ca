// Whether a condition holds of one process or supervisor now, and when to ask again although nothing happens.
import type { Process, Supervisor } from '../model.ts';
import type { Condition } from './condition.ts';
import type { Facts } from './facts.ts';
import { isWell } from './facts.ts';

/** Of an incident of before: none, not yet told for long enough, or open. What began ends by other signs than it began. */
export type IncidentPhase = 'none' | 'pending' | 'open';

/** `again`: monotonic; Infinity: only when something happens. */
export type Ruling = { readonly holds: boolean; readonly again: number };

/** A program that crashed is over it when it has run for so long. */
const SETTLE_MS = 10_000;
/** A stop that is the first half of a restart is none. */
const BY_HAND_MS = 5_000;

const NEVER = Infinity;

export function judgeProcess(
  condition: Condition,
  process: Process,
  { facts, phase, at }: { readonly facts: Facts; readonly phase: IncidentPhase; readonly at: number },
): Ruling {
  const begun = phase !== 'none';
  const lasting = (since: number | null, ms: number): Ruling => {
    if (begun) return { holds: !isWell(process), again: NEVER };
    if (since === null) return { holds: false, again: NEVER };
    return since + ms <= at ? { holds: true, again: NEVER } : { holds: false, again: since + ms };
  };
  switch (condition.kind) {
    case 'fatal':
      return { holds: begun ? !isWell(process) : process.state === 'FATAL', again: NEVER };
    case 'flapping':
      return { holds: process.flapping !== null, again: NEVER };
    case 'unexpected-exit':
      return judgeCrash(process, { facts, phase, at });
    case 'stopped-by-hand': {
      if (process.state !== 'STOPPED' || process.startedAt === null || process.pending !== null) {
        return { holds: false, again: NEVER };
      }
      if (begun) return { holds: true, again: NEVER };
      if (facts.changedAt === null) return { holds: false, again: NEVER };
      const due = facts.changedAt + BY_HAND_MS;
      return due <= at ? { holds: true, again: NEVER } : { holds: false, again: due };
    }
    case 'backoff':
      return lasting(facts.backoffSince, condition.ms);
    case 'starting':
      return lasting(facts.startingSince, condition.ms);
    case 'restarts': {
      const recent = facts.restarts.filter((each) => each > at - condition.ms);
      if (recent.length <= condition.count) return { holds: false, again: NEVER };
      return { holds: true, again: (recent[recent.length - condition.count - 1] ?? at) + condition.ms };
    }
    case 'unreachable':
      return { holds: false, again: NEVER };
  }
}

function judgeCrash(
  process: Process,
  { facts, phase, at }: { readonly facts: Facts; readonly phase: IncidentPhase; readonly at: number },
): Ruling {
  const well = isWell(process);
  if (phase === 'none') return { holds: facts.crashed || endedByItself(process), again: NEVER };
  if (!well) return { holds: true, again: NEVER };
  if (phase === 'pending' || process.state !== 'RUNNING' || facts.wellSince === null)
    return { holds: false, again: NEVER };
  const due = facts.wellSince + SETTLE_MS;
  return due <= at ? { holds: false, again: NEVER } : { holds: true, again: due };
}

/** So it may be when it is first seen. */
function endedByItself(process: Process): boolean {
  const { state, fall } = process;
  if (isWell(process) || fall === null || fall.reason.kind === 'spawn-error') return false;
  return state === 'EXITED' || state === 'BACKOFF';
}

export function judgeSupervisor({ link, error }: Supervisor, phase: IncidentPhase): Ruling {
  return { holds: link !== 'up' && (phase !== 'none' || error !== null), again: NEVER };
}

/** What is known of its processes is how they are now: it is reached, and neither ends nor begins. */
export function isTrusted({ link, state }: Supervisor): boolean {
  return link === 'up' && state !== 'SHUTDOWN' && state !== 'RESTARTING';
}
