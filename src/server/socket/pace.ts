/** How often a viewer is told of a storm: a few changes at once, then what they came to. */
export type Pace = {
  /** So many deltas go out at once in each period. */
  readonly burst: number;
  /** Calls back at the end of the period that begins now, or began with somebody else's call. */
  next(callback: () => void): void;
};

/** A screen shows no more than 60 frames a second. */
const PERIOD_MS = 20;
const BURST = 4;

export function createPace(): Pace {
  let waiting: (() => void)[] = [];
  const end = () => {
    const due = waiting;
    waiting = [];
    for (const callback of due) callback();
  };
  return {
    burst: BURST,
    next: (callback) => {
      if (waiting.length === 0) setTimeout(end, PERIOD_MS);
      waiting.push(callback);
    },
  };
}
