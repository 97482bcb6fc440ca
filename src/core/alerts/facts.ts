// What is remembered of one process beyond its row, so that conditions over time can be judged. Times are monotonic.
import { isUnexpected } from '../crashes.ts';
import type { Process, Transition } from '../model.ts';
import type { ProcessState } from '../process-state.ts';

export type Facts = {
  readonly state: ProcessState;
  /** Null: it was so when it was first seen, and nobody knows for how long. */
  readonly changedAt: number | null;
  /** Since when it has been trying to come up, from the first BACKOFF on. */
  readonly backoffSince: number | null;
  readonly startingSince: number | null;
  /** Since when it is as it should be; null: it is not. */
  readonly wellSince: number | null;
  /** It ended unexpectedly, and did not come back for good since. */
  readonly crashed: boolean;
  /** The transition that told of the last such end. */
  readonly crash: number | null;
  /** Of its last restarts, oldest first; as many as anybody asks for. */
  readonly restarts: readonly number[];
  /** Restarts that the row had counted. */
  readonly counted: number;
};

/** It runs, or is at rest as somebody or its configuration wanted it. */
export function isWell({ state, fall }: Process): boolean {
  if (state === 'RUNNING' || state === 'STOPPED') return true;
  return state === 'EXITED' && (fall === null || !isUnexpected(fall.reason));
}

export type Seeing = { readonly at: number; /** How many restarts are to be remembered. */ readonly keep: number };

/** `known` null: it is seen for the first time. */
export function seeProcess(known: Facts | null, process: Process, { at, keep }: Seeing): Facts {
  const { state } = process;
  const changed = known === null || known.state !== state;
  const tries = state === 'BACKOFF' || state === 'STARTING';
  const backoffSince = state === 'BACKOFF' ? (known?.backoffSince ?? at) : tries ? (known?.backoffSince ?? null) : null;
  const startingSince = state !== 'STARTING' ? null : changed ? at : (known.startingSince ?? at);
  const wellSince = isWell(process) ? (changed || known.wellSince === null ? at : known.wellSince) : null;
  const more = known === null ? 0 : Math.min(keep, Math.max(0, process.restarts - known.counted));
  const fresh = Array.from({ length: more }, () => at);
  return {
    state,
    changedAt: known === null ? null : changed ? at : known.changedAt,
    backoffSince,
    startingSince,
    wellSince,
    crashed: known?.crashed ?? false,
    crash: known?.crash ?? null,
    restarts: keep === 0 ? [] : [...(known?.restarts ?? []), ...fresh].slice(-keep),
    counted: process.restarts,
  };
}

/** It ended by itself, and nobody expected that. What could not even be started did not end. */
export function isUnexpectedExit({ to, reason, by }: Transition): boolean {
  if (by !== null || reason === null || reason.kind === 'spawn-error') return false;
  return (to === 'EXITED' || to === 'BACKOFF') && isUnexpected(reason);
}

/** The same facts when that transition was told before: it may come again, completed. */
export function seeCrash(facts: Facts, transition: number, at: number): Facts {
  if (facts.crash === transition) return facts;
  return { ...facts, crash: transition, crashed: true, wellSince: facts.wellSince === null ? null : at };
}

/** It has been back for long enough. */
export function seeRecovery(facts: Facts): Facts {
  return facts.crashed ? { ...facts, crashed: false } : facts;
}
