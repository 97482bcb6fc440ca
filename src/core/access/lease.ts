// The right to act as somebody, for as long as it holds. It is asked at the moment of each act, and what was opened under
// it ends with it.

export type Lease = {
  /** Why nothing more may be done under it, for people; null while it holds. */
  refusal(): string | null;
  /** Aborted when it ends. */
  readonly ended: AbortSignal;
};

/** Whoever works over an engine of their own. */
export const FOREVER: Lease = { refusal: () => null, ended: new AbortController().signal };
