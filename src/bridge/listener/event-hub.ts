// Who is connected gets every event; who connects again gets what it missed, as far as it is still known.
import type { EventLine } from './protocol.ts';
import { encodeLine } from './protocol.ts';

/** As much of a response as is needed to stream to it. */
export type Subscriber = {
  write(text: string): unknown;
  /** Bytes that it has not taken yet. */
  readonly writableLength: number;
  destroy(): unknown;
};

export type EventHub = {
  add(event: Omit<EventLine, 'type'>): void;
  /** `after`: the last pool serial that it has seen. Returns what ends the subscription. */
  attach(subscriber: Subscriber, after: number | null): () => void;
  /** Says that all is well to everyone, lest silence be taken for a dead host. */
  alive(): void;
  readonly last: () => number | null;
  readonly subscribers: () => number;
};

/** Kept for those who connect again. */
const KEPT_EVENTS = 2_000;
/** A reader that is so far behind is dropped: it connects again and reads everything anew. */
const MAX_LAG_BYTES = 4 * 1024 * 1024;

export function createEventHub(): EventHub {
  const kept: { readonly poolserial: number; readonly line: string }[] = [];
  const subscribers = new Set<Subscriber>();
  let last: number | null = null;
  const broadcast = (line: string) => {
    for (const subscriber of subscribers) {
      subscriber.write(line);
      if (subscriber.writableLength <= MAX_LAG_BYTES) continue;
      subscribers.delete(subscriber);
      subscriber.destroy();
    }
  };
  return {
    add: (event) => {
      const line = encodeLine({ type: 'event', ...event });
      last = event.poolserial;
      kept.push({ poolserial: event.poolserial, line });
      if (kept.length > KEPT_EVENTS) kept.shift();
      broadcast(line);
    },
    attach: (subscriber, after) => {
      if (after !== null) for (const { poolserial, line } of kept) if (poolserial > after) subscriber.write(line);
      subscribers.add(subscriber);
      return () => subscribers.delete(subscriber);
    },
    alive: () => broadcast(encodeLine({ type: 'alive' })),
    last: () => last,
    subscribers: () => subscribers.size,
  };
}
