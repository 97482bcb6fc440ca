// What the user wants done, before anybody asked whether to do it.
import type { ProcessAction, SupervisorAction } from '../../core/model.ts';
import type { Command } from '../../core/ports.ts';

export type Intent = {
  readonly action: ProcessAction | SupervisorAction;
  /** uids, or names of supervisors. */
  readonly targets: readonly string[];
  /** For `signal`, without SIG. */
  readonly signal?: string;
  /** More than 0: so many at a time, the next when the last are up again. */
  readonly batch: number;
};

const SUPERVISOR_ACTIONS: readonly string[] = ['reread', 'update', 'reload', 'shutdown'] satisfies SupervisorAction[];

export function isSupervisorAction(action: Intent['action']): action is SupervisorAction {
  return SUPERVISOR_ACTIONS.includes(action);
}

export function toCommand({ action, targets, signal, batch }: Intent): Command {
  if (isSupervisorAction(action)) return { action, targets };
  return {
    action,
    targets,
    ...(signal === undefined ? {} : { signal }),
    // Only one that waits for the state can say whether it came about.
    ...(action === 'signal' || action === 'clear' ? {} : { wait: true }),
    ...(batch > 0 ? { roll: { batch, pauseMs: 0, maxFailures: 1 } } : {}),
  };
}
