// What a line of supervisord's main log tells. A line names a process without its group.

/** How a run ended, as supervisord words it. */
export type ProcessEnding =
  | { readonly kind: 'exit'; readonly status: number; readonly expected: boolean }
  | { readonly kind: 'signal'; readonly signal: string; readonly expected: boolean };

export type ProcessLogEvent =
  | { readonly type: 'spawned'; readonly name: string; readonly pid: number }
  | { readonly type: 'running'; readonly name: string }
  | { readonly type: 'exited'; readonly name: string; readonly ending: ProcessEnding | null }
  | { readonly type: 'stopping'; readonly name: string }
  | { readonly type: 'stopped'; readonly name: string }
  | { readonly type: 'gave-up'; readonly name: string; readonly message: string }
  /** A process could not be spawned; the line does not say which. */
  | { readonly type: 'spawn-error'; readonly message: string };

/** `log-reopened`: its logs go on in new files, and what came before may stand in others. */
export const DAEMON_INCIDENTS = ['started', 'stopping', 'restarting', 'log-reopened'] as const;

/** What happened to supervisord itself. */
export type DaemonIncident = (typeof DAEMON_INCIDENTS)[number];

/** One line that tells something, as it was written. */
export type LogRecord = {
  /** The time as the host's clock showed it, in milliseconds as if it were UTC: the line says nothing of its zone. */
  readonly local: number;
  readonly event:
    ProcessLogEvent | { readonly type: 'daemon'; readonly incident: DaemonIncident; readonly message: string };
};
