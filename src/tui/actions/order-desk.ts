// Where orders are handed in: refused, asked about or sent, then followed, and their outcomes told.
import type { Outcome } from '../../core/ports.ts';
import { findHalfDone } from '../../core/commands/half-done.ts';
import { askConsent } from '../../core/consent.ts';
import type { Orders } from '../../core/orders.ts';
import { toFaultText } from '../../core/own-faults.ts';
import { toNotices } from './outcome-notices.ts';
import { refuseAction } from './rights.ts';
import { toCommand } from './to-command.ts';
import type { Control } from '../control/control.ts';
import { notify } from '../control/control.ts';

export type OrderDesk = {
  /** Refuses, asks, or does it. `hidden`: targets that the screen does not show. */
  readonly order: (orders: Orders, hidden: number) => void;
  /** Whatever was asked has been answered. */
  readonly carryOut: (orders: Orders) => void;
  /** Gives up what is under way. */
  readonly cancel: () => void;
  /** Processes that are down, or about to be, until what is under way is over. */
  readonly halfDone: () => readonly string[];
  /** Begins nothing more; resolves when all is told. Never rejects. */
  readonly finish: () => Promise<void>;
  /** Gives up also what leaves processes down. */
  readonly leave: () => void;
};

type UnderWay = {
  readonly orders: Orders;
  readonly told: Set<string>;
  readonly stopping: AbortController;
  readonly leaving: AbortController;
  readonly over: Promise<void>;
};

export function createOrderDesk(control: Control): OrderDesk {
  const { store, clock } = control;
  const underWay = new Set<UnderWay>();
  let lastId = 0;

  const carryOut = (orders: Orders): void => {
    const id = ++lastId;
    const stopping = new AbortController();
    const leaving = new AbortController();
    const told = new Set<string>();
    store.dispatch('jobs', {
      type: 'begin',
      id,
      title: toTitle(orders),
      total: orders.targets.length,
      at: clock.now(),
    });
    const signal = AbortSignal.any([stopping.signal, control.signal]);
    const leave = AbortSignal.any([leaving.signal, control.leave]);
    const over = follow(control, { orders, id, told, signal, leave })
      .catch((error: unknown) => {
        store.dispatch('jobs', { type: 'end', id });
        notify(control, 'bad', `${toTitle(orders)}: ${toFaultText(error)}`);
      })
      .finally(() => underWay.delete(entry));
    const entry: UnderWay = { orders, told, stopping, leaving, over };
    underWay.add(entry);
  };

  return {
    carryOut,
    order: (orders, hidden) => {
      const { snapshot, connection, setting } = store.model();
      const refusal = refuseAction({ readOnly: setting.readOnly, connection }, orders.action);
      if (refusal !== null) return notify(control, 'warn', refusal);
      const consent = askConsent(snapshot, orders, hidden);
      switch (consent.kind) {
        case 'refused':
          return notify(control, 'warn', consent.why);
        case 'given':
          return carryOut(orders);
        case 'asked':
          return store.dispatch('dialog', { type: 'confirm', orders, expected: consent.question.typed, hidden });
      }
    },
    cancel: () => {
      if (underWay.size === 0) notify(control, 'info', 'nothing is under way');
      for (const { stopping } of underWay) stopping.abort();
    },
    halfDone: () => {
      const { snapshot } = store.model();
      return Array.from(underWay).flatMap(({ orders, told }) => findHalfDone(snapshot, { ...orders, told }));
    },
    finish: async () => {
      for (const { stopping } of underWay) stopping.abort();
      await Promise.all(Array.from(underWay, ({ over }) => over));
    },
    leave: () => {
      for (const { leaving } of underWay) leaving.abort();
    },
  };
}

/** Outcomes are shown in lots: hundreds of them come within a moment. */
const PROGRESS_MS = 100;

type Running = Pick<UnderWay, 'orders' | 'told'> & {
  readonly id: number;
  readonly signal: AbortSignal;
  readonly leave: AbortSignal;
};

async function follow({ store, session, clock }: Control, { orders, id, told, signal, leave }: Running): Promise<void> {
  let arrived: boolean[] = [];
  const showing: { cancel: (() => void) | null } = { cancel: null };
  const show = (): void => {
    showing.cancel = null;
    const lot = arrived;
    arrived = [];
    store.batch(() => lot.forEach((ok) => store.dispatch('jobs', { type: 'outcome', id, ok })));
  };
  const progress = (outcome: Outcome): void => {
    told.add(outcome.target);
    // What a roll did not come to is left, neither done nor failed.
    if (outcome.code === 'untouched') return;
    arrived.push(outcome.ok);
    showing.cancel ??= clock.after(PROGRESS_MS, show);
  };
  const outcomes = await session.send(toCommand(orders), { signal, leave, progress }).finally(() => showing.cancel?.());
  store.batch(() => {
    store.dispatch('jobs', { type: 'end', id });
    const notices = toNotices(orders, outcomes).map((notice) => ({ ...notice, at: clock.now() }));
    store.dispatch('notices', { type: 'add', notices });
  });
}

function toTitle({ action, targets, signal }: Orders): string {
  const verb = action === 'signal' ? `signal ${signal ?? ''}` : action;
  return targets.length === 1 ? `${verb} ${targets[0] ?? ''}` : `${verb} ${targets.length}`;
}
