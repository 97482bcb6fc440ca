// The end of a process' log over XML-RPC, with its size: what a stream is joined to.
import * as v from 'valibot';
import type { LogStream } from '../../../core/ports.ts';
import { SessionError } from '../../../core/ports.ts';
import { LinkFailure } from '../../link/link-failure.ts';
import { FAULT, toRefusal } from '../xml-rpc/faults.ts';
import type { Rpc } from '../xml-rpc/rpc.ts';
import { RpcFault } from '../xml-rpc/rpc.ts';

export type LogName = { readonly name: string; readonly stream: LogStream };

export type LogReader = {
  /** In bytes; 0 also when there is none. Null: this supervisord does not tell. */
  size(): Promise<number | null>;
  /** The last `bytes`, or a few less where a character would be cut; null: it is not UTF-8, and so not readable this way. */
  end(bytes: number): Promise<{ readonly text: Buffer; readonly size: number } | null>;
  /** Throws SessionError('no-log') when it has none. */
  demand(): Promise<void>;
};

/** `[text, size, overflow]`: the text is the last `length` bytes when asked from offset 0. */
const tailSchema = v.looseTuple([v.string(), v.number()]);

const LONGEST_CHARACTER = 4;

/** Everything throws SessionError for what supervisord refuses, LinkFailure when it does not answer. */
export function createLogReader(rpc: Pick<Rpc, 'ask'>, log: LogName, signal: AbortSignal): LogReader {
  const stream = log.stream === 'stdout' ? 'Stdout' : 'Stderr';
  const tail = async (length: number) => {
    const method = `supervisor.tailProcess${stream}Log`;
    const answer = await orSessionError(rpc.ask(method, { signal, params: [log.name, 0, length] }), log);
    const parsed = v.safeParse(tailSchema, answer);
    return parsed.success ? { text: Buffer.from(parsed.output[0]), size: parsed.output[1] } : null;
  };
  return {
    size: async () => {
      try {
        return (await tail(0))?.size ?? null;
      } catch (error) {
        if (error instanceof SessionError && error.cause instanceof RpcFault) {
          if (error.cause.faultCode === FAULT.UNKNOWN_METHOD) return null;
        }
        throw error;
      }
    },
    end: async (bytes) => {
      for (let less = 0; less < LONGEST_CHARACTER && less <= bytes; less += 1) {
        try {
          return await tail(bytes - less);
        } catch (error) {
          // It decodes strictly and answers 500 when it cannot: for a character that the start cuts, or for any other.
          if (!(error instanceof LinkFailure) || error.status !== 500) throw error;
        }
      }
      return null;
    },
    demand: async () => {
      try {
        await orSessionError(rpc.ask(`supervisor.readProcess${stream}Log`, { signal, params: [log.name, 0, 1] }), log);
      } catch (error) {
        if (!(error instanceof LinkFailure) || error.status !== 500) throw error;
      }
    },
  };
}

export function noLog(log: LogName): SessionError {
  return new SessionError(
    'no-log',
    `${log.name} has no ${log.stream} log that can be read: ${log.stream}_logfile is NONE or syslog, or it never ran`,
  );
}

async function orSessionError<T>(answer: Promise<T>, log: LogName): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof RpcFault)) throw error;
    if (error.faultCode === FAULT.NO_FILE) throw noLog(log);
    const { code, message } = toRefusal(error.faultCode, error.message);
    throw new SessionError(code, message, { cause: error });
  }
}
