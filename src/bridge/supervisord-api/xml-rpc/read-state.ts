// What a link asks of a supervisord while it watches.
import * as v from 'valibot';
import type { SupervisordIdentity } from '../../../core/observation.ts';
import { isSayable } from '../../../core/sayable.ts';
import { LinkFailure, NO_INTERFACE } from '../../link/link-failure.ts';
import { FAULT } from './faults.ts';
import type { Dialect } from './go-dialect.ts';
import { GO_LABEL, GO_VERSION, withExitWords } from './go-dialect.ts';
import { readGreeting, readIdentity, toDaemonState } from './read-identity.ts';
import { readProcesses } from './read-processes.ts';
import { latest } from '../../link/state-reader.ts';
import type { Readings, SomeRead, StateReader } from '../../link/state-reader.ts';
import type { Rpc } from './rpc.ts';
import { RpcFault, decodeAnswer } from './rpc.ts';
import type { TimedAnswer } from '../http/transport.ts';

export type SupervisordReader = StateReader & {
  /** At first contact: who it is, and the last `logBytes` of its main log. */
  greeting(logBytes: number): Promise<{ readonly identity: SupervisordIdentity; readonly logEnd: LogEnd }>;
  logEnd(bytes: number): Promise<LogEnd>;
};

/** Null: there is none; `device`: it has no end, as a pipe and a terminal have none; `go`: it tells no changes. */
export type LogEnd = Buffer | 'device' | 'go' | null | undefined;

const faultSchema = v.looseObject({ faultCode: v.number() });

/** Nothing waits for it longer: the main log is a help, not a need. */
const LOG_END_MS = 1_000;

/** All of it throws LinkFailure, or the reason of the signal. */
export function createStateReader(
  rpc: Rpc,
  place: string,
  { signal, dialect = { isGo: false } }: { readonly signal: AbortSignal; readonly dialect?: Dialect },
): SupervisordReader {
  /** Who answers is found out beside the first reading. */
  let greeting: Promise<unknown> = Promise.resolve();
  const adapt = async <Told extends Readings>(told: Told): Promise<Told> => {
    // What it fails with is told to who asked for it.
    await greeting.catch(() => null);
    return dialect.isGo ? { ...told, readings: told.readings.map(withExitWords) } : told;
  };
  const identity = () => orFailure(readIdentity(rpc, { signal }), place);
  const readLogEnd = async (bytes: number): Promise<LogEnd> => {
    try {
      const text = await rpc.ask('supervisor.readLog', { signal, answerMs: LOG_END_MS, params: [-bytes, 0] });
      return typeof text === 'string' ? Buffer.from(text) : undefined;
    } catch (error) {
      if (error instanceof RpcFault) return toMissing(error.faultCode);
      // supervisord answers 500 when the cut goes through a character; whether it is reachable others find out.
      if (error instanceof LinkFailure) return undefined;
      throw error;
    }
  };
  const greet = async (logBytes: number): ReturnType<SupervisordReader['greeting']> => {
    const known = await orFailure(readGreeting(rpc, { logBytes, signal }), place);
    if (known) return { identity: known.identity, logEnd: toLogEnd(known.logEnd) };
    const [who, logEnd] = await Promise.all([identity(), readLogEnd(logBytes)]);
    dialect.isGo = await isGo(rpc, who, signal);
    return dialect.isGo ? { identity: { ...who, version: GO_LABEL }, logEnd: 'go' } : { identity: who, logEnd };
  };
  /** Also of names that cannot be said: they are found among all. */
  const readAmongAll = async (names: readonly string[]): Promise<SomeRead> => {
    const reply = await rpc.read('supervisor.getAllProcessInfo', { signal });
    const { readings, hostNow } = await adapt(await readProcesses(reply.text, place));
    const byName = new Map(readings.map((reading) => [`${reading.group}:${reading.name}`, reading]));
    return {
      readings: names.flatMap((name) => byName.get(name) ?? []),
      hostNow,
      gone: names.filter((name) => !byName.has(name)),
      costMs: costOf(reply),
    };
  };
  const readOne = async (name: string) => {
    try {
      const reply = await rpc.read('supervisor.getProcessInfo', { signal, params: [name] });
      return { ...(await adapt(await readProcesses(reply.text, place))), gone: [], costMs: costOf(reply) };
    } catch (error) {
      if (error instanceof RpcFault && error.faultCode === FAULT.BAD_NAME) {
        return { readings: [], hostNow: null, gone: [name], costMs: null };
      }
      throw error;
    }
  };
  return {
    identity,
    logEnd: readLogEnd,
    greeting: (logBytes) => {
      const greeted = greet(logBytes);
      greeting = greeted;
      return greeted;
    },
    all: () =>
      orFailure(
        rpc.read('supervisor.getAllProcessInfo', { signal }).then(async (reply) => ({
          ...(await adapt(await readProcesses(reply.text, place))),
          latencyMs: reply.answerMs,
          costMs: costOf(reply),
        })),
        place,
      ),
    some: async (names) => {
      if (!names.every(isSayable)) return orFailure(readAmongAll(names), place);
      const parts = await orFailure(Promise.all(names.map(readOne)), place);
      const costs = parts.flatMap(({ costMs }) => costMs ?? []);
      return {
        readings: parts.flatMap(({ readings }) => readings),
        hostNow: latest(parts),
        gone: parts.flatMap(({ gone }) => gone),
        costMs: costs.reduce((least, costMs) => Math.min(least, costMs), Infinity),
      };
    },
    // On a connection of its own: what waits in the others is none of its cost.
    ping: async (answerMs) => {
      const reply = await rpc.read('supervisor.getState', { signal, fresh: true, answerMs });
      const state = toDaemonState(await orFailure(decodeAnswer(reply.text, place), place));
      return { state, costMs: costOf(reply) };
    },
  };
}

