// Who did what, from where, and what became of it: one JSON object per line, only ever appended.
import type { Role } from '../core/access/actor.ts';
import type { Clock, Outcome } from '../core/ports.ts';
import type { Identity } from './access/authenticate.ts';
import type { Client } from './access/client.ts';

export type AuditEvent =
  | {
      readonly event: 'command';
      readonly command: string;
      /** A single call of another multivisor, which carries its command out by itself. */
      readonly relayed?: true;
      readonly outcomes: readonly Pick<Outcome, 'target' | 'ok' | 'code'>[];
    }
  /** Before an act, where the audit is required. */
  | { readonly event: 'asked'; readonly command: string }
  | { readonly event: 'login' | 'logout' | 'config-read' | 'config-reload' }
  | {
      readonly event: 'login-failed' | 'refused';
      readonly reason: string;
      /** Summed up: so many more than were told one by one, from so many addresses. */
      readonly times?: number;
      readonly addresses?: number;
    };

export type AuditLine = AuditEvent & {
  readonly at: string;
  readonly who: string | null;
  readonly role: Role | null;
  readonly via: Identity['via'] | null;
  readonly from: string;
};

/** False: it is not written, and acts may not be done without it. */
export type WriteAudit = (line: string) => Promise<boolean> | void;

export type Audit = {
  (event: AuditEvent, client: Client, identity: Identity | null): void;
  /** Written before an act where no act may go unwritten; null: go on, else why not. */
  announce(command: string, client: Client, identity: Identity): Promise<string | null>;
  /** Tells what was summed up. */
  close(): void;
};

/** What anybody can bring about without a login is told one by one only so often, then summed up. */
const TOLD_EACH = 30;
const SUM_MS = 60_000;
const MOST_ADDRESSES = 1_000;

type Sum = {
  told: number;
  more: number;
  readonly addresses: Set<string>;
  last: Extract<AuditEvent, { reason: string }> | null;
};

export function createAudit(options: {
  readonly write: WriteAudit;
  readonly clock: Clock;
  readonly required: boolean;
  readonly onFailure: (error: unknown) => void;
}): Audit {
  const { write, clock, required, onFailure } = options;
  const sums = new Map<AuditEvent['event'], Sum>();
  let cancel: (() => void) | null = null;

  const toLine = (event: AuditEvent, from: string, identity: Identity | null): string => {
    const line: AuditLine = {
      at: new Date(clock.now()).toISOString(),
      who: identity?.actor.name ?? null,
      role: identity?.actor.role ?? null,
      via: identity?.via ?? null,
      from,
      ...event,
    };
    return `${JSON.stringify(line)}\n`;
  };
  /** Nobody waits for what is only told. What is not written, its writer counts. */
  const put = (line: string) => {
    Promise.resolve(write(line)).catch(onFailure);
  };
  const sumUp = () => {
    cancel?.();
    cancel = null;
    for (const { more, addresses, last } of sums.values()) {
      if (last === null || more === 0) continue;
      const [first = ''] = addresses;
      put(toLine({ ...last, times: more, addresses: addresses.size }, first, null));
    }
    sums.clear();
  };
  /** Whether it is one of too many. */
  const isSummed = (event: Extract<AuditEvent, { reason: string }>, address: string): boolean => {
    const sum = sums.get(event.event) ?? { told: 0, more: 0, addresses: new Set<string>(), last: null };
    sums.set(event.event, sum);
    cancel ??= clock.after(SUM_MS, sumUp);
    sum.told += 1;
    if (sum.told <= TOLD_EACH) return false;
    sum.more += 1;
    sum.last = event;
    if (sum.addresses.size < MOST_ADDRESSES) sum.addresses.add(address);
    return true;
  };

  const tell = (event: AuditEvent, client: Client, identity: Identity | null) => {
    if ('reason' in event && isSummed(event, client.address)) return;
    put(toLine(event, client.address, identity));
  };
  return Object.assign(tell, {
    announce: async (command: string, client: Client, identity: Identity) => {
      if (!required) return null;
      const written = await write(toLine({ event: 'asked', command }, client.address, identity));
      return written === false ? 'the audit cannot be written, and nothing may be done without it' : null;
    },
    close: sumUp,
  });
}
