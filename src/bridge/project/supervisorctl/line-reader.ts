// One reader of what is typed for whoever asks: a shell, its questions, and a program in the foreground.
import type { Interface } from 'node:readline';

export type TypedLineReader = {
  /** Null at the end, or once `signal` is aborted; then the line that comes is for who asks next. */
  next(signal: AbortSignal): Promise<string | null>;
};

export function createTypedLineReader(reader: Interface): TypedLineReader {
  // Lines that come while nobody asks wait their turn.
  const lines = reader[Symbol.asyncIterator]();
  let pending: Promise<IteratorResult<string, unknown>> | null = null;
  return {
    next: async (signal) => {
      pending ??= lines.next();
      const ended = Promise.withResolvers<null>();
      const end = () => ended.resolve(null);
      signal.addEventListener('abort', end, { once: true });
      if (signal.aborted) end();
      const result = await Promise.race([ended.promise, pending]);
      signal.removeEventListener('abort', end);
      if (result === null) return null;
      pending = null;
      return result.done === true ? null : result.value;
    },
  };
}
