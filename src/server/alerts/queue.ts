// The messages of one channel: one at a time, in order, tried again until they are taken or a day has passed.
import type { Clock } from '../../core/ports.ts';
import { toFaultText } from '../../core/own-faults.ts';
import type { Answer, Channel } from './channels/channel.ts';
import type { Delivery } from './store.ts';

const ATTEMPT_MS = 10_000;
const FIRST_RETRY_MS = 1_000;
const MOST_RETRY_MS = 5 * 60_000;
const GIVE_UP_MS = 24 * 3_600_000;
/** A channel that has been away for long: what is older than these is given up. */
const MOST_WAITING = 10_000;

export type QueueState = {
  readonly waiting: number;
  /** What the other side said the last time, while it takes nothing; null: all is well. */
  readonly trouble: string | null;
};

export type Queue = {
  add(delivery: Delivery): void;
  state(): QueueState;
  /** What waits stays in the store. Settles when nothing is under way. */
  close(): Promise<void>;
};

export type QueueOptions = {
  readonly channel: Channel;
  readonly clock: Clock;
  /** 0 to 1: keeps many channels from trying at the same moment. */
  readonly random: () => number;
  readonly onTaken: (delivery: Delivery) => void;
  readonly onGivenUp: (delivery: Delivery, said: string) => void;
  readonly onTrouble: (said: string) => void;
};

type Waiting = { readonly delivery: Delivery; readonly giveUpAt: number };

export function createQueue(options: QueueOptions): Queue {
  const { channel, clock } = options;
  const waiting: Waiting[] = [];
  const closing = new AbortController();
  let trouble: string | null = null;
  let failures = 0;
  let cancelRetry: (() => void) | null = null;
  let sending: Promise<void> | null = null;

  const send = async ({ delivery }: Waiting): Promise<Answer> => {
    const late = new AbortController();
    const cancel = clock.after(ATTEMPT_MS, () => late.abort());
    try {
      return await channel.send(delivery.message, { signal: AbortSignal.any([late.signal, closing.signal]) });
    } catch (error) {
      return { ok: false, refused: true, said: `multivisor failed: ${toFaultText(error)}` };
    } finally {
      cancel();
    }
  };
  const work = async (): Promise<void> => {
    for (let first = waiting[0]; first && !closing.signal.aborted; first = waiting[0]) {
      const answer = await send(first);
      if (closing.signal.aborted) return;
      const isOver = answer.ok || answer.refused || clock.monotonic() >= first.giveUpAt;
      if (isOver && waiting[0] === first) waiting.shift();
      if (answer.ok) {
        trouble = null;
        failures = 0;
        options.onTaken(first.delivery);
      } else {
        if (trouble === null) options.onTrouble(answer.said);
        trouble = answer.said;
        if (isOver) options.onGivenUp(first.delivery, answer.said);
        if (!answer.refused) return retryLater(answer.retryAfterMs ?? 0);
      }
    }
  };
  const retryLater = (leastMs: number) => {
    const wait = Math.min(MOST_RETRY_MS, FIRST_RETRY_MS * 2 ** failures) * (0.75 + options.random() / 4);
    failures = Math.min(failures + 1, 20);
    cancelRetry = clock.after(Math.min(MOST_RETRY_MS, Math.max(leastMs, wait)), () => {
      cancelRetry = null;
      start();
    });
  };
  const start = () => {
    if (sending !== null || cancelRetry !== null || closing.signal.aborted) return;
    sending = work().finally(() => {
      sending = null;
      // One that came as the last was being taken.
      if (waiting.length > 0) start();
    });
  };

  return {
    add: (delivery) => {
      const age = Math.min(GIVE_UP_MS, Math.max(0, clock.now() - delivery.addedAt));
      waiting.push({ delivery, giveUpAt: clock.monotonic() + GIVE_UP_MS - age });
      const [oldest] = waiting.length > MOST_WAITING ? waiting.splice(sending === null ? 0 : 1, 1) : [];
      if (oldest) options.onGivenUp(oldest.delivery, `more than ${MOST_WAITING} messages wait`);
      start();
    },
    state: () => ({ waiting: waiting.length, trouble }),
    close: async () => {
      closing.abort();
      cancelRetry?.();
      await sending;
    },
  };
}
