// Which of the past a command line means: also what is not there any more.
import { mergeReading } from '../engine/diff.ts';
import { toUid } from '../ids.ts';
import type { Process, Snapshot } from '../model.ts';
import type { Selector } from '../select.ts';
import { select } from '../select.ts';
import type { HistoryEvent, ProcessEvent } from './history.ts';

/** Where the group is not known. */
const NO_GROUP = '?';

export function uidOf({ supervisor, group, name }: Pick<ProcessEvent, 'supervisor' | 'group' | 'name'>): string {
  return toUid(supervisor, group ?? NO_GROUP, name);
}

/** Of processes that are meant, and of the supervisors that have one of them. */
export function selectPast(
  snapshot: Snapshot,
  selectors: readonly Selector[],
  events: readonly HistoryEvent[],
): readonly HistoryEvent[] {
  if (selectors.length === 0) return events;
  const { processes } = select(withGone(snapshot, events), selectors);
  const uids = new Set(processes.map(({ uid }) => uid));
  const supervisors = new Set(processes.map(({ supervisor }) => supervisor));
  return events.filter((event) =>
    event.kind === 'process' ? uids.has(uidOf(event)) : supervisors.has(event.supervisor),
  );
}

/** With what the events tell of and nobody has any more; its state is not known. */
function withGone(snapshot: Snapshot, events: readonly HistoryEvent[]): Snapshot {
  const gone = new Map<string, Map<string, Process>>();
  for (const event of events) {
    if (event.kind !== 'process') continue;
    const uid = uidOf(event);
    if (snapshot.supervisors.get(event.supervisor)?.processes.has(uid)) continue;
    const all = gone.get(event.supervisor) ?? new Map<string, Process>();
    gone.set(event.supervisor, all.set(uid, toGone(event)));
  }
  if (gone.size === 0) return snapshot;
  const supervisors = Array.from(snapshot.supervisors, ([name, supervisor]) => {
    const more = gone.get(name);
    return [
      name,
      more ? { ...supervisor, processes: new Map([...supervisor.processes, ...more]) } : supervisor,
    ] as const;
  });
  return { ...snapshot, supervisors: new Map(supervisors) };
}

function toGone(event: ProcessEvent): Process {
  return mergeReading(event.supervisor, undefined, {
    group: event.group ?? NO_GROUP,
    name: event.name,
    state: 'UNKNOWN',
    pid: null,
    startedAt: null,
    stoppedAt: null,
    exitStatus: null,
    spawnError: '',
    description: '',
    stdoutLog: '',
    stderrLog: '',
  });
}
