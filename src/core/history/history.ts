// What is remembered of the past, by whoever remembers it: the main log of a supervisord, or a server.
import type { LastWords, Reason, Source } from '../model.ts';
import type { ProcessState } from '../process-state.ts';
import type { DaemonIncident } from './log-event.ts';

type Dated = {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The time is only about right: the log has local times, and nothing tells of which zone. */
  readonly approximate: boolean;
  /** As the configuration names it. */
  readonly supervisor: string;
};

export type ProcessEvent = Dated & {
  readonly kind: 'process';
  /** Null: the line does not say it, and nobody of that name is there any more, or several are. */
  readonly group: string | null;
  readonly name: string;
  /** Null when the log does not reach back to it. */
  readonly from: ProcessState | null;
  readonly to: ProcessState;
  readonly reason: Reason | null;
  readonly pid: number | null;
  readonly by: string | null;
  readonly source: Source;
  readonly lastWords: LastWords | null;
};

export type DaemonEvent = Dated & {
  readonly kind: 'supervisor';
  /** `spawn-error`: of a process that the line does not name. */
  readonly incident: DaemonIncident | 'spawn-error';
  /** In supervisord's own words. */
  readonly message: string;
};

export type HistoryEvent = ProcessEvent | DaemonEvent;

/** How far back the memory of one supervisor reaches. */
export type Extent = {
  readonly supervisor: string;
  /** Of the oldest that is known, milliseconds; what was asked for when it reaches further back; null: nothing is. */
  readonly knownSince: number | null;
  /** All that was asked for is known. */
  readonly complete: boolean;
  /** Why there is no more, in words; '' when there is nothing to say. */
  readonly note: string;
};

/** Events of one supervisor, newest first; its extent comes last. */
export type HistoryPart =
  | { readonly type: 'events'; readonly events: readonly HistoryEvent[] }
  | { readonly type: 'extent'; readonly extent: Extent };

export type HistoryRequest = {
  /** Both in milliseconds since the epoch, and included; left out: as far as it is known. */
  readonly since?: number;
  readonly until?: number;
  /** Only what one small question tells: the end of a main log. */
  readonly quick?: true;
};

/** Parts that are sent at a time. */
const PART_EVENTS = 500;

export function isWithin(at: number, { since = -Infinity, until = Infinity }: HistoryRequest): boolean {
  return at >= since && at <= until;
}

/** Newest first, in parts. */
export function* inParts(oldestFirst: readonly HistoryEvent[]): Generator<HistoryPart> {
  for (let end = oldestFirst.length; end > 0; end -= PART_EVENTS) {
    yield { type: 'events', events: oldestFirst.slice(Math.max(0, end - PART_EVENTS), end).toReversed() };
  }
}

/** The memory of a supervisor of which nothing is known, and why. */
export function noHistory(supervisor: string, note: string): HistoryPart {
  return { type: 'extent', extent: { supervisor, knownSince: null, complete: false, note } };
}
