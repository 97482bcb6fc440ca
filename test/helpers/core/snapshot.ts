// Snapshots made by hand, for what is a pure function of one.
import type { Process, Snapshot, Supervisor } from '../../../src/core/model.ts';
import { toUnseen } from '../../../src/core/engine/supervisor-info.ts';
import type { ProcessState } from '../../../src/core/process-state.ts';
import { reading, spec } from './readings.ts';

/** The time at which these snapshots are looked at. */
export const NOW = 1_700_000_000_000;

/** `sup:group:name` in a state. */
export function processOf(uid: string, state: ProcessState, more: Partial<Process> = {}): Process {
  const [supervisor = '', group = '', name = ''] = uid.split(':');
  return {
    ...reading(`${group}:${name}`, state),
    uid,
    supervisor,
    pending: null,
    restarts: 0,
    flapping: null,
    fall: null,
    ...more,
  };
}

export function supervisorOf(name: string, processes: readonly Process[], more: Partial<Supervisor> = {}): Supervisor {
  return {
    ...toUnseen(spec(name)),
    link: 'up',
    state: 'RUNNING',
    source: 'log',
    version: '4.2.5',
    latencyMs: 3,
    pollMs: 5_000,
    clockOffsetMs: 0,
    processes: new Map(processes.map((process) => [process.uid, process])),
    ...more,
  };
}

export function snapshotOf(supervisors: readonly Supervisor[], revision = 1): Snapshot {
  return {
    name: 'lab',
    epoch: 'e',
    revision,
    supervisors: new Map(supervisors.map((supervisor) => [supervisor.name, supervisor])),
  };
}
