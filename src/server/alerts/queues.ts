// All channels of all alerts, each with its own queue: one that is away holds up none of the others.
import { createHash } from 'node:crypto';
import type { GivenUp } from '../../core/alerts/desk.ts';
import type { Target } from '../../core/alerts/target.ts';
import type { AlertConfig } from '../../core/config/alerts-config.ts';
import type { Clock } from '../../core/ports.ts';
import type { ChannelWays } from './channels/create-channel.ts';
import { createChannel } from './channels/create-channel.ts';
import type { Queue, QueueState } from './queue.ts';
import { createQueue } from './queue.ts';
import type { AlertStore, Delivery } from './store.ts';

export type Queues = {
  /** The channels of these from now on. One that they have as before goes on undisturbed. */
  open(rules: readonly AlertConfig[]): void;
  add(delivery: Delivery): void;
  state(target: Target, rule: AlertConfig): QueueState;
  /** Settles when nothing is under way; what waits stays in the store. */
  close(): Promise<void>;
};

type Opened = { readonly queue: Queue; readonly label: string };

export function createQueues(options: {
  readonly clock: Clock;
  readonly store: Pick<AlertStore, 'done'>;
  readonly onGivenUp: (givenUp: GivenUp) => void;
  readonly warn: (text: string) => void;
}): Queues {
  const { clock, store, warn, onGivenUp } = options;
  let opened = new Map<string, Opened>();
  const closing = new Set<Promise<void>>();

  const giveUp = (delivery: Delivery, label: string, said: string) => {
    const { title } = delivery.message;
    store.done(delivery.id);
    onGivenUp({ at: clock.now(), receiver: label, title, said });
    warn(`given up to tell ${label} of "${title}": ${said}`);
  };
  const openQueue = (target: Target, rule: AlertConfig): Opened => {
    const { label } = target;
    const queue = createQueue({
      channel: createChannel(target, rule),
      clock,
      random: Math.random,
      onTaken: ({ id }) => store.done(id),
      onGivenUp: (delivery, said) => giveUp(delivery, label, said),
      onTrouble: (said) => warn(`${label} takes no alert: ${said}`),
    });
    return { queue, label };
  };

  return {
    open: (rules) => {
      const before = opened;
      opened = new Map();
      for (const rule of rules) {
        for (const target of rule.to) {
          const key = toChannelKey(target, rule);
          opened.set(key, opened.get(key) ?? before.get(key) ?? openQueue(target, rule));
        }
      }
      for (const [key, { queue }] of before) {
        if (opened.has(key)) continue;
        const done = queue.close().finally(() => closing.delete(done));
        closing.add(done);
      }
    },
    add: (delivery) => {
      const known = opened.get(delivery.channel);
      if (known) known.queue.add(delivery);
      else giveUp(delivery, 'a receiver that is configured no more', 'nobody asks for it any more');
    },
    state: (target, rule) => opened.get(toChannelKey(target, rule))?.queue.state() ?? { waiting: 0, trouble: null },
    close: async () => {
      await Promise.all([...closing, ...Array.from(opened.values(), ({ queue }) => queue.close())]);
    },
  };
}

/** The same for all that goes the same way: what two alerts send there stays in order. */
export function toChannelKey(target: Target, { template, smtp }: ChannelWays): string {
  const own = target.kind === 'webhook' ? template : target.kind === 'mail' ? smtp : null;
  return createHash('sha256')
    .update(JSON.stringify([target, own]))
    .digest('hex')
    .slice(0, 32);
}
