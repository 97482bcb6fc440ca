// One that talks without end is listened to in its share of the time: others get theirs in between.

export type CpuShareOptions = {
  /** At once, without a rest. */
  readonly freeMs: number;
  /** Of the time, in the long run. */
  readonly share: number;
};

/** So long nothing is heard of it, not even that it lives. */
const LONGEST_REST_MS = 2_000;

/** For how long to rest after what took so long; 0: not at all. */
export function createCpuShare(
  { freeMs, share }: CpuShareOptions,
  now = () => performance.now(),
): (ms: number) => number {
  let owed = 0;
  let last = now();
  return (ms) => {
    const at = now();
    owed = Math.max(0, owed - (at - last) * share) + ms;
    last = at;
    return owed <= freeMs ? 0 : Math.min(LONGEST_REST_MS, (owed - freeMs) / share);
  };
}
