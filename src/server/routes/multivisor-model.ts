// The model of multivisor's own API, field for field, for the programs that read it.
import type { Process, Snapshot, Supervisor } from '../../core/model.ts';
import { isAlive, PROCESS_STATE_CODES } from '../../core/process-state.ts';
import { uptimeSeconds } from '../../core/view/text.ts';

export type MultivisorProcess = Readonly<Record<string, string | number | boolean>>;

export type MultivisorSupervisor = {
  readonly name: string;
  readonly url: string;
  readonly host: string;
  readonly running: boolean;
  readonly pid: number | null;
  readonly identification: string | null;
  readonly api_version: string | null;
  readonly supervisor_version: string | null;
  readonly version: string | null;
  readonly processes: Readonly<Record<string, MultivisorProcess>>;
};

export function toMultivisorData(snapshot: Snapshot, now: number): unknown {
  const supervisors = Array.from(snapshot.supervisors.values(), (supervisor) => [
    supervisor.name,
    toMultivisorSupervisor(supervisor, now),
  ]);
  return { name: snapshot.name, supervisors: Object.fromEntries(supervisors) };
}

export function toMultivisorSupervisor(supervisor: Supervisor, now: number): MultivisorSupervisor {
  const { name, url, host, pid, identification, apiVersion, version } = supervisor;
  const processes = Array.from(supervisor.processes.values(), (process) => [
    process.uid,
    toMultivisorProcess(process, supervisor, now),
  ]);
  return {
    name,
    url,
    host,
    running: supervisor.link === 'up',
    pid,
    identification,
    api_version: apiVersion,
    supervisor_version: version,
    // Its name for the version of the API, which supervisord has too.
    version: apiVersion,
    processes: Object.fromEntries(processes),
  };
}

export function toMultivisorProcess(process: Process, supervisor: Supervisor, now: number): MultivisorProcess {
  const { name, group, state, uid } = process;
  return {
    name,
    group,
    start: process.startedAt ?? 0,
    stop: process.stoppedAt ?? 0,
    now: Math.floor((now + (supervisor.clockOffsetMs ?? 0)) / 1000),
    state: PROCESS_STATE_CODES[state],
    statename: state,
    spawnerr: process.spawnError,
    exitstatus: process.exitStatus ?? 0,
    logfile: process.stdoutLog,
    stdout_logfile: process.stdoutLog,
    stderr_logfile: process.stderrLog,
    pid: process.pid ?? 0,
    description: describe(process, supervisor, now),
    running: isAlive(state),
    full_name: `${group}:${name}`,
    supervisor: supervisor.name,
    host: supervisor.host,
    uid,
  };
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

/** As supervisord words it; its own words are as old as the last reading. */
function describe(process: Process, supervisor: Supervisor, now: number): string {
  const seconds = process.state === 'RUNNING' ? uptimeSeconds(process, supervisor, now) : null;
  if (seconds === null || process.pid === null) return process.description;
  const days = Math.floor(seconds / 86_400);
  const time = `${Math.floor(seconds / 3600) % 24}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return `pid ${process.pid}, uptime ${days > 0 ? `${days} day${days > 1 ? 's' : ''}, ` : ''}${time}`;
}
