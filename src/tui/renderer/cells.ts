// Text measured in terminal cells. Almost all of it is plain ASCII and our own glyphs: one cell for each, which never asks
// for the width tables.
import stringWidth from 'string-width';
import { isSingleWidth } from '../../core/view/glyphs.ts';

const GRAPHEMES = new Intl.Segmenter();

const ELLIPSIS = '…';

export function cellWidth(text: string): number {
  return isSingleWidth(text) ? text.length : stringWidth(text);
}

/** At most `width` cells; what was cut off is told by an ellipsis. Never cuts a grapheme in two. */
export function clip(text: string, width: number): string {
  if (width <= 0) return '';
  if (isSingleWidth(text)) return text.length <= width ? text : text.slice(0, width - 1) + ELLIPSIS;
  if (stringWidth(text) <= width) return text;
  return take(text, width - 1).text + ELLIPSIS;
}

/** Exactly `width` cells. */
export function fit(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const clipped = clip(text, width);
  const padding = ' '.repeat(Math.max(0, width - cellWidth(clipped)));
  return align === 'left' ? clipped + padding : padding + clipped;
}

/** The text in pieces of at most `width` cells; at least one piece. */
export function wrapCells(text: string, width: number): string[] {
  if (width <= 0 || cellWidth(text) <= width) return [text];
  const pieces: string[] = [];
  let rest = text;
  while (rest !== '') {
    const piece = isSingleWidth(rest) ? rest.slice(0, width) : take(rest, width).text;
    // A grapheme wider than the whole line would never fit: show it alone.
    const taken = piece === '' ? (GRAPHEMES.segment(rest)[Symbol.iterator]().next().value?.segment ?? rest) : piece;
    pieces.push(taken);
    rest = rest.slice(taken.length);
  }
  return pieces;
}

/** The text without its first `cells` cells. */
export function dropCells(text: string, cells: number): string {
  if (cells <= 0) return text;
  return isSingleWidth(text) ? text.slice(cells) : text.slice(take(text, cells).text.length);
}

function take(text: string, width: number): { readonly text: string; readonly width: number } {
  let used = 0;
  let end = 0;
  for (const { segment } of GRAPHEMES.segment(text)) {
    const cells = cellWidth(segment);
    if (used + cells > width) break;
    used += cells;
    end += segment.length;
  }
  return { text: text.slice(0, end), width: used };
}
