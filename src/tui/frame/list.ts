// A list: a heading, and the window of its rows that fits, one finished line each.
import { settleCursor } from '../ui-state/cursor.ts';
import type { Cursor, KeyedRows } from '../ui-state/cursor.ts';
import type { Span } from '../renderer/styled-line.ts';
import { gutter } from './process-line.ts';
import type { Body, Model } from './model.ts';

export type StyleRow = {
  /** Spans of the row, finished: behind its gutter, as wide as the screen. */
  readonly line: (spans: readonly Span[]) => string;
  /** What of it is not the row's own: cursor and mark. */
  readonly variant: string;
};

export type ListParts<Row extends { readonly key: string }> = {
  readonly rows: readonly Row[];
  readonly cursor: Cursor;
  /** Lines that there are for heading and rows. */
  readonly height: number;
  readonly heading: readonly Span[];
  readonly isMarked: (row: Row) => boolean;
  /** Stands in place of the mark of a row that has one of its own. */
  readonly sign?: (row: Row) => Span | undefined;
  readonly toLine: (row: Row, style: StyleRow) => string;
  /** Shown when there is no row. */
  readonly empty: readonly (readonly Span[])[];
};

export function toList<Row extends { readonly key: string }>(model: Model, parts: ListParts<Row>): Body {
  const { styler, size } = model;
  const { rows } = parts;
  const height = Math.max(1, parts.height - 1);
  const { index, top } = settleCursor(parts.cursor, rows, height);
  const shown = rows.slice(top, top + height).map((row, offset) => {
    const isCursor = top + offset === index;
    const isMarked = parts.isMarked(row);
    const line = (spans: readonly Span[]) =>
      styler.line([...gutter(isCursor, isMarked, parts.sign?.(row)), ...spans], {
        width: size.columns,
        ...(isCursor && { under: 'cursor' }),
      });
    return parts.toLine(row, { line, variant: `${isCursor} ${isMarked}` });
  });
  const empty = rows.length > 0 ? [] : parts.empty.map((spans) => styler.line(spans, { width: size.columns }));
  const heading = styler.line(parts.heading, { width: size.columns });
  const lines = pad([heading, ...shown, ...empty], parts.height);
  return { blocks: [{ kind: 'lines', lines }], rows: rows satisfies KeyedRows, count: rows.length, height };
}

/** Exactly so many lines. */
export function pad(lines: readonly string[], height: number): readonly string[] {
  if (lines.length >= height) return lines.slice(0, height);
  return [...lines, ...Array.from({ length: height - lines.length }, () => '')];
}
