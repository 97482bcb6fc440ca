// What the engine remembers, and the turn of one input: a draft of the next snapshot, and what goes out in the end.
import { parseUid } from '../ids.ts';
import type { Ends, FlappingRule } from '../flapping.ts';
import type { Change, Process, Snapshot, Transition } from '../model.ts';
import type { Moment, SessionEvent } from '../ports.ts';
import type { Attribution } from './attribution.ts';
import type { Draft } from './draft.ts';
import { applyChange, createDraft, draftSupervisor, draftSupervisors } from './draft.ts';
import { mergeChanges } from './merge-changes.ts';
import type { Timeline } from './timeline.ts';
import type { Recorder } from './transitions.ts';

export type Effect =
  /** Fetch what it wrote last; `transition` null: it was already down when we first saw it. */
  | { readonly type: 'fetch-last-words'; readonly uid: string; readonly transition: number | null }
  /** `at`: of the monotonic clock. */
  | { readonly type: 'wake'; readonly at: number }
  /** Read everything of every supervisor now. */
  | { readonly type: 'reread' };

export type EngineOutput = { readonly events: readonly SessionEvent[]; readonly effects: readonly Effect[] };

export type EngineMemory = {
  readonly timeline: Timeline;
  readonly recorder: Recorder;
  readonly attribution: Attribution;
  /** When each supervisor last answered, by the clock on the wall: it is shown. */
  readonly lastAnswer: Map<string, number>;
  /** Their reading is ahead of what was reported; compared again when the grace is over. */
  readonly unexplained: Set<string>;
  /** When each process that is down, or was, last went down; monotonic. */
  readonly fellAt: Map<string, number>;
  /** The unexpected ends of each process, and when they make it flap. */
  readonly ends: Map<string, Ends>;
  readonly flappingRule: FlappingRule;
  /** The clock on the wall minus the monotonic one, as of the last input. */
  wallLead: number | null;
};

export type Turn = {
  readonly memory: EngineMemory;
  /** The clock on the wall: what is shown. */
  readonly now: number;
  /** What is waited for, and what came first. */
  readonly monotonic: number;
  readonly draft: Draft;
  readonly changes: Change[];
  readonly transitions: Transition[];
  readonly gaps: SessionEvent[];
  readonly effects: Effect[];
};

export function beginTurn(memory: EngineMemory, snapshot: Snapshot, { now, monotonic }: Moment): Turn {
  const draft = createDraft(snapshot.supervisors);
  return { memory, now, monotonic, draft, changes: [], transitions: [], gaps: [], effects: [] };
}

export function change({ draft, changes }: Turn, made: Change): void {
  changes.push(made);
  applyChange(draft, made);
}

export function processOf({ draft }: Turn, uid: string): Process | undefined {
  return draftSupervisor(draft, parseUid(uid)?.supervisor ?? '')?.processes.get(uid);
}

/** All changes of a turn are one revision and one event; none, and the snapshot stays the same object. */
export function endTurn(
  { draft, changes, transitions, gaps, effects }: Turn,
  before: Snapshot,
): { readonly snapshot: Snapshot; readonly output: EngineOutput } {
  const events: SessionEvent[] = [];
  let snapshot = before;
  if (changes.length > 0) {
    snapshot = { ...before, revision: before.revision + 1, supervisors: draftSupervisors(draft) };
    const delta = { from: before.revision, to: snapshot.revision, changes: mergeChanges(changes) };
    events.push({ type: 'delta', delta, before, snapshot });
  }
  if (transitions.length > 0) events.push({ type: 'transitions', transitions });
  // One by one: as arguments of one call, what a hostile supervisor tells overflows the stack.
  for (const gap of gaps) events.push(gap);
  return { snapshot, output: { events, effects } };
}
