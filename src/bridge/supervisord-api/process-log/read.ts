// The end of a process' log over XML-RPC, with its size: what a stream is joined to.
import { isUtf8 } from 'node:buffer';
import * as v from 'valibot';
import type { LogStream } from '../../../core/ports.ts';
import { SessionError } from '../../../core/ports.ts';
import { LinkFailure } from '../../link/link-failure.ts';
import type { FileRoom } from '../http/file-room.ts';
import type { Dialect } from '../xml-rpc/go-dialect.ts';
import { FAULT, toRefusal } from '../xml-rpc/faults.ts';
import type { Rpc } from '../xml-rpc/rpc.ts';
import { RpcFault } from '../xml-rpc/rpc.ts';

export type LogName = { readonly name: string; readonly stream: LogStream };

export type LogReader = {
  /** In bytes; 0 also when there is none. Null: this supervisord does not tell. */
  size(): Promise<number | null>;
  /** The last `bytes`, or a few less where a character would be cut; null: it is not UTF-8, and so not readable this way. */
  end(bytes: number): Promise<{ readonly text: Buffer; readonly size: number } | null>;
  /** Throws SessionError('no-log') when it has none, or none that can be read: a pipe, a terminal. */
  demand(): Promise<void>;
};

/** What is known of a log for as long as its link lives. */
export type LogMemory = {
  /** `group:name/stream` of those that are not UTF-8. */
  readonly unreadable: Set<string>;
  /** Whether a stream leaves its supervisord room; always when left out. */
  readonly files?: FileRoom;
  /** supervisord's own when left out. */
  readonly dialect?: Dialect;
  /** How many are followed by calls. */
  polled: number;
};

export type LogReaderOptions = {
  readonly signal: AbortSignal;
  readonly memory?: LogMemory;
  /** Its last bytes as they are, by the stream; null: not to be had. */
  readonly rawEnd?: () => Promise<Buffer | null>;
};

/** `[text, size, overflow]`: the text is the last `length` bytes when asked from offset 0. */
const tailSchema = v.looseTuple([v.string(), v.number()]);

const LONGEST_CHARACTER = 4;
/** Behind the end of any log, where nothing is but its size; the largest number of XML-RPC. */
const BEHIND_THE_END = 2 ** 31 - 1;

