export type EventSerials = {
  /** How many events are missing before this one; 0 when it follows on, or when nothing can be told. */
  missing(poolSerial: number | null): number;
  /** The last one seen; null: none. */
  last(): number | null;
  /** A newer one is known to have been sent by then: it counts as seen. */
  moveTo(poolSerial: number | null): void;
};

/** supervisord numbers the events of a pool one by one, over restarts of the listener; a lower one than before is another supervisord. */
export function createEventSerials(): EventSerials {
  let last: number | null = null;
  return {
    missing: (poolSerial) => {
      if (poolSerial === null) return 0;
      const missed = last === null || poolSerial <= last ? 0 : poolSerial - last - 1;
      last = poolSerial;
      return missed;
    },
    last: () => last,
    moveTo: (poolSerial) => {
      last = poolSerial;
    },
  };
}
