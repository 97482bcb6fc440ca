// News name processes: they are read at once, and once more when what follows from it has had its time.

export type RereadSoonOptions = {
  readonly reread: (names: readonly string[]) => void;
  /** What follows within milliseconds (a crash is restarted) is told too, but later. */
  readonly settleMs: number;
  /** So many supervisors are watched that each reading is felt. */
  readonly isCrowded: () => boolean;
  readonly signal: AbortSignal;
};

/** In a crowd: one reading for a death and the start that follows it. */
const CROWD_SETTLE_MS = 150;

/** `group:name` each. */
export function createRereadSoon(options: RereadSoonOptions): (names: readonly string[]) => void {
  const { reread, settleMs, isCrowded, signal } = options;
  const trailing = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  const again = () => {
    timer = undefined;
    reread([...trailing]);
    trailing.clear();
  };
  signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  return (names) => {
    if (names.length === 0 || signal.aborted) return;
    names.forEach((name) => trailing.add(name));
    if (isCrowded()) {
      timer ??= setTimeout(again, CROWD_SETTLE_MS);
      return;
    }
    reread(names);
    clearTimeout(timer);
    timer = setTimeout(again, settleMs);
  };
}