/** Everything throws SessionError for what supervisord refuses, LinkFailure when it does not answer. */
export function createLogReader(rpc: Pick<Rpc, 'ask'>, log: LogName, options: LogReaderOptions): LogReader {
  const { signal, memory = { unreadable: new Set(), polled: 0 } } = options;
  const key = `${log.name}/${log.stream}`;
  const stream = log.stream === 'stdout' ? 'Stdout' : 'Stderr';
  const tail = async (length: number, offset = 0) => {
    const method = `supervisor.tailProcess${stream}Log`;
    const answer = await orSessionError(rpc.ask(method, { signal, params: [log.name, offset, length] }), log);
    const parsed = v.safeParse(tailSchema, answer);
    return parsed.success ? { text: Buffer.from(parsed.output[0]), size: parsed.output[1] } : null;
  };
  const readAt = async (offset: number, length: number) => {
    const method = `supervisor.readProcess${stream}Log`;
    const text = await orSessionError(rpc.ask(method, { signal, params: [log.name, offset, length] }), log);
    return Buffer.from(typeof text === 'string' ? text : '');
  };
  /** In Go a tail is what stands from an offset on, and releases up to 0.7.3 do not tell the size with it. */
  const readByOffset = async (bytes: number) => {
    const size = (await tail(0, BEHIND_THE_END))?.size;
    if (size === undefined) {
      const text = bytes === 0 ? Buffer.alloc(0) : await readAt(-bytes, 0);
      return { text, size: text.length };
    }
    const length = Math.min(bytes, size);
    return { text: length === 0 ? Buffer.alloc(0) : await readAt(size - length, length), size };
  };
  /** In Go it is told only where the text ends, which is the size when the log is no longer than that. */
  const isCounted = async ({ text, size }: { readonly text: Buffer; readonly size: number }, asked: number) => {
    if (memory.dialect === undefined || size !== asked || text.length !== asked) return false;
    memory.dialect.isGo = ((await tail(0, BEHIND_THE_END))?.size ?? 0) > size && (await tail(asked, 0))?.size === asked;
    return memory.dialect.isGo;
  };
  const pathOf = async () => {
    const info = v.safeParse(infoSchema, await rpc.ask('supervisor.getProcessInfo', { signal, params: [log.name] }));
    return info.success ? info.output[`${log.stream}_logfile`] : null;
  };
  return {
    size: async () => {
      try {
        return (await tail(0, BEHIND_THE_END))?.size ?? null;
      } catch (error) {
        if (error instanceof SessionError && error.cause instanceof RpcFault) {
          if (error.cause.faultCode === FAULT.UNKNOWN_METHOD) return null;
        }
        throw error;
      }
    },
    end: async (bytes) => {
      if (memory.dialect?.isGo) return readByOffset(bytes);
      if (memory.unreadable.has(key)) return null;
      for (let less = 0; less < LONGEST_CHARACTER && less <= bytes; less += 1) {
        try {
          const read = await tail(bytes - less);
          return read && (await isCounted(read, bytes - less)) ? readByOffset(bytes) : read;
        } catch (error) {
          // It decodes strictly and answers 500 when it cannot: for a character that the start cuts, or for any other.
          // Each of these is a traceback in its own log, so that what kind it is the stream tells.
          if (!(error instanceof LinkFailure) || error.status !== 500) throw error;
          if (less > 0 || isCutUtf8((await options.rawEnd?.()) ?? Buffer.alloc(0))) continue;
          memory.unreadable.add(key);
          return null;
        }
      }
      return null;
    },
    demand: async () => {
      try {
        await rpc.ask(`supervisor.readProcess${stream}Log`, { signal, params: [log.name, 0, 1] });
        if ((await pathOf()) === '/dev/null') throw keepsNothing(log);
      } catch (error) {
        if (error instanceof LinkFailure && error.status === 500) return;
        if (!(error instanceof RpcFault)) throw error;
        if (error.faultCode !== FAULT.FAILED) throw toRefused(error, log);
        throw noFile(log, await pathOf());
      }
    },
  };
}

const infoSchema = v.looseObject({ stdout_logfile: v.string(), stderr_logfile: v.string() });

/** Whether it is UTF-8 but for a character that the start cuts, and one that is being written at the end. */
function isCutUtf8(bytes: Buffer): boolean {
  const cuts = Array.from({ length: LONGEST_CHARACTER }, (_, cut) => cut);
  return cuts.some((from) => cuts.some((less) => isUtf8(bytes.subarray(from, Math.max(from, bytes.length - less)))));
}

/** What supervisord cannot seek in: it would delete it to clear it, and has nothing of it to send. */
function noFile(log: LogName, path: string | null): SessionError {
  const where = path === null || path === '' ? 'a pipe or a terminal' : path;
  return new SessionError(
    'no-log',
    `the ${log.stream} log of ${log.name} is ${where}, which cannot be read back: under Docker, docker logs shows it`,
  );
}

function keepsNothing(log: LogName): SessionError {
  return new SessionError('no-log', `the ${log.stream} log of ${log.name} is /dev/null, which keeps nothing`);
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
    throw error instanceof RpcFault ? toRefused(error, log) : error;
  }
}

function toRefused(fault: RpcFault, log: LogName): SessionError {
  if (fault.faultCode === FAULT.NO_FILE) return noLog(log);
  const { code, message } = toRefusal(fault.faultCode, fault.message);
  return new SessionError(code, message, { cause: fault });
}
