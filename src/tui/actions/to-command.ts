import type { Orders } from '../../core/orders.ts';
import { isSupervisorAction } from '../../core/orders.ts';
import type { Command } from '../../core/ports.ts';

/** What the session is sent for these orders. */
export function toCommand({ action, targets, signal, batch = 0 }: Orders): Command {
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
