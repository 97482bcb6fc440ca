import * as v from 'valibot';
import type { SupervisordIdentity } from '../../../core/observation.ts';
import type { DaemonState } from '../../../core/process-state.ts';
import { LinkFailure } from '../../link/link-failure.ts';
import type { Rpc } from './rpc.ts';
import { RpcFault } from './rpc.ts';

export type ReadOptions = { readonly signal: AbortSignal };

type MethodCall = { readonly methodName: string; readonly params: readonly unknown[] };

const CALLS: readonly MethodCall[] = [
  'supervisor.getIdentification',
  'supervisor.getSupervisorVersion',
  'supervisor.getAPIVersion',
  'supervisor.getPID',
  'supervisor.getState',
].map((methodName) => ({ methodName, params: [] }));

const stateSchema = v.looseObject({ statecode: v.number() });
const words = v.fallback(v.string(), '');

const DAEMON_STATES: ReadonlyMap<number, DaemonState> = new Map([
  [2, 'FATAL'],
  [1, 'RUNNING'],
  [0, 'RESTARTING'],
  [-1, 'SHUTDOWN'],
]);

/** Who answers. A method that this supervisord lacks leaves its field empty. */
export async function readIdentity(rpc: Pick<Rpc, 'ask'>, { signal }: ReadOptions): Promise<SupervisordIdentity> {
  const answers =
    (await askAtOnce(rpc, CALLS, { signal })) ??
    (await Promise.all(CALLS.map(({ methodName }) => orNull(rpc.ask(methodName, { signal })))));
  return toIdentity(answers);
}

export type Greeting = {
  readonly identity: SupervisordIdentity;
  /** What readLog answered, or the struct of its fault. */
  readonly logEnd: unknown;
};

/** Who answers and the last `logBytes` of its main log, at once; null where that is not to be had in one call. */
export async function readGreeting(
  rpc: Pick<Rpc, 'ask'>,
  { logBytes, signal }: ReadOptions & { readonly logBytes: number },
): Promise<Greeting | null> {
  const readLog = { methodName: 'supervisor.readLog', params: [-logBytes, 0] };
  const answers = await askAtOnce(rpc, [...CALLS, readLog], { signal });
  return answers && { identity: toIdentity(answers), logEnd: answers.at(-1) };
}

function toIdentity([identification, version, apiVersion, pid, state]: readonly unknown[]): SupervisordIdentity {
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
async function askAtOnce(
  rpc: Pick<Rpc, 'ask'>,
  calls: readonly MethodCall[],
  { signal }: ReadOptions,
): Promise<readonly unknown[] | null> {
  const answers = await orNull(rpc.ask('system.multicall', { signal, params: [calls] }));
  return Array.isArray(answers) && answers.length === calls.length ? answers : null;
}

async function orNull(answer: Promise<unknown>): Promise<unknown> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof RpcFault || (error instanceof LinkFailure && error.code === 'protocol')) return null;
    throw error;
  }
}
