import type { SupervisorLink } from '../../core/ports.ts';
import { untilAborted } from '../io/until-aborted.ts';

/**
 * Links that begin once something else is done, each in a turn of its own: hundreds at once would hold up the first
 * frame, and the keys after it, for a second.
 */
export function createTurns(after: Promise<void>): (link: SupervisorLink) => SupervisorLink {
  let last = after;
  return (link) => {
    const turn = last.then(() => new Promise<void>((resolve) => setImmediate(resolve)));
    last = turn;
    return {
      ...link,
      run: async (observe, options) => {
        await Promise.race([turn, untilAborted(options.signal)]);
        if (!options.signal.aborted) await link.run(observe, options);
      },
    };
  };
}
