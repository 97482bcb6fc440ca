// What was let in, for as long as it may stay: requests that are under way, streams and sockets that stay open.
import type { Lease } from '../../core/access/lease.ts';
import type { Clock } from '../../core/ports.ts';
import type { Authenticator, Identity } from './authenticate.ts';

export type OpenLease = Lease & {
  /** Calls back once with the reason, at once when it is over already. */
  onEnd(end: (reason: string) => void): void;
  /** Whoever had it is gone. */
  release(): void;
};

export type Leases = {
  open(identity: Identity): OpenLease;
  /** Ends those of whom this is true. */
  endWhere(test: (identity: Identity) => boolean, reason: string): void;
  close(): void;
};

/** A clock that is set forward, or a machine that slept, makes no timer fire: it is checked so often. */
const CHECK_EVERY_MS = 15_000;
export const NOT_VALID = 'this login is not valid any more';

type Entry = { readonly identity: Identity; readonly end: (reason: string) => void };

export function createLeases(options: {
  readonly authenticator: Pick<Authenticator, 'holds'>;
  readonly clock: Clock;
}): Leases {
  const { authenticator, clock } = options;
  const entries = new Set<Entry>();
  let cancel: (() => void) | null = null;

  const watch = () => {
    cancel?.();
    cancel = null;
    if (entries.size === 0) return;
    const due = Array.from(entries, ({ identity }) => (identity.signIn?.expiresAt ?? Infinity) - clock.now());
    cancel = clock.after(Math.max(1, Math.min(CHECK_EVERY_MS, ...due.map(Math.ceil))), () => {
      endWhere((identity) => !authenticator.holds(identity), NOT_VALID);
      watch();
    });
  };

  const endWhere: Leases['endWhere'] = (test, reason) => {
    for (const entry of entries) if (test(entry.identity)) entry.end(reason);
  };

  return {
    open: (identity) => {
      const ended = new AbortController();
      let why: string | null = null;
      let listeners: ((reason: string) => void)[] = [];
      const end = (reason: string) => {
        if (why !== null) return;
        why = reason;
        entries.delete(entry);
        ended.abort();
        const told = listeners;
        listeners = [];
        for (const listener of told) listener(reason);
      };
      const entry: Entry = { identity, end };
      const over = () => {
        if (why === null && !authenticator.holds(identity)) end(NOT_VALID);
        return why;
      };
      entries.add(entry);
      if (cancel === null || identity.signIn) watch();
      return {
        ended: ended.signal,
        refusal: over,
        onEnd: (listener) => {
          if (why === null) listeners.push(listener);
          else listener(why);
        },
        release: () => void entries.delete(entry),
      };
    },
    endWhere,
    close: () => {
      cancel?.();
      cancel = null;
      entries.clear();
    },
  };
}
