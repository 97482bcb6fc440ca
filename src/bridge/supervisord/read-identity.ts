import * as v from 'valibot';
import type { Identity } from '../../core/observation.ts';
import type { DaemonState } from '../../core/process-state.ts';
import { LinkFailure } from './failures.ts';
import type { Rpc } from './rpc.ts';
import { RpcFault } from './rpc.ts';

export type ReadOptions = { readonly signal: AbortSignal };

const METHODS = [
  'supervisor.getIdentification',
  'supervisor.getSupervisorVersion',
  'supervisor.getAPIVersion',
  'supervisor.getPID',
  'supervisor.getState',
] as const;

const stateSchema = v.looseObject({ statecode: v.number() });
const words = v.fallback(v.string(), '');

const DAEMON_STATES: ReadonlyMap<number, DaemonState> = new Map([
  [2, 'FATAL'],
  [1, 'RUNNING'],
  [0, 'RESTARTING'],
  [-1, 'SHUTDOWN'],
]);

/** Who answers. A method that this supervisord lacks leaves its field empty. */
export async function readIdentity(rpc: Pick<Rpc, 'ask'>, { signal }: ReadOptions): Promise<Identity> {
  const answers =
    (await askAtOnce(rpc, { signal })) ??
    (await Promise.all(METHODS.map((method) => orNull(rpc.ask(method, { signal })))));
  const [identification, version, apiVersion, pid, state] = answers;
  return {
    identification: v.parse(words, identification),
    version: v.parse(words, version),
    apiVersion: v.parse(words, apiVersion),
    pid: typeof pid === 'number' ? pid : 0,
    state: toDaemonState(state),
  };
}

/** From the answer of getState. */
export function toDaemonState(answer: unknown): DaemonState {
  const parsed = v.safeParse(stateSchema, answer);
  return (parsed.success ? DAEMON_STATES.get(parsed.output.statecode) : undefined) ?? 'UNKNOWN';
}

/** One connection instead of five; null where it is not known (as in ochinchina's supervisord). */
async function askAtOnce(rpc: Pick<Rpc, 'ask'>, { signal }: ReadOptions): Promise<readonly unknown[] | null> {
  const calls = METHODS.map((methodName) => ({ methodName, params: [] }));
  const answers = await orNull(rpc.ask('system.multicall', { signal, params: [calls] }));
  if (!Array.isArray(answers) || answers.length !== METHODS.length) return null;
  return answers;
}

async function orNull(answer: Promise<unknown>): Promise<unknown> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof RpcFault || (error instanceof LinkFailure && error.code === 'protocol')) return null;
    throw error;
  }
}
