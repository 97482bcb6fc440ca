// Who asked for what a process does next, for the timeline. What happens long after has reasons of its own.
import type { ProcessAction } from '../model.ts';

export type Asker = { readonly by: string; readonly action: ProcessAction };

/** `now`: of the monotonic clock. */
export type Attribution = {
  /** A command is under way on it, for as long as it takes. */
  begin(uid: string, asked: Asker): void;
  /** The command is over; what it did may still happen, and be told. */
  end(uid: string, now: number): void;
  /** A single call, of which nobody tells the end. */
  call(uid: string, asked: Asker, now: number): void;
  /** The call came to nothing. */
  withdraw(uid: string, by: string): void;
  of(uid: string, now: number): Asker | null;
  forget(uid: string): void;
};

/** What a signal does it does at once. */
const SIGNAL_MS = 10_000;
/** Longer than people let a stop take (stopwaitsecs). */
const LONGEST_MS = 180_000;

export function createAttribution(): Attribution {
  const all = new Map<string, { readonly asked: Asker; readonly until: number }>();
  const until = ({ action }: Asker, now: number) => now + (action === 'signal' ? SIGNAL_MS : LONGEST_MS);
  return {
    begin: (uid, asked) => void all.set(uid, { asked, until: Infinity }),
    end: (uid, now) => {
      const known = all.get(uid);
      if (known) all.set(uid, { asked: known.asked, until: until(known.asked, now) });
    },
    call: (uid, asked, now) => void all.set(uid, { asked, until: until(asked, now) }),
    withdraw: (uid, by) => {
      if (all.get(uid)?.asked.by === by) all.delete(uid);
    },
    of: (uid, now) => {
      const known = all.get(uid);
      return known && now < known.until ? known.asked : null;
    },
    forget: (uid) => void all.delete(uid),
  };
}
