/** What answers at an address, for people who ask. */
export type Description = {
  /** What it is, in words. */
  readonly found: string;
  /** What would serve better, and how; null: nothing. */
  readonly better: string | null;
};