function toLogEnd(answer: unknown): LogEnd {
  if (typeof answer === 'string') return Buffer.from(answer);
  const fault = v.safeParse(faultSchema, answer);
  return fault.success ? toMissing(fault.output.faultCode) : undefined;
}

/** What supervisord cannot seek in it refuses as FAILED. */
function toMissing(faultCode: number): null | 'device' | undefined {
  if (faultCode === FAULT.NO_FILE) return null;
  return faultCode === FAULT.FAILED ? 'device' : undefined;
}

/** Without the round trip of the network, as far as the time to connect tells it. */
function costOf({ answerMs, connectMs }: TimedAnswer): number {
  return Math.max(0.1, answerMs - connectMs);
}

/** A refusal to a question that nobody refuses is a failure of the connection. */
export async function orFailure<T>(answer: Promise<T>, place: string): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof RpcFault)) throw error;
    if (error.faultCode === FAULT.SHUTDOWN_STATE) {
      throw new LinkFailure('shutting-down', `supervisord at ${place} is shutting down or restarting`, {
        cause: error,
      });
    }
    if (error.faultCode === FAULT.UNKNOWN_METHOD)
      throw new LinkFailure('not-supervisor', noInterface(place), { cause: error });
    throw new LinkFailure('protocol', `${place} refused to tell of its processes: ${error.message}`, { cause: error });
  }
}

function noInterface(place: string): string {
  return (
    `supervisord at ${place} has no interface to ask: ${NO_INTERFACE} with ` +
    'supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface to its configuration, and restart it'
  );
}

/** The one of that version which is not written in Go tells its methods. */
async function isGo(
  rpc: Pick<Rpc, 'ask'>,
  { version, apiVersion }: SupervisordIdentity,
  signal: AbortSignal,
): Promise<boolean> {
  if (version !== GO_VERSION || apiVersion !== GO_VERSION) return false;
  try {
    await rpc.ask('system.listMethods', { signal });
    return false;
  } catch (error) {
    if (error instanceof RpcFault) return error.faultCode !== FAULT.SHUTDOWN_STATE;
    if (error instanceof LinkFailure) return error.status === 400 || error.status === 404;
    throw error;
  }
}
