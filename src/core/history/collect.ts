import type { Session, SessionHistoryRequest, WaitOptions } from '../ports.ts';
import type { Extent, HistoryEvent } from './history.ts';
import { isWithin } from './history.ts';
import { byTime, mergeHistory, toProcessEvent } from './merge.ts';

export type Past = {
  /** Oldest first, of all supervisors. */
  readonly events: readonly HistoryEvent[];
  /** One of each supervisor that answered. */
  readonly extents: readonly Extent[];
};

/** All of it at once, with what the session itself saw. Throws SessionError. */
export async function collectHistory(
  session: Pick<Session, 'history' | 'timeline'>,
  request: SessionHistoryRequest,
  wait: WaitOptions,
): Promise<Past> {
  const parts: (readonly HistoryEvent[])[] = [];
  const extents: Extent[] = [];
  for await (const part of session.history(request, wait)) {
    if (part.type === 'events') parts.push(part.events);
    else extents.push(part.extent);
  }
  // Newest first as they came: turned round, so that what is of the same millisecond keeps its order.
  const logged = parts
    .toReversed()
    .flatMap((events) => events.toReversed())
    .toSorted(byTime);
  const { supervisors } = request;
  const watched = session
    .timeline()
    .flatMap((transition) => toProcessEvent(transition) ?? [])
    .filter(({ at, supervisor }) => isWithin(at, request) && (supervisors?.includes(supervisor) ?? true));
  return { events: mergeHistory(logged, watched), extents };
}
