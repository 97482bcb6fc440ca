import { collectHistory } from '../../core/history/collect.ts';
import type { Supervisor, Process } from '../../core/model.ts';
import type { Clock, Session, WaitOptions } from '../../core/ports.ts';
import { SessionError } from '../../core/ports.ts';
import type { Day } from '../../core/view/published/day.ts';
import { DAY_MS, UNKNOWN_DAY, toDays } from '../../core/view/published/day.ts';

/** A table is not worth waiting for longer. */
const WAIT_MS = 1_000;

/** What the ends of the main logs tell of the last day: one small question to each supervisor that answers. */
export async function lookBack(
  session: Session,
  supervisors: readonly Supervisor[],
  { signal, clock }: WaitOptions & { readonly clock: Clock },
): Promise<(process: Process) => Day> {
  const names = supervisors.filter(({ link }) => link === 'up').map(({ name }) => name);
  if (names.length === 0) return () => UNKNOWN_DAY;
  const ending = new AbortController();
  const cancel = clock.after(WAIT_MS, () => ending.abort());
  const wait = { signal: AbortSignal.any([signal, ending.signal]) };
  const now = clock.now();
  try {
    const past = await collectHistory(session, { since: now - DAY_MS, supervisors: names, quick: true }, wait);
    return toDays(past, now);
  } catch (error) {
    // A server that does not know it: then nobody does.
    if (error instanceof SessionError) return () => UNKNOWN_DAY;
    throw error;
  } finally {
    cancel();
  }
}
