// Decides what is reread and when. One read is under way at a time, so that an older answer can never overwrite a
// newer one; what is asked for meanwhile is read after it, because the answer under way may be older than the question.
import type { FullRead, SomeRead } from './state-reader.ts';
import { tellInParts } from './tell-in-parts.ts';

/** How long the answer took: what was told meanwhile is newer. */
export type Aged = { readonly askedMsAgo: number };

export type RereaderOptions = {
  readonly readAll: () => Promise<FullRead>;
  readonly readSome: (names: readonly string[]) => Promise<SomeRead>;
  readonly onAll: (read: FullRead & Aged) => void;
  readonly onSome: (read: SomeRead & Aged) => void;
  /** From this many names on, everything is read instead. */
  readonly manyNames: () => number;
  /** Between two full reads that lines of the log caused. */
  readonly fullReadGapMs: () => number;
  readonly signal: AbortSignal;
  /** A read failed: this connection is over. */
  readonly onFailure: (error: unknown) => void;
};

export type Rereader = {
  /** `group:name` each; none: everything. */
  reread(names: readonly string[]): void;
};

export function createRereader(options: RereaderOptions): Rereader {
  const wanted = new Set<string>();
  let everything = false;
  let running = false;
  let lastFullRead = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;

  const readEverything = async () => {
    everything = false;
    wanted.clear();
    const begun = performance.now();
    const read = await options.readAll();
    lastFullRead = performance.now();
    const { signal } = options;
    if (signal.aborted) return;
    const age = () => performance.now() - begun;
    const tell = (readings: SomeRead['readings']) =>
      options.onSome({ readings, hostNow: read.hostNow, gone: [], costMs: Infinity, askedMsAgo: age() });
    await tellInParts(read.readings, tell, signal);
    if (!signal.aborted) options.onAll({ askedMsAgo: age(), ...read });
  };
  const readWanted = async () => {
    const names = [...wanted];
    wanted.clear();
    const begun = performance.now();
    const read = await options.readSome(names);
    if (!options.signal.aborted) options.onSome({ askedMsAgo: performance.now() - begun, ...read });
  };

  const drain = async () => {
    running = true;
    try {
      while (!options.signal.aborted) {
        const many = wanted.size >= options.manyNames();
        const wait = everything || many ? lastFullRead + options.fullReadGapMs() - performance.now() : null;
        if (wait !== null && wait <= 0) await readEverything();
        // A few names need not wait for the full read that is due later.
        else if (wanted.size > 0 && !many) await readWanted();
        else {
          if (wait !== null) timer ??= setTimeout(wake, wait);
          break;
        }
      }
    } finally {
      running = false;
    }
  };
  const start = () => {
    if (!running && !options.signal.aborted) drain().catch(options.onFailure);
  };
  const wake = () => {
    timer = undefined;
    start();
  };

  options.signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  return {
    reread: (names) => {
      if (names.length === 0) everything = true;
      else names.forEach((name) => wanted.add(name));
      start();
    },
  };
}
