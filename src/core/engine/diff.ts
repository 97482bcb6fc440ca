// Readings against what is known -> the smallest list of changes.
import { toUid } from '../ids.ts';
import type { Change, Process, ProcessReading, Supervisor, SupervisorInfo } from '../model.ts';

/** Fields whose change is news. `description` is prose that ticks every second: it is not. */
const COMPARED = [
  'state',
  'pid',
  'startedAt',
  'stoppedAt',
  'exitStatus',
  'spawnError',
  'stdoutLog',
  'stderrLog',
] as const satisfies readonly (keyof ProcessReading)[];

/** A reading as a process; what only we know (pending, restarts, fall) is kept. Same object when nothing changed. */
export function mergeReading(supervisor: string, known: Process | undefined, reading: ProcessReading): Process {
  if (known && COMPARED.every((field) => known[field] === reading[field])) return known;
  // What is new stands before what is spread: the other way round V8 gives each object a hidden class of its own, and
  // every look at a list of them misses its caches.
  const process = {
    uid: toUid(supervisor, reading.group, reading.name),
    supervisor,
    pending: known?.pending ?? null,
    restarts: known?.restarts ?? 0,
    fall: known?.fall ?? null,
    flapping: known?.flapping ?? null,
    ...reading,
  };
  return known?.note === undefined ? process : { ...process, note: known.note };
}

/** Processes of `supervisor` that a complete list of readings does not mention any more. */
export function findGone(supervisor: Supervisor, readings: readonly ProcessReading[]): string[] {
  const present = new Set(readings.map((reading) => toUid(supervisor.name, reading.group, reading.name)));
  return [...supervisor.processes.keys()].filter((uid) => !present.has(uid));
}

export function toInfo(supervisor: Supervisor): SupervisorInfo {
  const { processes: _, ...info } = supervisor;
  return info;
}

/** The supervisor's change, when anything in `next` is another value. */
export function diffInfo(supervisor: Supervisor, next: Partial<SupervisorInfo>): Change[] {
  const before = toInfo(supervisor);
  const after: SupervisorInfo = { ...before, ...next };
  const same = Object.entries(after).every(([key, value]) => Object.is(Reflect.get(before, key), value));
  return same ? [] : [{ type: 'supervisor', supervisor: after }];
}
