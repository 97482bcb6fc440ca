// What somebody wants done, before anybody asked whether to do it.
import type { ProcessAction, SupervisorAction } from './model.ts';

export type Orders = {
  readonly action: ProcessAction | SupervisorAction;
  /** uids, or names of supervisors. */
  readonly targets: readonly string[];
  /** For `signal`, without SIG; absent where it is chosen with the answer. */
  readonly signal?: string;
  /** More than 0: so many at a time, the next when the last are up again. */
  readonly batch?: number;
};

const SUPERVISOR_ACTIONS: readonly string[] = ['reread', 'update', 'reload', 'shutdown'] satisfies SupervisorAction[];

export function isSupervisorAction(action: Orders['action']): action is SupervisorAction {
  return SUPERVISOR_ACTIONS.includes(action);
}
