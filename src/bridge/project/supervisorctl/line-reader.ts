// One reader of what is typed for whoever asks: a shell, its questions, and a program in the foreground.
import type { Interface } from 'node:readline';

export type LineReader = {
  /** Null at the end, or once `signal` is aborted; then the line that comes is for who asks next. */
  next(signal: AbortSignal): Promise<string | null>;
};

export function createLineReader(reader: Interface): LineReader {
  // Lines that come while nobody asks wait their turn.
  const lines = reader[Symbol.asyncIterator]();
  let pending: Promise<string | null> | null = null;
  return {
    next: (signal) => {
      const asked = (pending ??= lines.next().then(({ value, done }) => (done === true ? null : value)));
      return new Promise((resolve, reject) => {
        const end = () => resolve(null);
        if (signal.aborted) return end();
        signal.addEventListener('abort', end, { once: true });
        asked.then((line) => {
          signal.removeEventListener('abort', end);
          if (signal.aborted) return;
          pending = null;
          resolve(line);
        }, reject);
      });
    },
  };
}
