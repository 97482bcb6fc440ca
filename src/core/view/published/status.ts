// What `status --json` prints, and what other programs may rely on: status-schema.ts says its shape.
import type { Day } from './day.ts';
import { UNKNOWN_DAY, dayText } from './day.ts';
import type { Process, Reason, Snapshot, Supervisor, SupervisorInfo } from '../../model.ts';
import { PROCESS_STATE_CODES } from '../../process-state.ts';
import type { Status, StatusProcess, StatusReason, StatusSummary, StatusSupervisor } from './status-schema.ts';
import { countStates, stateNow } from '../tally.ts';
import { formatReason, uptimeSeconds, whyText } from '../text.ts';

export type StatusParts = {
  readonly supervisors: readonly Supervisor[];
  readonly processes: readonly Process[];
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** What is known of their last day; left out: nothing. */
  readonly dayOf?: (process: Process) => Day;
};

export function toStatus(snapshot: Snapshot, { supervisors, processes, now, dayOf }: StatusParts): Status {
  return {
    schema: 'multivisor.status/v1',
    generatedAt: new Date(now).toISOString(),
    name: snapshot.name,
    supervisors: supervisors.map(toStatusSupervisor),
    processes: processes.flatMap((process) => {
      const supervisor = snapshot.supervisors.get(process.supervisor);
      if (!supervisor) return [];
      const row = toStatusProcess(process, supervisor, now);
      return [dayOf ? withDay(row, dayOf(process)) : row];
    }),
    summary: summarize(snapshot, { supervisors, processes }),
  };
}

export function toStatusSupervisor(supervisor: SupervisorInfo): StatusSupervisor {
  const { name, url, state, identification, version, apiVersion, pid, latencyMs, source, error } = supervisor;
  const { tags, readOnly } = supervisor;
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
    tags,
    readOnly,
    protected: supervisor.protected,
  };
}

export function toStatusProcess(process: Process, supervisor: Supervisor, now: number): StatusProcess {
  const { uid, group, name, state, pid, exitStatus, spawnError, description, stdoutLog, stderrLog } = process;
  const { restarts, fall, flapping } = process;
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
    why: whyText(process, supervisor, now),
    restarts,
    lastCrash: fall && {
      at: new Date(fall.at).toISOString(),
      reason: toStatusReason(fall.reason),
      lastLine: fall.lastLine,
    },
    flapping,
    ...toDayFields(UNKNOWN_DAY),
  };
}

function withDay(row: StatusProcess, day: Day): StatusProcess {
  // A loop is told with its own figures.
  const often = row.flapping === null ? dayText(day) : '';
  return { ...row, ...toDayFields(day), why: [row.why, often].filter((part) => part !== '').join(', ') };
}

function toDayFields({ restarts24h, crashes24h, lastCrashAt }: Day) {
  return { restarts24h, crashes24h, lastCrashAt: lastCrashAt === null ? null : new Date(lastCrashAt).toISOString() };
}

/** The reason as data, and in words. */
export function toStatusReason(reason: Reason): StatusReason {
  return { ...reason, text: formatReason(reason) };
}

function toIso(seconds: number | null): string | null {
  return seconds === null ? null : new Date(seconds * 1_000).toISOString();
}

function summarize(snapshot: Snapshot, { supervisors, processes }: Omit<StatusParts, 'now'>): StatusSummary {
  const stateOf = (process: Process) =>
    stateNow(process, snapshot.supervisors.get(process.supervisor) ?? { staleSince: null });
  const byState = countStates(processes.map((process) => ({ state: stateOf(process) })));
  const unknown = byState.UNKNOWN ?? 0;
  const up = supervisors.filter(({ link }) => link === 'up').length;
  const running = (byState.RUNNING ?? 0) + (byState.STARTING ?? 0);
  return {
    supervisors: { total: supervisors.length, up, down: supervisors.length - up },
    processes: { total: processes.length, running, stopped: processes.length - running - unknown, unknown, byState },
  };
}
