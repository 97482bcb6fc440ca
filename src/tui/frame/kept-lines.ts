// Lines that stay: of a row in which nothing changed none is laid out anew before a time in it reads differently. A key that
// moves the cursor makes two lines instead of fifty.
import type { Filter } from '../../core/view/filter.ts';
import type { LineStyler } from '../renderer/styled-line.ts';
import type { Ticker } from './model.ts';

export type LineAsked = {
  /** Whatever else than the row decides how it looks. */
  readonly signature: string;
  readonly filter: Filter;
  readonly styler: LineStyler;
  /** Milliseconds. */
  readonly now: number;
  readonly ticker: Ticker;
};

export type KeptLines = (row: object, asked: LineAsked, make: (ticker: Ticker) => string) => string;

type Kept = Pick<LineAsked, 'signature' | 'filter' | 'styler'> & {
  readonly line: string;
  readonly from: number;
  /** When it reads differently; infinite where it holds no time. */
  readonly until: number;
};

export function createKeptLines(): KeptLines {
  const known = new WeakMap<object, Kept>();
  return (row, asked, make) => {
    const { signature, filter, styler, now, ticker } = asked;
    const before = known.get(row);
    if (before && isSame(before, asked) && isCurrent(before, now)) {
      ticker.within(before.until - now);
      return before.line;
    }
    let within = Number.POSITIVE_INFINITY;
    const line = make({ within: (ms) => (within = Math.min(within, ms)) });
    ticker.within(within);
    known.set(row, { signature, filter, styler, line, from: now, until: now + within });
    return line;
  };
}

function isSame(kept: Kept, { signature, filter, styler }: LineAsked): boolean {
  return kept.signature === signature && kept.filter === filter && kept.styler === styler;
}

/** All lines with a time in them change in the same second, so that they go on ticking together. */
function isCurrent({ from, until }: Kept, now: number): boolean {
  if (until === Number.POSITIVE_INFINITY) return true;
  return now >= from && now < until && Math.floor(now / 1_000) === Math.floor(from / 1_000);
}
