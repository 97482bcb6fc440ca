// A Session as one actor may have it: what it shows and does is narrowed, whoever holds it.
import { parseUid } from '../ids.ts';
import type { Command, Outcome, SendOptions, Session } from '../ports.ts';
import { SessionError } from '../ports.ts';
import type { Actor } from './actor.ts';
import { refuseRole, toScope } from './actor.ts';
import type { Lease } from './lease.ts';
import { FOREVER } from './lease.ts';
import { createNarrowing } from './narrowing.ts';

/** A session that can be asked to act for somebody else than its owner. */
export type SharedSession = Pick<Session, 'snapshot' | 'timeline' | 'subscribe' | 'tail' | 'history' | 'reread'> & {
  sendAs(actor: Actor, command: Command, options: LeasedOptions): Promise<readonly Outcome[]>;
};

export type LeasedOptions = SendOptions & { readonly lease: Lease };

/** Closing it, and the end of the lease, end what it began and leave the shared session alone. */
export function createActorSession(shared: SharedSession, actor: Actor, lease = FOREVER): Session {
  const narrowing = createNarrowing(actor);
  const inScope = toScope(actor);
  const closing = new AbortController();
  const toSignal = (signal: AbortSignal) => AbortSignal.any([signal, closing.signal, lease.ended]);
  const unsubscribers = new Set<() => void>();
  return {
    snapshot: () => narrowing.snapshot(shared.snapshot()),
    timeline: () => narrowing.transitions(shared.timeline()),
    subscribe: (listener) => {
      // The snapshot of this moment is remembered, so that the first delta says from where it goes on.
      narrowing.snapshot(shared.snapshot());
      const unsubscribe = shared.subscribe((whole) => {
        const event = lease.ended.aborted ? null : narrowing.event(whole);
        if (event) listener(event);
      });
      const own = () => (unsubscribe(), void unsubscribers.delete(own));
      unsubscribers.add(own);
      return own;
    },
    connection: () => ({ state: 'live', actor }),
    send: (command, options) => shared.sendAs(actor, command, { ...options, signal: toSignal(options.signal), lease }),
    tail: (request, { signal }) => {
      const refusal = lease.refusal() ?? refuseRole(actor, 'logs');
      if (refusal) throw new SessionError('not-allowed', refusal);
      if (!inScope(parseUid(request.uid)?.supervisor ?? '')) {
        throw new SessionError('not-found', `no such process: ${request.uid}`);
      }
      return shared.tail(request, { signal: toSignal(signal) });
    },
    history: (request, { signal }) => {
      const refusal = lease.refusal();
      if (refusal) throw new SessionError('not-allowed', refusal);
      const supervisors = (request.supervisors ?? [...shared.snapshot().supervisors.keys()]).filter(inScope);
      return narrowing.history(shared.history({ ...request, supervisors }, { signal: toSignal(signal) }));
    },
    reread: (names) => {
      if (lease.refusal() !== null) return;
      const chosen = names.length > 0 ? names : [...shared.snapshot().supervisors.keys()];
      const seen = chosen.filter(inScope);
      // Naming none would mean all of them.
      if (seen.length > 0) shared.reread(seen);
    },
    close: async () => {
      closing.abort();
      Array.from(unsubscribers, (unsubscribe) => unsubscribe());
    },
  };
}
