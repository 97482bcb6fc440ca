import { readLastWords } from '../../core/session/last-words.ts';
import type { Process } from '../../core/model.ts';
import type { Clock, Session, WaitOptions } from '../../core/ports.ts';
import { lastLineOf } from '../../core/engine/timeline.ts';
import { isTroubled } from '../../core/crashes.ts';

/** A table is not worth waiting for longer. */
const WAIT_MS = 1_000;
const MOST = 20;

/**
 * The same processes, those in trouble with the last line that they wrote. A session fetches these lines by itself, but
 * only after the first screen: a command that prints one table asks at once.
 */
export async function addLastLines(
  session: Session,
  processes: readonly Process[],
  { signal, clock }: WaitOptions & { readonly clock: Clock },
): Promise<readonly Process[]> {
  const silent = processes.filter(
    (process) => isTroubled(process) && process.fall?.lastLine === '' && process.fall.reason.kind !== 'spawn-error',
  );
  if (silent.length === 0) return processes;
  const ending = new AbortController();
  const cancel = clock.after(WAIT_MS, () => ending.abort());
  const wait = { signal: AbortSignal.any([signal, ending.signal]) };
  const lines = new Map<string, string>();
  await Promise.all(
    silent.slice(0, MOST).map(async (process) => {
      lines.set(process.uid, lastLineOf(await readLastWords(session.tail, process.uid, wait)));
    }),
  );
  cancel();
  return processes.map((process) => {
    const line = lines.get(process.uid);
    return line && process.fall ? { ...process, fall: { ...process.fall, lastLine: line } } : process;
  });
}
