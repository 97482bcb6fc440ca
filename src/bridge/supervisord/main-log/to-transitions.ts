// Lines of the main log -> reported transitions, each of the right process.
import type { ProcessReading } from '../../../core/model.ts';
import type { ReportedTransition } from '../../../core/observation.ts';
import type { ProcessState } from '../../../core/process-state.ts';
import type { LogEvent } from '../../supervisord-api/parse-log-line.ts';
import type { Known, NameIndex } from './process-names.ts';
import { toKey } from './process-names.ts';

export type Reported = {
  readonly transitions: readonly ReportedTransition[];
  /** To be reread: `group:name`. */
  readonly names: readonly string[];
  /** Everything is to be reread. */
  readonly everything: boolean;
};

export type LineReporter = {
  /** `doubtful`: a program may have written them, so that they are told only when a reading bears them out. */
  report(events: readonly LogEvent[], now: number, doubtful?: boolean): Reported;
  /** After a reading: lines whose process was not clear may be clear now. */
  settle(now: number): readonly ReportedTransition[];
  forget(): void;
};

/** A line whose process was not found out by then is dropped: the readings have told the state long since. */
const PENDING_MS = 3_000;

/** A reading this long after a doubtful line that does not bear it out refutes it. */
const REFUTED_MS = 50;

type Pending = {
  readonly event: ProcessEvent;
  readonly at: number;
  /** Null: supervisord wrote it. Otherwise what was read of those who bear its name when it came. */
  readonly doubted: readonly ProcessReading[] | null;
};

type ProcessEvent = Exclude<LogEvent, { type: 'daemon' }>;

export function createLineReporter(index: NameIndex): LineReporter {
  let pending: Pending[] = [];

  const tell = (event: ProcessEvent, known: Known): ReportedTransition => {
    const transition = toTransition(event, known);
    const { to, pid } = transition;
    index.setTold(known, to, to === 'RUNNING' || to === 'STOPPING' ? known.toldPid : pid);
    return transition;
  };

  return {
    report: (events, now, doubtful = false) => {
      const transitions: ReportedTransition[] = [];
      const names = new Set<string>();
      let everything = false;
      for (const event of events) {
        if (event.type === 'daemon') everything = true;
        else if (event.type === 'spawn-error') {
          everything = true;
          pending.push({ event, at: now, doubted: doubtful ? [] : null });
        } else {
          const candidates = index.named(event.name);
          const [only] = candidates;
          candidates.forEach((known) => names.add(toKey(known)));
          const isBehind = pending.some((earlier) => mayBeOfOne(earlier.event, event));
          if (only && candidates.length === 1 && !doubtful && !isBehind) transitions.push(tell(event, only));
          else pending.push({ event, at: now, doubted: doubtful ? candidates.map(({ reading }) => reading) : null });
          if (!only) everything = true;
        }
      }
      return { transitions, names: [...names], everything };
    },

    settle: (now) => {
      const transitions: ReportedTransition[] = [];
      pending = pending.filter(({ event, at, doubted }) => {
        const candidates = event.type === 'spawn-error' ? index.all() : index.named(event.name);
        const fitting = candidates.find((candidate) => fits(event, candidate));
        const known = fitting ?? (doubted === null ? onlyOne(event, candidates) : undefined);
        if (known) transitions.push(tell(event, known));
        const reread = doubted !== null && candidates.every(({ reading }) => !doubted.includes(reading));
        return !known && now - at < PENDING_MS && !(reread && now - at >= REFUTED_MS);
      });
      return transitions;
    },

    forget: () => {
      pending = [];
    },
  };
}

/** A spawn error names nobody: whoever is given up next may have borne it. */
function mayBeOfOne(earlier: ProcessEvent, later: Exclude<ProcessEvent, { type: 'spawn-error' }>): boolean {
  return earlier.type === 'spawn-error' ? later.type === 'gave-up' : earlier.name === later.name;
}

function onlyOne(event: ProcessEvent, candidates: readonly Known[]): Known | undefined {
  return event.type !== 'spawn-error' && candidates.length === 1 ? candidates[0] : undefined;
}

/** Whether what was read of it is what this line tells. */
function fits(event: ProcessEvent, { reading, told, toldPid, isNew }: Known): boolean {
  switch (event.type) {
    case 'spawned':
      return reading.pid === event.pid;
    case 'running':
      return told === 'STARTING' && reading.state === 'RUNNING';
    case 'exited': {
      const status = event.ending?.kind === 'exit' ? event.ending.status : null;
      const otherStatus = status !== null && reading.exitStatus !== null && reading.exitStatus !== status;
      return hasChild(told) && reading.pid !== toldPid && !otherStatus;
    }
    case 'stopping':
      return told !== 'STOPPING' && reading.state === 'STOPPING';
    case 'stopped':
      return hasChild(told) && reading.pid !== toldPid;
    case 'gave-up':
      return told !== 'FATAL' && reading.state === 'FATAL';
    case 'spawn-error':
      return (isNew || (told !== 'BACKOFF' && told !== 'FATAL')) && reading.spawnError === event.message;
  }
}

function hasChild(state: ProcessState): boolean {
  return state === 'STARTING' || state === 'RUNNING' || state === 'STOPPING';
}

function toTransition(event: ProcessEvent, { group, name, told }: Known): ReportedTransition {
  const base = { group, name, from: null, reason: null, pid: null };
  switch (event.type) {
    case 'spawned':
      return { ...base, to: 'STARTING', pid: event.pid };
    case 'running':
      return { ...base, to: 'RUNNING' };
    case 'exited': {
      // supervisord words both alike; only a child that was still starting goes to BACKOFF, and never as expected.
      const failedStart = told === 'STARTING' && event.ending?.expected !== true;
      return { ...base, to: failedStart ? 'BACKOFF' : 'EXITED', reason: event.ending };
    }
    case 'stopping':
      return { ...base, to: 'STOPPING' };
    case 'stopped':
      return { ...base, to: 'STOPPED' };
    case 'gave-up':
      return { ...base, to: 'FATAL', reason: { kind: 'gave-up', message: event.message } };
    case 'spawn-error':
      return { ...base, to: 'BACKOFF', reason: { kind: 'spawn-error', message: event.message } };
  }
}
