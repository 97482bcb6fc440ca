import { textWidth } from './text-width.ts';

export type TableCell = { readonly text: string; readonly paint?: (text: string) => string; readonly right?: true };

/**
 * Lines with aligned columns. The last column is not padded, and cut at `width` where there is one. Texts must be
 * harmless already (core/view/escape.ts).
 */
export function renderTable(rows: readonly (readonly TableCell[])[], width: number | null): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, textWidth(cell.text))));
  }
  return rows.map((row) => {
    let used = 0;
    const cells = row.map((cell, i) => {
      const paint = cell.paint ?? ((text: string) => text);
      const last = i === row.length - 1;
      if (last) return paint(width === null ? cell.text : clip(cell.text, width - used));
      const padding = ' '.repeat((widths[i] ?? 0) - textWidth(cell.text));
      used += (widths[i] ?? 0) + 2;
      return cell.right ? padding + paint(cell.text) : paint(cell.text) + padding;
    });
    return cells.join('  ').trimEnd();
  });
}

function clip(text: string, room: number): string {
  if (textWidth(text) <= room) return text;
  let kept = '';
  let width = 0;
  for (const char of text) {
    width += textWidth(char);
    if (width > room - 1) break;
    kept += char;
  }
  return `${kept}…`;
}
