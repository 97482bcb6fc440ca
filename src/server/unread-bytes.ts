// What is held in memory because whoever asked for it does not read it, over all of them: each has a limit of its own,
// and this is the one that they share. Who holds the most is cut off first.

/** What a message costs beside its text: on the way out it is several objects, and a short one is little else. */
const EACH_BYTES = 1024;

export type UnreadBytes = {
  /** `cutOff` must let go of everything at once. */
  open(cutOff: () => void): Reader;
  total(): number;
};

export type Reader = {
  /** Until the returned function is called. Bytes that many hold are counted once. */
  hold(message: string | Buffer): () => void;
  /** What this one holds. */
  bytes(): number;
  /** It holds nothing now. */
  clear(): void;
  /** It is gone, and holds nothing any more. */
  close(): void;
};

type Entry = { bytes: number; isLeaving: boolean; isClosed: boolean; readonly cutOff: () => void };

export function createUnreadBytes(most: number): UnreadBytes {
  const entries = new Set<Entry>();
  /** By how many. */
  const shared = new Map<Buffer, number>();
  let total = 0;
  /** Of those that are cut off already, but have not let go yet. */
  let leaving = 0;

  const share = (message: Buffer, change: 1 | -1): void => {
    const before = shared.get(message) ?? 0;
    const after = before + change;
    if (after === 0) shared.delete(message);
    else shared.set(message, after);
    if (before === 0 || after === 0) total += change * message.length;
  };
  const count = (entry: Entry, message: string | Buffer, change: 1 | -1): void => {
    const bytes = EACH_BYTES + message.length;
    entry.bytes += change * bytes;
    if (entry.isLeaving) leaving += change * bytes;
    total += change * EACH_BYTES;
    if (typeof message === 'string') total += change * message.length;
    else share(message, change);
    if (entry.bytes === 0) entries.delete(entry);
    else entries.add(entry);
  };
  const cutOffLargest = (): void => {
    let largest: Entry | null = null;
    for (const entry of entries) if (!entry.isLeaving && entry.bytes > (largest?.bytes ?? 0)) largest = entry;
    if (largest === null) return;
    largest.isLeaving = true;
    leaving += largest.bytes;
    largest.cutOff();
  };

  return {
    total: () => total,
    open: (cutOff) => {
      const entry: Entry = { bytes: 0, isLeaving: false, isClosed: false, cutOff };
      const held = new Set<() => void>();
      const clear = () => held.forEach((release) => release());
      return {
        bytes: () => entry.bytes,
        hold: (message) => {
          if (entry.isClosed) return () => {};
          const release = () => {
            if (held.delete(release)) count(entry, message, -1);
          };
          held.add(release);
          count(entry, message, 1);
          if (total - leaving > most) cutOffLargest();
          return release;
        },
        clear,
        close: () => {
          entry.isClosed = true;
          clear();
        },
      };
    },
  };
}
