// What a link tells the engine. Whatever the transport, the same union.
import type { DaemonState, ProcessState } from './process-state.ts';
import type { LinkError, ProcessReading, Reason, Source } from './model.ts';

export type SupervisordIdentity = {
  readonly identification: string;
  readonly version: string;
  readonly apiVersion: string;
  readonly pid: number;
  readonly state: DaemonState;
};

/** A transition that supervisord itself reported (a line of its log, an event). It explains; readings decide. */
export type ReportedTransition = {
  readonly group: string;
  readonly name: string;
  readonly to: ProcessState;
  /** Null: whatever the state was before. */
  readonly from: ProcessState | null;
  readonly reason: Reason | null;
  readonly pid: number | null;
};

/**
 * `askedMsAgo`: how long before the answer it was asked for, 0 when left out. A long answer of a busy supervisord tells
 * the state of when it was asked; what was reported since is newer, and the link reads once more after each report.
 */
export type Observation =
  | { readonly type: 'connecting' }
  | { readonly type: 'identity'; readonly identity: SupervisordIdentity }
  /** Everything this supervisor has: what is not in it does not exist any more. */
  | {
      readonly type: 'all';
      readonly readings: readonly ProcessReading[];
      /** The host's clock in whole seconds, from the same answer; null when there was no process to tell it. */
      readonly hostNow: number | null;
      readonly latencyMs: number;
      readonly pollMs: number;
      readonly askedMsAgo?: number;
    }
  /** Some processes were reread; `gone` are `group:name` that supervisord no longer knows. */
  | {
      readonly type: 'some';
      readonly readings: readonly ProcessReading[];
      readonly gone: readonly string[];
      /** As of `all`; left out when it is not told. */
      readonly hostNow?: number | null;
      readonly askedMsAgo?: number;
    }
  | { readonly type: 'transitions'; readonly transitions: readonly ReportedTransition[] }
  | { readonly type: 'source'; readonly source: Source; readonly note: string }
  /** Which of its processes (`group:name`) tells us its events; null: none of them. */
  | { readonly type: 'agent'; readonly process: string | null }
  /** Of a project: what it knows of its processes (`group:name`), and which of them only serve the others. */
  | {
      readonly type: 'notes';
      readonly notes: Readonly<Record<string, string>>;
      readonly companions: readonly string[];
    }
  /** Events may have been missed; a full read follows. */
  | { readonly type: 'gap'; readonly message: string }
  | { readonly type: 'down'; readonly error: LinkError };
