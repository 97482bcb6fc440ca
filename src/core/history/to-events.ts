// Lines of a main log, oldest first, and what is known of its processes now -> what happened, with time and group.
import type { ProcessReading, Reason } from '../model.ts';
import type { ProcessState } from '../process-state.ts';
import type { Anchor } from './derive-zone.ts';
import { deriveZone } from './derive-zone.ts';
import type { HistoryEvent, ProcessEvent, DaemonEvent } from './history.ts';
import type { LogRecord, ProcessLogEvent } from './log-event.ts';

export type LogContext = {
  /** Of us: the name under which the supervisor is known. */
  readonly supervisor: string;
  readonly readings: readonly ProcessReading[];
  /** The host's clock, milliseconds since the epoch; null: not told. */
  readonly hostNow: number | null;
  /** What the host's clock is ahead of ours, milliseconds. */
  readonly clockOffsetMs: number;
};

type Names = ReadonlyMap<string, readonly ProcessReading[]>;

/** Oldest first, in our time; and what is to be taken from the local time of the oldest line for that. */
export function toEvents(
  records: readonly LogRecord[],
  context: LogContext,
): { readonly events: readonly HistoryEvent[]; readonly oldestOffset: number } {
  const names = byName(context.readings);
  const zoned = deriveZone(records, { anchors: findAnchors(records, names), hostNow: context.hostNow });
  const story = createStory(names);
  const events = records.flatMap((record, index) => {
    const { offset = 0, approximate = true } = zoned[index] ?? {};
    const at = record.local - offset - context.clockOffsetMs;
    const told = story.tell(record);
    return told ? [{ ...told, at, approximate, supervisor: context.supervisor }] : [];
  });
  return { events, oldestOffset: (zoned[0]?.offset ?? 0) + context.clockOffsetMs };
}

/** Its run of now began when supervisord says; and its last one ended when it says, if it is down. */
export function findAnchors(records: readonly LogRecord[], names: Names): readonly Anchor[] {
  const anchors: Anchor[] = [];
  const ended = new Set<string>();
  for (let index = records.length - 1; index >= 0; index -= 1) {
    const event = records[index]?.event;
    if (event?.type === 'spawned') {
      const reading = names.get(event.name)?.find(({ pid }) => pid === event.pid);
      if (typeof reading?.startedAt === 'number') anchors.push({ index, epoch: reading.startedAt * 1_000 });
    }
    if (event?.type !== 'exited' && event?.type !== 'stopped') continue;
    const [reading, ...others] = names.get(event.name) ?? [];
    if (!reading || others.length > 0 || ended.has(event.name)) continue;
    ended.add(event.name);
    // The end of its last run: one that runs may have been started again since, and tells of the run before.
    if (reading.stoppedAt !== null) anchors.push({ index, epoch: reading.stoppedAt * 1_000 });
  }
  return anchors;
}

export function byName(readings: readonly ProcessReading[]): Names {
  const names = new Map<string, ProcessReading[]>();
  for (const reading of readings) {
    const same = names.get(reading.name);
    if (same) same.push(reading);
    else names.set(reading.name, [reading]);
  }
  return names;
}

type Told =
  Omit<ProcessEvent, 'at' | 'approximate' | 'supervisor'> | Omit<DaemonEvent, 'at' | 'approximate' | 'supervisor'>;

/** What each line means, after those before it. */
function createStory(names: Names): { tell(record: LogRecord): Told | null } {
  const states = new Map<string, { readonly state: ProcessState; readonly pid: number | null }>();
  /** Of a process of which no line has told: nothing runs when supervisord starts. */
  let before: ProcessState | null = null;
  let ending = false;
  const move = (name: string, to: ProcessState, { pid = null, reason = null }: Moved = {}): Told | null => {
    const known = states.get(name);
    // Told twice: "waiting for it to stop", and then "killing it".
    if (known?.state === to && to === 'STOPPING') return null;
    const kept = to === 'RUNNING' || to === 'STOPPING' ? (known?.pid ?? null) : pid;
    states.set(name, { state: to, pid: kept });
    const group = groupOf(names.get(name) ?? [], kept);
    const from = known?.state ?? before;
    return { kind: 'process', group, name, from, to, reason, pid: kept, by: null, source: 'log', lastWords: null };
  };
  const tellOf = (event: Exclude<ProcessLogEvent, { type: 'spawn-error' }>): Told | null => {
    const { name } = event;
    switch (event.type) {
      case 'spawned':
        return move(name, 'STARTING', { pid: event.pid });
      case 'running':
        return move(name, 'RUNNING');
      case 'stopping':
        return move(name, 'STOPPING');
      case 'stopped':
        return move(name, 'STOPPED');
      case 'exited': {
        // supervisord words both alike; only a child that was still starting goes to BACKOFF, and never as expected.
        const failed = states.get(name)?.state === 'STARTING' && event.ending?.expected !== true;
        return move(name, failed ? 'BACKOFF' : 'EXITED', { reason: event.ending });
      }
      case 'gave-up':
        return move(name, 'FATAL', { reason: { kind: 'gave-up', message: event.message } });
    }
  };
  return {
    tell: ({ event }) => {
      if (event.type === 'daemon') {
        // While it goes it says again and again for whom it waits.
        if (event.incident === 'stopping' && ending) return null;
        ending = event.incident === 'stopping' || event.incident === 'restarting';
        if (event.incident === 'started') {
          states.clear();
          before = 'STOPPED';
        }
        return { kind: 'supervisor', incident: event.incident, message: event.message };
      }
      if (event.type !== 'spawn-error') return tellOf(event);
      const name = whoCouldNotBeSpawned(event.message, names);
      if (name === null) return { kind: 'supervisor', incident: 'spawn-error', message: event.message };
      return move(name, 'BACKOFF', { reason: { kind: 'spawn-error', message: event.message } });
    },
  };
}

type Moved = { readonly pid?: number | null; readonly reason?: Reason | null };

/** Null: nobody of that name is there any more, or several are. */
function groupOf(candidates: readonly ProcessReading[], pid: number | null): string | null {
  const [only, ...others] = candidates;
  if (only && others.length === 0) return only.group;
  const fitting = candidates.find((reading) => pid !== null && reading.pid === pid);
  return fitting?.group ?? null;
}

/** The line names nobody, unless supervisord's words do; whoever says the same of itself now is meant. */
function whoCouldNotBeSpawned(message: string, names: Names): string | null {
  const [, named] = /^unknown error making dispatchers for '(.+)': /su.exec(message) ?? [];
  if (named !== undefined) return named;
  const bearers = Array.from(names).filter(([, readings]) => readings.some(({ spawnError }) => spawnError === message));
  const [bearer, ...others] = bearers;
  return bearer && others.length === 0 ? bearer[0] : null;
}
