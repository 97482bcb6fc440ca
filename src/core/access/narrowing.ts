// What of everything an actor may see: supervisors in scope, and for a viewer no text that came out of a log.
import type { HistoryEvent, HistoryPart } from '../history/history.ts';
import { parseUid } from '../ids.ts';
import type { Change, Process, Snapshot, Supervisor, Transition } from '../model.ts';
import type { SessionEvent } from '../ports.ts';
import type { Actor } from './actor.ts';
import { mayDo, seesEverything, toScope } from './actor.ts';

export type Narrowing = {
  /** What did not change for the actor keeps its identity and its revision. */
  snapshot(whole: Snapshot): Snapshot;
  changes(changes: readonly Change[]): readonly Change[];
  transitions(transitions: readonly Transition[]): readonly Transition[];
  history(parts: AsyncIterable<HistoryPart>): AsyncIterable<HistoryPart>;
  /** Null: nothing of it concerns the actor. */
  event(event: SessionEvent): SessionEvent | null;
};

export function createNarrowing(actor: Actor): Narrowing {
  const readsLogs = mayDo(actor.role, 'logs');
  if (seesEverything(actor) && readsLogs) return WHOLE;
  const inScope = toScope(actor);
  // Who sees something else holds another snapshot: nobody may go on from the revision of somebody else's.
  const mark = `~${actor.role}:${actor.supervisors.join(',')}`;
  const snapshots = new WeakMap<Snapshot, Snapshot>();
  const supervisors = new WeakMap<Supervisor, Supervisor>();
  const processes = new WeakMap<Process, Process>();
  let latest: Snapshot | null = null;

  const toProcess = (process: Process): Process => {
    if (readsLogs || !process.fall || process.fall.lastLine === '') return process;
    const known = processes.get(process);
    if (known) return known;
    const narrowed = { ...process, fall: { ...process.fall, lastLine: '' } };
    processes.set(process, narrowed);
    return narrowed;
  };

  const toSupervisor = (supervisor: Supervisor): Supervisor => {
    if (readsLogs) return supervisor;
    const known = supervisors.get(supervisor);
    if (known) return known;
    const all = new Map(Array.from(supervisor.processes, ([uid, process]) => [uid, toProcess(process)]));
    const narrowed = { ...supervisor, processes: all };
    supervisors.set(supervisor, narrowed);
    return narrowed;
  };

  const snapshot = (whole: Snapshot): Snapshot => {
    const known = snapshots.get(whole);
    if (known) return known;
    const seen = new Map(
      [...whole.supervisors].flatMap(([name, supervisor]) =>
        inScope(name) ? [[name, toSupervisor(supervisor)] as const] : [],
      ),
    );
    const narrowed =
      latest && isSame(latest, seen) ? latest : { ...whole, epoch: whole.epoch + mark, supervisors: seen };
    snapshots.set(whole, narrowed);
    latest = narrowed;
    return narrowed;
  };

  const changes = (all: readonly Change[]): readonly Change[] =>
    all.flatMap((change): Change[] => {
      if (change.type === 'order') return [{ type: 'order', supervisors: change.supervisors.filter(inScope) }];
      if (!inScope(supervisorOf(change))) return [];
      return [change.type === 'process' ? { type: 'process', process: toProcess(change.process) } : change];
    });

  const transitions = (all: readonly Transition[]): readonly Transition[] =>
    all
      .filter(({ uid }) => inScope(parseUid(uid)?.supervisor ?? ''))
      .map((transition) => (readsLogs || !transition.lastWords ? transition : { ...transition, lastWords: null }));

  const event = (whole: SessionEvent): SessionEvent | null => {
    switch (whole.type) {
      case 'delta': {
        const before = snapshot(whole.before);
        const after = snapshot(whole.snapshot);
        if (before === after) return null;
        // Revisions in which nothing changed for the actor were never told, so the delta spans them.
        const delta = { from: before.revision, to: after.revision, changes: changes(whole.delta.changes) };
        return { type: 'delta', delta, before, snapshot: after };
      }
      case 'transitions': {
        const seen = transitions(whole.transitions);
        return seen.length > 0 ? { type: 'transitions', transitions: seen } : null;
      }
      case 'reset':
        return { type: 'reset', snapshot: snapshot(whole.snapshot) };
      case 'gap':
        return inScope(whole.supervisor) ? whole : null;
      case 'connection':
        return whole;
    }
  };

  const history: Narrowing['history'] = async function* (parts) {
    for await (const part of parts) {
      yield readsLogs || part.type !== 'events' ? part : { type: 'events', events: part.events.map(withoutWords) };
    }
  };

  return { snapshot, changes, transitions, history, event };
}

const WHOLE: Narrowing = {
  snapshot: (whole) => whole,
  changes: (changes) => changes,
  transitions: (transitions) => transitions,
  history: (parts) => parts,
  event: (event) => event,
};

function withoutWords(event: HistoryEvent): HistoryEvent {
  return event.kind === 'process' && event.lastWords ? { ...event, lastWords: null } : event;
}

function isSame(known: Snapshot, supervisors: Snapshot['supervisors']): boolean {
  if (known.supervisors.size !== supervisors.size) return false;
  const before = [...known.supervisors];
  return [...supervisors].every(
    ([name, supervisor], index) => before[index]?.[0] === name && before[index]?.[1] === supervisor,
  );
}

function supervisorOf(change: Exclude<Change, { type: 'order' }>): string {
  switch (change.type) {
    case 'supervisor':
      return change.supervisor.name;
    case 'supervisor-removed':
      return change.name;
    case 'process':
      return change.process.supervisor;
    case 'process-removed':
      return parseUid(change.uid)?.supervisor ?? '';
  }
}
