import type { SupervisorLink } from '../../core/ports.ts';
import type { LinkFailure } from '../link/link-failure.ts';
import type { LinkOptions } from '../link/link-options.ts';
import { createWatchedLink } from '../link/watched-link.ts';
import { createEventSerials } from './event-serials.ts';
import { createExplainer } from './explain.ts';
import type { EventMemory, EventWatchOptions, Upstream } from './watch-events.ts';
import { startEventWatch } from './watch-events.ts';

export type EventLinkOptions = Pick<SupervisorLink, 'call' | 'tail' | 'history'> & {
  readonly connect: (signal: AbortSignal, memory: EventMemory) => Promise<Upstream>;
  readonly askMs: EventWatchOptions['askMs'];
  readonly toFailure: (error: unknown) => LinkFailure;
  readonly linkOptions: LinkOptions;
  /** When watching ends for good. */
  readonly close: () => void;
};

/** A link that is told by events what happens. */
export function createEventLink({ connect, ...options }: EventLinkOptions): SupervisorLink {
  const memory: EventMemory = { serials: createEventSerials(), explainer: createExplainer() };
  return createWatchedLink({
    ...options,
    startWatch: (watching) =>
      startEventWatch({ ...options, ...watching, connect: (within) => connect(within, memory), memory }),
  });
}
