// A small static table by ink-table, without its frame: no rules, no boxes, cells cut and coloured by us.
import { Text } from 'ink';
import type { ReactNode } from 'react';
import { useMemo } from 'react';
import type { Cell, TableSpec } from '../frame/model.ts';
import type { LineStyler } from '../renderer/styled-line.ts';
import { TEXT_ROLES } from '../theme.ts';
import type { InkTable } from './ink-table.ts';

type TableProps = { readonly spec: TableSpec; readonly styler: LineStyler; readonly inkTable: InkTable };

type CellProps = { readonly column?: number; readonly children?: ReactNode };

/** Where ink-table would draw a rule or a bar. */
function Nothing(): ReactNode {
  return null;
}

export function Table({ spec, styler, inkTable: Component }: TableProps): ReactNode {
  const { headings, widths } = spec;
  // A change of its rows is a change of data; ink-table keeps the components of its first render, so another style or
  // other widths are another table.
  const shape = widths.join(' ');
  const PaintedCell = useMemo(() => createCell(shape.split(' ').map(Number), styler), [shape, styler]);
  const columns = widths.map((_, column) => toCell({ text: headings[column] ?? '', role: 'dim' }, column));
  const data = spec.rows.map((cells) =>
    Object.fromEntries(columns.map((name, column) => [name, toCell(cells[column] ?? { text: '' }, column)])),
  );
  return (
    <Component
      key={`${shape} ${styler.line([{ text: '.', role: 'dim' }], { width: 1 })}`}
      data={data}
      columns={columns}
      padding={PADDING}
      header={headings.length > 0 ? PaintedCell : Nothing}
      cell={PaintedCell}
      skeleton={Nothing}
    />
  );
}

/**
 * ink-table knows text alone: it tells a cell its column, but neither its row nor its colour. So the text of each begins
 * with a character for its role and one for its column, the latter so that headings that read alike are still two.
 */
/** Its least, of spaces on either side. */
const PADDING = 1;
const FIRST_ROLE = 0xe000;
const FIRST_COLUMN = 0xe100;

function toCell({ text, role = 'text' }: Cell, column: number): string {
  return String.fromCodePoint(FIRST_ROLE + TEXT_ROLES.indexOf(role), FIRST_COLUMN + column) + text;
}

/** Cut to its width by cells of the terminal, which ink-table counts by characters; what it pads is cut off again. */
function createCell(widths: readonly number[], styler: LineStyler) {
  return function PaintedCell({ column = 0, children }: CellProps): ReactNode {
    const marked = typeof children === 'string' ? children.slice(PADDING) : '';
    const role = TEXT_ROLES[marked.charCodeAt(0) - FIRST_ROLE] ?? 'text';
    const width = widths[column] ?? 0;
    const spans = [{ text: marked.slice(2).trimEnd(), width, role }, { text: '  ' }];
    const painted = styler.line(column === 0 ? [{ text: ' ' }, ...spans] : spans, { width: width + 3 });
    return <Text wrap="truncate">{painted}</Text>;
  };
}
