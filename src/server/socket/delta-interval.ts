/** How often a viewer is told of a storm: a few changes at once, then what they came to. */
export type DeltaInterval = {
  /** So many deltas go out at once in each period. */
  readonly most: number;
  /** Calls back at the end of the period that begins now, or began with somebody else's call. */
  next(callback: () => void): void;
};

/** A screen shows no more than 60 frames a second. */
const PERIOD_MS = 20;
const MOST_AT_ONCE = 4;

export function createDeltaInterval(): DeltaInterval {
  let waiting: (() => void)[] = [];
  const end = () => {
    const due = waiting;
    waiting = [];
    for (const callback of due) callback();
  };
  return {
    most: MOST_AT_ONCE,
    next: (callback) => {
      if (waiting.length === 0) setTimeout(end, PERIOD_MS);
      waiting.push(callback);
    },
  };
}
