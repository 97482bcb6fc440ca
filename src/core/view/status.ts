// What `status --json` prints, and what other programs may rely on: schema/status.v1.json. Only ever added to.
import type { LinkErrorCode, Process, Snapshot, Source, Supervisor } from '../model.ts';
import type { DaemonState, ProcessState } from '../process-state.ts';
import { isAlive, PROCESS_STATE_CODES } from '../process-state.ts';
import { uptimeSeconds } from './text.ts';

export const STATUS_SCHEMA = 'multivisor.status/v1';

export type StatusSupervisor = {
  readonly name: string;
  readonly url: string;
  readonly reachable: boolean;
  /** Its processes are only last known. */
  readonly stale: boolean;
  readonly state: DaemonState | null;
  readonly identification: string | null;
  readonly version: string | null;
  readonly apiVersion: string | null;
  readonly pid: number | null;
  readonly latencyMs: number | null;
  readonly source: Source | null;
  readonly error: { readonly code: LinkErrorCode; readonly message: string } | null;
};

export type StatusProcess = {
  readonly uid: string;
  readonly supervisor: string;
  readonly group: string;
  readonly name: string;
  readonly state: ProcessState;
  readonly statecode: number;
  readonly pid: number | null;
  /** ISO 8601, UTC, by the clock of the host. */
  readonly startedAt: string | null;
  readonly stoppedAt: string | null;
  readonly uptimeSeconds: number | null;
  readonly exitStatus: number | null;
  readonly spawnError: string;
  readonly description: string;
  readonly stdoutLog: string;
  readonly stderrLog: string;
  readonly stale: boolean;
};

export type StatusSummary = {
  readonly supervisors: { readonly total: number; readonly up: number; readonly down: number };
  readonly processes: {
    readonly total: number;
    /** STARTING, RUNNING or BACKOFF, as in multivisor. */
    readonly running: number;
    /** All others. */
    readonly stopped: number;
    /** States that occur. */
    readonly byState: Readonly<Partial<Record<ProcessState, number>>>;
  };
};

export type Status = {
  readonly schema: typeof STATUS_SCHEMA;
  readonly generatedAt: string;
  readonly name: string;
  readonly supervisors: readonly StatusSupervisor[];
  readonly processes: readonly StatusProcess[];
  readonly summary: StatusSummary;
};

export type StatusParts = {
  readonly supervisors: readonly Supervisor[];
  readonly processes: readonly Process[];
  /** Milliseconds since the epoch. */
  readonly now: number;
};

export function toStatus(snapshot: Snapshot, { supervisors, processes, now }: StatusParts): Status {
  return {
    schema: STATUS_SCHEMA,
    generatedAt: new Date(now).toISOString(),
    name: snapshot.name,
    supervisors: supervisors.map(toStatusSupervisor),
    processes: processes.flatMap((process) => {
      const supervisor = snapshot.supervisors.get(process.supervisor);
      return supervisor ? [toStatusProcess(process, supervisor, now)] : [];
    }),
    summary: summarize(supervisors, processes),
  };
}

export function toStatusSupervisor(supervisor: Omit<Supervisor, 'processes'>): StatusSupervisor {
  const { name, url, state, identification, version, apiVersion, pid, latencyMs, source, error } = supervisor;
  const reachable = supervisor.link === 'up';
  const waiting = { code: 'timeout', message: 'no answer yet' } as const;
  return {
    name,
    url,
    reachable,
    stale: supervisor.staleSince !== null,
    state,
    identification,
    version,
    apiVersion,
    pid,
    latencyMs,
    source,
    error: reachable ? null : (error ?? waiting),
  };
}

export function toStatusProcess(process: Process, supervisor: Supervisor, now: number): StatusProcess {
  const { uid, group, name, state, pid, exitStatus, spawnError, description, stdoutLog, stderrLog } = process;
  return {
    uid,
    supervisor: process.supervisor,
    group,
    name,
    state,
    statecode: PROCESS_STATE_CODES[state],
    pid,
    startedAt: toIso(process.startedAt),
    stoppedAt: toIso(process.stoppedAt),
    uptimeSeconds: uptimeSeconds(process, supervisor, now),
    exitStatus,
    spawnError,
    description,
    stdoutLog,
    stderrLog,
    stale: supervisor.staleSince !== null,
  };
}

function toIso(seconds: number | null): string | null {
  return seconds === null ? null : new Date(seconds * 1_000).toISOString();
}

function summarize(supervisors: readonly Supervisor[], processes: readonly Process[]): StatusSummary {
  const byState: Partial<Record<ProcessState, number>> = {};
  for (const { state } of processes) byState[state] = (byState[state] ?? 0) + 1;
  const up = supervisors.filter(({ link }) => link === 'up').length;
  const running = processes.filter(({ state }) => isAlive(state)).length;
  return {
    supervisors: { total: supervisors.length, up, down: supervisors.length - up },
    processes: { total: processes.length, running, stopped: processes.length - running, byState },
  };
}
