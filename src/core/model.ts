// What is known of the world. Everything is readonly: a value that did not change keeps its identity (===).
import type { DaemonState, ProcessState } from './process-state.ts';

/** Where a row's truth comes from: an event listener, supervisord's main log, or polling alone. */
export type Source = 'event' | 'log' | 'poll';

/** What a link read of one process. Times are whole seconds of the host's clock since the epoch. */
export type ProcessReading = {
  readonly group: string;
  readonly name: string;
  readonly state: ProcessState;
  readonly pid: number | null;
  /** Null when it never started. */
  readonly startedAt: number | null;
  /** Null when it never stopped. */
  readonly stoppedAt: number | null;
  /** Null unless its last run has exited by itself. */
  readonly exitStatus: number | null;
  readonly spawnError: string;
  /** supervisord's own localised prose, as of the reading: shown on request, never parsed, never compared. */
  readonly description: string;
  /** Path on the host; '' when there is none. */
  readonly stdoutLog: string;
  readonly stderrLog: string;
};

/** Why a process left a state. */
export type Reason =
  | { readonly kind: 'exit'; readonly status: number; readonly expected: boolean }
  /** `signal` is its name with SIG; '' when only polling saw it: supervisord's RPC does not tell which. */
  | { readonly kind: 'signal'; readonly signal: string; readonly expected: boolean }
  | { readonly kind: 'spawn-error'; readonly message: string }
  | { readonly kind: 'gave-up'; readonly message: string }
  /** Another pid or start time with nothing seen in between. */
  | { readonly kind: 'restarted' };

/** The last lines a process wrote before it went down; bounded (see timeline.ts). */
export type LastWords = { readonly stream: 'stdout' | 'stderr'; readonly lines: readonly string[] };

/** The last time that a process went down by itself, or could not be started. */
export type Fall = {
  /** Milliseconds since the epoch, our clock. */
  readonly at: number;
  readonly reason: Reason;
  /** The last line of its last words, at most 200 characters; '' when unknown. */
  readonly lastLine: string;
};

/** It ended unexpectedly so many times within so many minutes, again and again (flapping.ts). */
export type Flapping = { readonly times: number; readonly minutes: number };

export type ProcessAction = 'start' | 'stop' | 'restart' | 'signal' | 'clear';
export type SupervisorAction = 'reread' | 'update' | 'reload' | 'shutdown';

export type Process = ProcessReading & {
  readonly uid: string;
  readonly supervisor: string;
  /** The command that is under way on it. */
  readonly pending: ProcessAction | null;
  /** Times it was seen to start again since we watch. */
  readonly restarts: number;
  readonly fall: Fall | null;
  readonly flapping: Flapping | null;
  /** What its project knows of it ("waiting for db"); absent when there is nothing to say. */
  readonly note?: string;
};

export type LinkError = { readonly code: LinkErrorCode; readonly message: string };

export type LinkErrorCode =
  | 'refused' // nobody listens
  | 'unreachable' // no route, no such host, no such socket file
  | 'timeout' // accepted or ignored, but no answer in time
  | 'unauthorized' // 401
  | 'forbidden' // permission denied on the socket, 403
  | 'not-supervisor' // something else answers
  | 'protocol' // it answers nonsense
  | 'shutting-down' // fault 6
  | 'closed'; // it was there and went away

export type LinkState = 'connecting' | 'up' | 'down';

export type Supervisor = {
  readonly name: string;
  /** For people; never holds secrets. */
  readonly url: string;
  readonly host: string;
  readonly tags: readonly string[];
  readonly readOnly: boolean;
  readonly protected: boolean;
  readonly link: LinkState;
  /** Why the link is not up; kept while connecting again. */
  readonly error: LinkError | null;
  /** Since when its processes are only last known: milliseconds, our clock; null while up or never seen. */
  readonly staleSince: number | null;
  /** As getState said. A stock one that shuts down or restarts refuses every call: then the link is down, with its error. */
  readonly state: DaemonState | null;
  readonly identification: string | null;
  readonly version: string | null;
  readonly apiVersion: string | null;
  readonly pid: number | null;
  readonly source: Source | null;
  /** Why the source is not the best one, e.g. "no main log (logfile=NONE)"; '' otherwise. */
  readonly sourceNote: string;
  /** `group:name` of the process under it through which we hear of it; null: none, or not known. */
  readonly agent: string | null;
  /** `group:name` of those that only serve the others of a project; absent where it is none. */
  readonly companions?: readonly string[];
  /** Round trip of a recent read, milliseconds; refreshed only when it moved a lot. */
  readonly latencyMs: number | null;
  /** Period of the full reads, milliseconds: no row is older than this while the link is up. */
  readonly pollMs: number | null;
  /** The host's clock minus ours, milliseconds; refreshed only when it moved by more than 1.5 s. */
  readonly clockOffsetMs: number | null;
  /** By uid, in supervisord's own order (by group priority, then name). */
  readonly processes: ReadonlyMap<string, Process>;
};

export type Snapshot = {
  /** The name of this installation, `[global] name`. */
  readonly name: string;
  /** Another epoch means another engine: nothing of before holds. */
  readonly epoch: string;
  readonly revision: number;
  /** By name, in the order of the configuration. */
  readonly supervisors: ReadonlyMap<string, Supervisor>;
};

/** A supervisor without its processes: what travels when only its own state changed. */
export type SupervisorInfo = Omit<Supervisor, 'processes'>;

export type Change =
  | { readonly type: 'supervisor'; readonly supervisor: SupervisorInfo }
  | { readonly type: 'supervisor-removed'; readonly name: string }
  /** The order of the configuration, when a new one changed it. */
  | { readonly type: 'order'; readonly supervisors: readonly string[] }
  | { readonly type: 'process'; readonly process: Process }
  | { readonly type: 'process-removed'; readonly uid: string };

/** One batch of changes, one revision. */
export type Delta = { readonly from: number; readonly to: number; readonly changes: readonly Change[] };

/** One state change of one process, as the timeline keeps it. */
export type Transition = {
  /** Rises by one per transition within an epoch; an amended transition keeps its id. */
  readonly id: number;
  /** When we learned of it: milliseconds, our clock. */
  readonly at: number;
  readonly uid: string;
  readonly from: ProcessState | null;
  readonly to: ProcessState;
  readonly reason: Reason | null;
  /** Who asked for it, when a command did. */
  readonly by: string | null;
  readonly source: Source;
  readonly pid: number | null;
  readonly lastWords: LastWords | null;
};
