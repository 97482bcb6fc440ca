// What core asks of the world. Bridges implement SupervisorLink; local and remote sessions implement Session.
import type { Actor } from './access/actor.ts';
import type { AlertsDesk } from './alerts/desk.ts';
import type { HistoryPart, HistoryRequest } from './history/history.ts';
import type { Delta, LinkError, ProcessAction, Snapshot, SupervisorAction, Transition } from './model.ts';
import type { Observation } from './observation.ts';

/** One moment by both clocks, in milliseconds. */
export type Moment = {
  /** Since the epoch, as people set it: to be shown, and for nothing else. */
  readonly now: number;
  /** Since some moment of this process; nobody sets it. */
  readonly monotonic: number;
};

export type Clock = {
  /** Milliseconds since the epoch: only to be shown. Somebody may set it back while we wait. */
  now(): number;
  /** Milliseconds since some moment of this process: for every wait, and for what came first. */
  monotonic(): number;
  /** Calls back once after `ms`; the returned function cancels. */
  after(ms: number, callback: () => void): () => void;
};

export type WaitOptions = { readonly signal: AbortSignal };

/** One primitive call to one supervisord; none of them waits for the state to be reached. */
export type LinkCall =
  | { readonly op: 'start' | 'stop' | 'clear'; readonly target: string }
  | { readonly op: 'signal'; readonly target: string; readonly signal: string }
  | { readonly op: 'reread' }
  | { readonly op: 'add-group' | 'remove-group' | 'stop-group'; readonly group: string }
  | { readonly op: 'reload' | 'shutdown' }
  /** What the programs' own settings say of starting and stopping; costly, so only when a wait grows long. */
  | { readonly op: 'settings' };

/** Of `getAllConfigInfo`: seconds, as the program's section of supervisord.conf has them. */
export type ProgramSettings = {
  /** `group:name`. */
  readonly name: string;
  readonly stopWaitSecs: number;
  readonly startSecs: number;
};

export type ConfigDifference = {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
};

/** Expected refusals are data: `code` is an OutcomeCode. */
export type LinkResult =
  | {
      readonly ok: true;
      readonly unchanged: boolean;
      /** For `reread` only. */
      readonly difference?: ConfigDifference;
      /** For `settings` only. */
      readonly settings?: readonly ProgramSettings[];
      /** For `clear` only: the logs are as long as before, although they were not empty. */
      readonly kept?: boolean;
    }
  | { readonly ok: false; readonly code: OutcomeCode; readonly message: string };

export type LogStream = 'stdout' | 'stderr';

export type TailRequest = {
  readonly uid: string;
  readonly stream: LogStream;
  /** How much of what is already there to send first, in bytes. */
  readonly backlogBytes: number;
  /** False: send the backlog, then end. */
  readonly follow: boolean;
};

/** Raw text as it was written, decoded as UTF-8; chunks need not end at a line's end. A followed log that is empty may begin with an empty text. */
export type TailChunk =
  | { readonly type: 'text'; readonly text: string }
  /** Bytes may be missing here (truncated, reconnected, dropped), with the reason. */
  | { readonly type: 'gap'; readonly reason: string };

/** Failure of a tail or a log read: thrown, because there is no stream to put it in. */
export class SessionError extends Error {
  readonly code: OutcomeCode;

  constructor(code: OutcomeCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SessionError';
    this.code = code;
  }
}

/** Of the engines (epochs) that news of a supervisor passes: one that would pass its own again must refuse it. */
export type LinkRoute = {
  /** The engine that runs the link. */
  readonly self: string;
  /** The engines that the link goes through, nearest first; none for a supervisor of one's own. */
  readonly through: (engines: readonly string[]) => void;
};

/** `among`: how many links this process runs now, so that all of them together stay cheap; 1 when left out. */
export type LinkRunOptions = WaitOptions & { readonly among?: () => number; readonly route?: LinkRoute };

/** One supervisor's connection. It reconnects by itself and never throws for what the outside does. */
export type SupervisorLink = {
  /** Watches until aborted; everything it learns goes to `observe`. */
  run(observe: (observation: Observation) => void, options: LinkRunOptions): Promise<void>;
  call(call: LinkCall, options: WaitOptions): Promise<LinkResult>;
  /** Rereads these processes (`group:name`) soon; none named: everything. Never throws. */
  reread(names: readonly string[]): void;
  /** Somebody looks at the rows: be quick. Nobody does: be cheap. */
  attend(watched: boolean): void;
  tail(request: TailRequest, options: WaitOptions): AsyncIterable<TailChunk>;
  /** What happened before, newest first and its extent last, at little cost to the host: only for whoever asks. */
  history(request: HistoryRequest, options: WaitOptions): AsyncIterable<HistoryPart>;
};

