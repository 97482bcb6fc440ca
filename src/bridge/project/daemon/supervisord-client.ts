// One supervisord, asked in its own words: supervisorctl's texts are told by fault numbers that a session does not keep.
import type { IncomingMessage } from 'node:http';
import type { ProcessReading } from '../../../core/model.ts';
import { pause } from '../../link/pause.ts';
import { readProcesses } from '../../supervisord-api/xml-rpc/read-processes.ts';
import type { Rpc } from '../../supervisord-api/xml-rpc/rpc.ts';
import { createRpc } from '../../supervisord-api/xml-rpc/rpc.ts';
import { createTransport } from '../../supervisord-api/http/transport.ts';
import type { ControlEndpoint } from '../supervisord-conf/control-channel.ts';

export type ControlClient = {
  readonly endpoint: ControlEndpoint;
  /** Aborted: nobody waits for its answers any more. */
  readonly signal: AbortSignal;
  /** Throws RpcFault or LinkFailure. */
  ask(method: string, ...params: readonly unknown[]): Promise<unknown>;
  /** All processes, by the fast reader: for what asks many times a second. */
  readAll(): Promise<readonly ProcessReading[]>;
  /** A stream that stays open. */
  open(path: string, signal: AbortSignal): Promise<IncomingMessage>;
  /** While `work` goes on, supervisord looks at its children at once instead of once a second. */
  hurry<T>(work: () => Promise<T>): Promise<T>;
  close(): void;
};

/** A start waits for startsecs, a stop for stopwaitsecs, and people set them to minutes. */
const ANSWER_MS = 600_000;
const CONNECT_MS = 3_000;
const MAX_BYTES = 64 * 1024 * 1024;
const WAKE_MS = 20;
const WAKE_ANSWER_MS = 5_000;

export function createControlClient(endpoint: ControlEndpoint, signal: AbortSignal): ControlClient {
  const transport = createTransport(endpoint, { connectMs: CONNECT_MS, answerMs: ANSWER_MS, maxBytes: MAX_BYTES });
  const rpc = createRpc(transport);
  return {
    endpoint,
    signal,
    ask: (method, ...params) => rpc.command(method, { signal, params }),
    readAll: async () => {
      const { text } = await rpc.read('supervisor.getAllProcessInfo', { signal, answerMs: WAKE_ANSWER_MS });
      return (await readProcesses(text, endpoint.serverurl)).readings;
    },
    open: (path, until) => transport.open(path, { signal: AbortSignal.any([signal, until]) }),
    hurry: async (work) => {
      const done = new AbortController();
      const both = AbortSignal.any([signal, done.signal]);
      const waking = keepAwake(rpc, both);
      try {
        return await work();
      } finally {
        done.abort();
        await waking;
      }
    },
    close: () => transport.close(),
  };
}

/** Any call wakes its loop. One that fails says nothing: `work` notices by itself. */
async function keepAwake(rpc: Rpc, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await rpc.read('supervisor.getState', { signal, answerMs: WAKE_ANSWER_MS }).catch(() => null);
    await pause(WAKE_MS, signal);
  }
}
