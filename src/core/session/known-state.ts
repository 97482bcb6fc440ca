// What is known of a supervisor, told as its link would have told it to somebody who listened from the beginning.
import type { Process, ProcessReading, Supervisor } from '../model.ts';
import type { Observation } from '../observation.ts';

/** One that was never reached is only `connecting`. Of one that is down nothing is told: it would count as answers. */
export function toObservations(supervisor: Supervisor, now: number): readonly Observation[] {
  const { link, error, state, source } = supervisor;
  const told: Observation[] = [{ type: 'connecting' }];
  if (link === 'down') return error ? [...told, { type: 'down', error }] : told;
  if (state !== null) {
    const { identification, version, apiVersion, pid } = supervisor;
    const words = { identification: identification ?? '', version: version ?? '', apiVersion: apiVersion ?? '' };
    told.push({ type: 'identity', identity: { ...words, pid: pid ?? 0, state } });
  }
  if (source !== null) told.push({ type: 'source', source, note: supervisor.sourceNote });
  if (link === 'up') told.push(toAll(supervisor, now), { type: 'agent', process: supervisor.agent });
  if (link === 'up' && supervisor.companions !== undefined) told.push(toNotes(supervisor, supervisor.companions));
  return told;
}

function toNotes({ processes }: Supervisor, companions: readonly string[]): Observation {
  const noted = Array.from(processes.values()).flatMap(({ group, name, note }) =>
    note === undefined ? [] : [[`${group}:${name}`, note] as const],
  );
  return { type: 'notes', notes: Object.fromEntries(noted), companions };
}

function toAll({ processes, clockOffsetMs, latencyMs, pollMs }: Supervisor, now: number): Observation {
  return {
    type: 'all',
    readings: Array.from(processes.values(), toReading),
    // The host's clock of now, cut to whole seconds as every supervisord tells it.
    hostNow: clockOffsetMs === null ? null : Math.floor((now + clockOffsetMs) / 1_000),
    latencyMs: latencyMs ?? 0,
    pollMs: pollMs ?? 0,
  };
}

/** Without what each multivisor knows for itself. */
function toReading(process: Process): ProcessReading {
  const { group, name, state, pid, startedAt, stoppedAt } = process;
  const { exitStatus, spawnError, description, stdoutLog, stderrLog } = process;
  return { group, name, state, pid, startedAt, stoppedAt, exitStatus, spawnError, description, stdoutLog, stderrLog };
}
