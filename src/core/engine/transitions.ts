// Reconciles two tellings of the same story: what supervisord reported (every transition, with its reason, a little
// late) and what was read (the state now, possibly ahead of the reports). Reports are taken as they come; a state that
// no report has explained within the grace becomes a transition of its own, so that no state change goes unrecorded.
import type { Asker } from './attribution.ts';
import type { Process, ProcessReading, Reason, Source, Transition } from '../model.ts';
import type { ReportedTransition } from '../observation.ts';
import type { ProcessState } from '../process-state.ts';
import type { Moment } from '../ports.ts';
import type { Timeline } from './timeline.ts';

/** How long a reading may be ahead of the report that explains it: supervisord's loop turns once a second. */
export const REPORT_GRACE_MS = 1_500;
/** A report that comes this long after the transition derived from a reading still explains it. */
const AMEND_MS = 5_000;

/** All times are of the monotonic clock; only `at` of a transition is of the wall. */
type Track = {
  readonly state: ProcessState | null;
  readonly pid: number | null;
  /** Its newest transition, and whether that was derived from a reading. */
  readonly last: Transition | null;
  readonly derived: boolean;
  /** The pid of a restart that was counted when only that pid told of it, until its start is told too. */
  readonly countedPid: number | null;
  /** Since when the reading says something else than `state`. */
  readonly unexplainedSince: number | null;
  /** When `last` was recorded, when it was last reported on, and when the last reading of it was asked for. */
  readonly recordedAt: number;
  readonly reportedAt: number;
  readonly askedAt: number;
};

const UNKNOWN_TRACK: Track = {
  state: null,
  pid: null,
  last: null,
  derived: false,
  countedPid: null,
  unexplainedSince: null,
  recordedAt: -Infinity,
  reportedAt: -Infinity,
  askedAt: -Infinity,
};

/**
 * `amended`: a transition of before (same id) was completed; otherwise it is a new one. `counted`: it belongs to a restart
 * that was counted when only another pid told of it.
 */
export type Recorded = { readonly transition: Transition; readonly amended: boolean; readonly counted: boolean };

export type RecordContext = Moment & {
  /** Who has which command under way on it. */
  readonly asked: Asker | null;
};

export type Recorder = {
  /** Null when it says nothing new. */
  report(uid: string, reported: ReportedTransition, context: RecordContext & { source: Source }): Recorded | null;
  /** A reading that was asked for before the last report, and contradicts it, is older than the report. */
  isOutdated(uid: string, state: ProcessState, askedAt: number): boolean;
  /**
   * Compares a reading with the story so far; `deadline`: when to compare again if no report explains it. `askedAt` null:
   * the reading that is known already.
   */
  read(
    process: Process,
    context: RecordContext & { readonly graceMs: number; readonly askedAt: number | null },
  ): { readonly recorded: Recorded | null; readonly deadline: number | null };
  forget(uid: string): void;
};

type How = Pick<Track, 'derived' | 'recordedAt'>;

const QUIET = { recorded: null, deadline: null } as const;

