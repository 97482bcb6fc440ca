// What stays open after it was let in, so that it can be ended when its right to be there ends.
import type { Identity } from './access/authenticate.ts';

export type LiveConnections = {
  /** `end` is called at most once, with the reason for people. Returns the remover. */
  add(identity: Identity, end: (reason: string) => void): () => void;
  endWhere(test: (identity: Identity) => boolean, reason: string): void;
};

export function createLiveConnections(): LiveConnections {
  const entries = new Set<{ readonly identity: Identity; readonly end: (reason: string) => void }>();
  return {
    add: (identity, end) => {
      const entry = { identity, end };
      entries.add(entry);
      return () => void entries.delete(entry);
    },
    endWhere: (test, reason) => {
      for (const entry of entries) {
        if (!test(entry.identity) || !entries.delete(entry)) continue;
        entry.end(reason);
      }
    },
  };
}
