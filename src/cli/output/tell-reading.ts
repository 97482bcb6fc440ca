import type { Io } from '../io/io.ts';

const PATIENCE_MS = 2_000;

/** Says at a terminal why nothing comes yet, when it takes a while. Returns what ends it. */
export function tellReading(io: Io, supervisors: number): () => void {
  if (!io.terminal) return () => {};
  const whose = supervisors === 1 ? 'a main log' : `${supervisors} main logs`;
  const timer = setTimeout(
    () => io.err(`multivisor: reading ${whose}, slowly enough that nobody there is held up (ctrl-c ends it) …\n`),
    PATIENCE_MS,
  );
  return () => clearTimeout(timer);
}
