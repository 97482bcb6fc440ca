import { LinkFailure } from '../link/link-failure.ts';
import { FAULT } from '../supervisord-api/xml-rpc/faults.ts';
import { readIdentity, toDaemonState } from '../supervisord-api/xml-rpc/read-identity.ts';
import { toReadings } from '../supervisord-api/xml-rpc/read-processes.ts';
import { latest } from '../link/state-reader.ts';
import type { StateReader } from '../link/state-reader.ts';
import { orFailure } from '../supervisord-api/xml-rpc/read-state.ts';
import { RpcFault } from '../supervisord-api/xml-rpc/rpc.ts';
import type { ZerorpcRpc } from './zerorpc-rpc.ts';

export type ZerorpcStateReader = StateReader & {
  logEnd(options: { readonly signal: AbortSignal }): Promise<string | null>;
};

export type ZerorpcReaderOptions = { readonly rpc: ZerorpcRpc; readonly place: string; readonly signal: AbortSignal };

/** Enough for the lines of a storm; cut characters make it unreadable, which is no reason to fail. */
const LOG_END_BYTES = 8_192;

/** What a link asks of a supervisord while it watches. All of it throws LinkFailure, or the reason of the signal. */
export function createZerorpcStateReader({ rpc, place, signal }: ZerorpcReaderOptions): ZerorpcStateReader {
  const timed = async (method: string, params: readonly unknown[], answerMs?: number) => {
    const begun = performance.now();
    const limits = answerMs === undefined ? { signal, params } : { signal, params, answerMs };
    const answer = await rpc.ask(method, limits);
    return { answer, ms: performance.now() - begun };
  };
  const readOne = async (name: string) => {
    try {
      const { answer, ms } = await timed('getProcessInfo', [name]);
      return { ...(await toReadings(answer, place)), gone: [], ms };
    } catch (error) {
      if (!(error instanceof RpcFault) || error.faultCode !== FAULT.BAD_NAME) throw error;
      return { readings: [], hostNow: null, gone: [name], ms: Number.POSITIVE_INFINITY };
    }
  };
  return {
    identity: () => orFailure(readIdentity(rpc, { signal }), place),
    all: async () => {
      const { answer, ms } = await orFailure(timed('getAllProcessInfo', []), place);
      return { ...(await toReadings(answer, place)), latencyMs: ms, costMs: ms };
    },
    some: async (names) => {
      const parts = await orFailure(Promise.all(names.map(readOne)), place);
      return {
        readings: parts.flatMap(({ readings }) => readings),
        hostNow: latest(parts),
        gone: parts.flatMap(({ gone }) => gone),
        costMs: parts.reduce((least, { ms }) => Math.min(least, ms), Infinity),
      };
    },
    ping: async (answerMs) => {
      const { answer, ms } = await orFailure(timed('getState', [], answerMs), place);
      return { state: toDaemonState(answer), costMs: ms };
    },
    logEnd: async (wait) => {
      try {
        const text = await rpc.ask('readLog', { ...wait, params: [-LOG_END_BYTES, 0] });
        return typeof text === 'string' ? text : null;
      } catch (error) {
        if (error instanceof RpcFault || (error instanceof LinkFailure && error.status === 500)) return null;
        throw error;
      }
    },
  };
}
