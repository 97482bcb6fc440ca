// A page: blocks of lines and tables, of which a window is shown.
import type { LineStyler } from '../renderer/styled-line.ts';
import type { Cursor } from '../ui-state/cursor.ts';
import type { Block, Body } from './model.ts';

export function toPage(blocks: readonly Block[], cursor: Cursor, height: number): Body {
  const count = blocks.reduce((sum, block) => sum + heightOf(block), 0);
  const top = Math.max(0, Math.min(cursor.top, count - height));
  const shown = sliceBlocks(blocks, top, height);
  const used = shown.reduce((sum, block) => sum + heightOf(block), 0);
  const rest: Block = { kind: 'lines', lines: Array.from({ length: Math.max(0, height - used) }, () => '') };
  return { blocks: [...shown, rest], rows: null, count, height };
}

export function heightOf(block: Block): number {
  if (block.kind === 'lines') return block.lines.length;
  return block.table.rows.length + (block.table.headings.length > 0 ? 1 : 0);
}

export function sliceBlocks(blocks: readonly Block[], top: number, height: number): readonly Block[] {
  const shown: Block[] = [];
  let skip = top;
  let left = height;
  for (const block of blocks) {
    const size = heightOf(block);
    const from = Math.min(skip, size);
    const taken = Math.min(left, size - from);
    skip -= from;
    left -= taken;
    if (taken > 0) shown.push(sliceBlock(block, from, taken));
  }
  return shown;
}

function sliceBlock(block: Block, from: number, count: number): Block {
  if (from === 0 && count === heightOf(block)) return block;
  if (block.kind === 'lines') return { kind: 'lines', lines: block.lines.slice(from, from + count) };
  const { table } = block;
  const heading = table.headings.length > 0 ? 1 : 0;
  const headings = from === 0 ? table.headings : [];
  const first = Math.max(0, from - heading);
  const rows = table.rows.slice(first, first + count - (headings.length > 0 ? 1 : 0));
  return { kind: 'table', table: { ...table, headings, rows } };
}

/** A line that begins a section of a page. */
export function toSection(styler: LineStyler, title: string, note: string): string {
  return styler.line(
    [
      { text: ` ${title}`, role: 'title' },
      { text: note === '' ? '' : `  ${note}`, role: 'dim' },
    ],
    { width: 400 },
  );
}
