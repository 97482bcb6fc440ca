import * as v from 'valibot';
import type { Identity } from '../../core/observation.ts';
import type { DaemonState } from '../../core/process-state.ts';
import { LinkFailure } from './failures.ts';
import type { Rpc } from './rpc.ts';
import { RpcFault } from './rpc.ts';

export type ReadOptions = { readonly signal: AbortSignal };

const stateSchema = v.looseObject({ statecode: v.number() });

const DAEMON_STATES: ReadonlyMap<number, DaemonState> = new Map([
  [2, 'FATAL'],
  [1, 'RUNNING'],
  [0, 'RESTARTING'],
  [-1, 'SHUTDOWN'],
]);

/** Who answers. A method that this supervisord lacks leaves its field empty. */
export async function readIdentity(rpc: Pick<Rpc, 'ask'>, { signal }: ReadOptions): Promise<Identity> {
  const text = async (method: string) => v.parse(v.fallback(v.string(), ''), await orNull(rpc.ask(method, { signal })));
  const [identification, version, apiVersion, pid, state] = await Promise.all([
    text('supervisor.getIdentification'),
    text('supervisor.getSupervisorVersion'),
    text('supervisor.getAPIVersion'),
    orNull(rpc.ask('supervisor.getPID', { signal })),
    orNull(rpc.ask('supervisor.getState', { signal })),
  ]);
  return { identification, version, apiVersion, pid: typeof pid === 'number' ? pid : 0, state: toDaemonState(state) };
}

/** From the answer of getState. */
export function toDaemonState(answer: unknown): DaemonState {
  const parsed = v.safeParse(stateSchema, answer);
  return (parsed.success ? DAEMON_STATES.get(parsed.output.statecode) : undefined) ?? 'UNKNOWN';
}

async function orNull(answer: Promise<unknown>): Promise<unknown> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof RpcFault || (error instanceof LinkFailure && error.code === 'protocol')) return null;
    throw error;
  }
}