export type OutcomeCode =
  | 'ok'
  | 'unchanged' // already so: also a success
  | 'not-found' // no such process or supervisor
  | 'failed' // the process could not be started or did not stay up
  | 'timeout'
  | 'cancelled'
  | 'not-allowed' // role, read_only
  | 'unreachable' // the supervisor, or the server, does not answer
  | 'busy' // another command is under way on it
  | 'untouched' // a roll stopped before it came to this one
  | 'no-log' // it has no readable log
  | 'unsayable' // a name or a signal that supervisord's protocol cannot carry
  | 'fault'; // supervisord refused, with its words

export type Outcome = {
  /** uid of a process, or the name of a supervisor. */
  readonly target: string;
  readonly ok: boolean;
  readonly code: OutcomeCode;
  readonly message: string;
  /** States before and after, for processes. */
  readonly from: string | null;
  readonly to: string | null;
  readonly difference?: ConfigDifference;
};

export type Command =
  | {
      readonly action: ProcessAction;
      readonly targets: readonly string[];
      /** For `signal`: its name without SIG, or its number. */
      readonly signal?: string;
      /** Ends only when the state is reached (RUNNING, or at rest); otherwise as soon as supervisord took it. */
      readonly wait?: boolean;
      /** Per target, milliseconds: ends the waiting, not the act. Left out: as long as the program's settings allow. */
      readonly timeoutMs?: number;
      readonly roll?: RollPlan;
    }
  | { readonly action: SupervisorAction; readonly targets: readonly string[]; readonly timeoutMs?: number };

/** A rolling act: the next batch starts only when the whole of the last one is where it should be. */
export type RollPlan = {
  readonly batch: number;
  readonly pauseMs: number;
  /** Stop when this many have failed; at least 1. */
  readonly maxFailures: number;
};

/** How this session stands to what it shows: always `live` for a local one. */
export type Connection =
  /** `actor`: as whom one may act here; absent: as the owner. */
  | { readonly state: 'live'; readonly actor?: Actor }
  | { readonly state: 'connecting' | 'lost'; readonly since: number; readonly error: LinkError | null };

export type SessionEvent =
  /** One batch: `snapshot` is the one after it. `before` is the one that `delta.from` names. */
  | { readonly type: 'delta'; readonly delta: Delta; readonly before: Snapshot; readonly snapshot: Snapshot }
  /** New or amended (same id) transitions. */
  | { readonly type: 'transitions'; readonly transitions: readonly Transition[] }
  /** Start again from this snapshot: deltas were missed or the engine is another one. */
  | { readonly type: 'reset'; readonly snapshot: Snapshot }
  | { readonly type: 'gap'; readonly supervisor: string; readonly message: string }
  | { readonly type: 'connection'; readonly connection: Connection };

/**
 * `signal` ends the waiting and begins nothing more; what would stay down half-way, a restart after its stop, is still
 * brought to its end. `leave` gives that up too.
 */
export type SendOptions = WaitOptions & {
  readonly leave?: AbortSignal;
  readonly progress?: (outcome: Outcome) => void;
};

/** `supervisors`: of these only; left out: of all. */
export type SessionHistoryRequest = HistoryRequest & { readonly supervisors?: readonly string[] };

/** What every front end works over; local and remote behave the same (one contract suite). */
export type Session = {
  snapshot(): Snapshot;
  /** The next event follows on exactly from the snapshot of this moment. Returns the unsubscriber. */
  subscribe(listener: (event: SessionEvent) => void): () => void;
  /** Newest last, bounded. */
  timeline(): readonly Transition[];
  connection(): Connection;
  /** One outcome per target, in their order; `progress` sees each as it is known. Never rejects, also not when aborted. */
  send(command: Command, options: SendOptions): Promise<readonly Outcome[]>;
  /** Throws SessionError; aborting ends it without an error. */
  tail(request: TailRequest, options: WaitOptions): AsyncIterable<TailChunk>;
  /**
   * What happened before. Of each supervisor newest first and its extent last; those of several come mixed. Throws
   * SessionError; aborting ends it without an error.
   */
  history(request: SessionHistoryRequest, options: WaitOptions): AsyncIterable<HistoryPart>;
  /** Rereads the supervisors now (none named: all). */
  reread(supervisors: readonly string[]): void;
  /** The alerts behind it; absent where nobody tells any: only a server does. */
  readonly alerts?: AlertsDesk;
  close(): Promise<void>;
};
