// One input to the engine, from its arrival to what follows from it. The steps (observe, record, configure) take it along
// and add to it; when it is over, its changes are one revision.
import { parseUid } from '../ids.ts';
import type { Change, LastWords, Process, ProcessAction, Snapshot, Transition } from '../model.ts';
import type { Observation } from '../observation.ts';
import type { SessionEvent } from '../ports.ts';
import type { SupervisorSpec } from '../supervisor-info.ts';
import type { Attribution } from './attribution.ts';
import { mergeChanges } from './merge-changes.ts';
import type { Draft } from './reduce.ts';
import { createDraft } from './reduce.ts';
import type { Timeline } from './timeline.ts';
import type { Recorder } from './transitions.ts';

export type EngineInput =
  | { readonly type: 'observed'; readonly supervisor: string; readonly observation: Observation }
  /** A command begins (`action`) or ends (null) on these processes. */
  | {
      readonly type: 'pending';
      readonly uids: readonly string[];
      readonly action: ProcessAction | null;
      readonly by: string;
    }
  /** Another multivisor makes a call for these: for the timeline alone. `action` null: it came to nothing. */
  | {
      readonly type: 'asked';
      readonly uids: readonly string[];
      readonly action: ProcessAction | null;
      readonly by: string;
    }
  /** These and no others are watched from now on; `fresh` are those whose link is another one than before. */
  | { readonly type: 'configured'; readonly supervisors: readonly SupervisorSpec[]; readonly fresh: readonly string[] }
  | { readonly type: 'last-words'; readonly uid: string; readonly transition: number | null; readonly words: LastWords }
  | { readonly type: 'tick' };

export type Effect =
  /** Fetch what it wrote last; `transition` null: it was already down when we first saw it. */
  | { readonly type: 'fetch-last-words'; readonly uid: string; readonly transition: number | null }
  | { readonly type: 'wake'; readonly at: number };

export type EngineOutput = { readonly events: readonly SessionEvent[]; readonly effects: readonly Effect[] };

/** What outlives a turn. */
export type Memory = {
  readonly timeline: Timeline;
  readonly recorder: Recorder;
  readonly attribution: Attribution;
  /** By supervisor: when it answered last. */
  readonly lastAnswer: Map<string, number>;
  /** Their reading is ahead of what was reported; looked at again when the grace is over. */
  readonly unexplained: Set<string>;
};

export type Turn = Memory & {
  readonly now: number;
  readonly draft: Draft;
  readonly changes: Change[];
  readonly transitions: Transition[];
  readonly effects: Effect[];
  readonly gaps: SessionEvent[];
};

export function beginTurn(memory: Memory, snapshot: Snapshot, now: number): Turn {
  const draft = createDraft(snapshot.supervisors);
  return { ...memory, now, draft, changes: [], transitions: [], effects: [], gaps: [] };
}

export function change(turn: Turn, changes: readonly Change[]): void {
  for (const each of changes) turn.changes.push(each);
  turn.draft.apply(changes);
}

export function changeProcess(turn: Turn, process: Process): void {
  change(turn, [{ type: 'process', process }]);
}

export function processIn({ draft }: Turn, uid: string): Process | undefined {
  return draft.get(parseUid(uid)?.supervisor ?? '')?.processes.get(uid);
}

/** The snapshot after it, and what its listeners are told: the delta first, then what explains it. */
export function endTurn(turn: Turn, before: Snapshot): { readonly snapshot: Snapshot; readonly output: EngineOutput } {
  const { changes, transitions, effects, gaps, draft } = turn;
  const told: SessionEvent[] = transitions.length > 0 ? [{ type: 'transitions', transitions }, ...gaps] : gaps;
  if (changes.length === 0) return { snapshot: before, output: { events: told, effects } };
  const snapshot = { ...before, revision: before.revision + 1, supervisors: draft.supervisors() };
  const delta = { from: before.revision, to: snapshot.revision, changes: mergeChanges(changes) };
  return { snapshot, output: { events: [{ type: 'delta', delta, before, snapshot }, ...told], effects } };
}