export function createRecorder(timeline: Timeline): Recorder {
  const tracks = new Map<string, Track>();

  const append = (uid: string, fields: Omit<Transition, 'id' | 'uid' | 'lastWords'>, how: How): Recorded => {
    const transition = timeline.append({ uid, lastWords: null, ...fields });
    const track = tracks.get(uid) ?? UNKNOWN_TRACK;
    const pid = fields.pid ?? (isDown(fields.to) ? null : track.pid);
    const { countedPid } = track;
    const counted = fields.to === 'STARTING' && countedPid !== null && countedPid === (fields.pid ?? countedPid);
    const next = {
      state: fields.to,
      pid,
      last: transition,
      unexplainedSince: null,
      countedPid: counted ? null : countedPid,
    };
    tracks.set(uid, { ...track, ...next, ...how });
    return { transition, amended: false, counted };
  };

  const amend = (
    uid: string,
    fields: Partial<Pick<Transition, 'to' | 'reason' | 'source' | 'pid'>>,
  ): Recorded | null => {
    const track = tracks.get(uid);
    const transition = track?.last ? timeline.amend(track.last.id, fields) : null;
    if (!track || !transition) return null;
    tracks.set(uid, { ...track, state: transition.to, last: transition, derived: false, unexplainedSince: null });
    return { transition, amended: true, counted: false };
  };

  return {
    isOutdated: (uid, state, askedAt) => {
      const track = tracks.get(uid);
      return track !== undefined && askedAt < track.reportedAt && state !== track.state;
    },

    report: (uid, reported, { now, monotonic, source, asked }) => {
      const track = { ...(tracks.get(uid) ?? UNKNOWN_TRACK), reportedAt: monotonic };
      tracks.set(uid, track);
      const { to, reason, pid } = reported;
      if (track.state === to && (to !== 'STARTING' || pid === null || pid === track.pid)) {
        if (!track.derived || !track.last || monotonic - track.recordedAt > AMEND_MS) return null;
        return amend(uid, { reason: reason ?? track.last.reason, source });
      }
      if (to === 'EXITED' && isKnownByPidAlone(track) && monotonic - track.recordedAt <= AMEND_MS) {
        // Another pid was read before the log told of the fall: it is the fall of the run before, and no further one.
        const fall = amend(uid, { to, reason, source, pid: null });
        if (!fall) return null;
        tracks.set(uid, { ...(tracks.get(uid) ?? track), countedPid: track.pid });
        return { ...fall, counted: true };
      }
      const from = reported.from ?? track.state;
      return append(
        uid,
        { at: now, from, to, reason, by: byOf(to, asked), source, pid: pid ?? pidIn(to, track.pid) },
        { derived: false, recordedAt: monotonic },
      );
    },

    read: (process, { now, monotonic, asked, graceMs, askedAt }) => {
      const { uid, state, pid } = process;
      const known = tracks.get(uid);
      if (!known) {
        tracks.set(uid, { ...UNKNOWN_TRACK, state, pid, askedAt: askedAt ?? monotonic });
        return QUIET;
      }
      const track = { ...known, askedAt: askedAt ?? known.askedAt };
      if (track.askedAt < track.reportedAt && state !== track.state) return QUIET;
      const replaced = isUp(state) && isUp(track.state) && pid !== null && track.pid !== null && pid !== track.pid;
      if (state === track.state && !replaced) {
        tracks.set(uid, { ...track, pid: pid ?? track.pid, unexplainedSince: null });
        return QUIET;
      }
      const since = track.unexplainedSince ?? monotonic;
      if (monotonic - since < graceMs) {
        tracks.set(uid, { ...track, unexplainedSince: since });
        return { recorded: null, deadline: since + graceMs };
      }
      // A line cannot tell a start that failed from a run that ended; the reading can.
      if (track.last && !track.derived && isSameFall(track.last.to, state)) {
        return { recorded: amend(uid, { to: state }), deadline: null };
      }
      const reason = replaced ? ({ kind: 'restarted' } as const) : reasonOf(process);
      const by = byOf(state, asked);
      const fields = { at: now, from: track.state, to: state, reason, by, source: 'poll', pid } as const;
      return { recorded: append(uid, fields, { derived: true, recordedAt: monotonic }), deadline: null };
    },

    forget: (uid) => {
      tracks.delete(uid);
    },
  };
}

/** Another pid in either of them is another run, whichever of the two one looks in. */
function isUp(state: ProcessState | null): boolean {
  return state === 'STARTING' || state === 'RUNNING';
}

/** What comes after it has another pid, also when that is not told. */
function isDown(state: ProcessState): boolean {
  return state === 'EXITED' || state === 'BACKOFF' || state === 'FATAL' || state === 'STOPPED';
}

/** Its last transition is a restart that nothing but another pid told of so far. */
function isKnownByPidAlone({ derived, last }: Track): boolean {
  return derived && last?.reason?.kind === 'restarted';
}

function isSameFall(told: ProcessState, read: ProcessState): boolean {
  return (told === 'BACKOFF' && read === 'EXITED') || (told === 'EXITED' && read === 'BACKOFF');
}

/** Nobody asks for a fall, unless by a signal. */
function byOf(to: ProcessState, asked: Asker | null): string | null {
  if (!asked) return null;
  const isFall = to === 'EXITED' || to === 'BACKOFF' || to === 'FATAL' || to === 'UNKNOWN';
  return isFall && asked.action !== 'signal' ? null : asked.by;
}

function pidIn(state: ProcessState, pid: number | null): number | null {
  return state === 'RUNNING' || state === 'STOPPING' ? pid : null;
}

/** What a reading alone says of why a process is down; null for one that is up or was stopped on purpose. */
export function reasonOf(reading: ProcessReading): Reason | null {
  const { state, spawnError, exitStatus } = reading;
  if (state === 'EXITED') {
    // supervisord reports a death by signal as status -1 and leaves the spawn error empty for expected exits only.
    const expected = spawnError === '';
    if (exitStatus === null) return null;
    return exitStatus < 0 ? { kind: 'signal', signal: '', expected } : { kind: 'exit', status: exitStatus, expected };
  }
  if (state !== 'BACKOFF' && state !== 'FATAL') return null;
  // supervisord's two stock phrases say less than the log does; anything else there is why it could not be spawned.
  if (spawnError.startsWith('Exited too quickly')) return { kind: 'gave-up', message: 'exited too quickly' };
  if (spawnError === '' || spawnError.startsWith('Bad exit code')) return { kind: 'gave-up', message: '' };
  return { kind: 'spawn-error', message: spawnError };
}
