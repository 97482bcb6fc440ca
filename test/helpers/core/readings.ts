import type { ProcessReading } from '../../../src/core/model.ts';
import type { ReportedTransition } from '../../../src/core/observation.ts';
import type { ProcessState } from '../../../src/core/process-state.ts';
import type { SupervisorSpec } from '../../../src/core/engine/supervisor-info.ts';

/** A plausible reading of `group:name` in a state; `more` says what is special about it. */
export function reading(rpcName: string, state: ProcessState, more: Partial<ProcessReading> = {}): ProcessReading {
  const [group = '', name = ''] = rpcName.split(':');
  const alive = state === 'RUNNING' || state === 'STARTING' || state === 'STOPPING';
  return {
    group,
    name,
    state,
    pid: alive ? 100 : null,
    startedAt: 1_699_999_000,
    stoppedAt: alive ? null : 1_699_999_500,
    exitStatus: null,
    spawnError: '',
    description: 'whatever',
    stdoutLog: `/log/${name}.out`,
    stderrLog: `/log/${name}.err`,
    ...more,
  };
}

export function reported(
  rpcName: string,
  to: ProcessState,
  more: Partial<ReportedTransition> = {},
): ReportedTransition {
  const [group = '', name = ''] = rpcName.split(':');
  return { group, name, to, from: null, reason: null, pid: null, ...more };
}

export function spec(name: string, more: Partial<SupervisorSpec> = {}): SupervisorSpec {
  return { name, url: `http://${name}:9001`, host: name, tags: [], readOnly: false, protected: false, ...more };
}
