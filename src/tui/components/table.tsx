// A small static table by ink-table, without its frame: no rules, no boxes, cells measured by us.
import { Text } from 'ink';
import type { ReactNode } from 'react';
import { useMemo } from 'react';
import type { TableSpec } from '../frame/model.ts';
import type { Look } from '../renderer/styled-line.ts';
import type { InkTable } from './ink-table.ts';

type TableProps = { readonly spec: TableSpec; readonly look: Look; readonly inkTable: InkTable };

type PartProps = { readonly children?: ReactNode };

/** Where ink-table would draw a rule or a bar. */
function Nothing(): ReactNode {
  return null;
}

export function Table({ spec, look, inkTable: Component }: TableProps): ReactNode {
  // ink-table measures cells by String.length and keeps the components of its first render: it is given keys of equal
  // length, which the cell looks up, and another table when the texts are others.
  const { data, columns, Cell, id } = useMemo(() => prepare(spec, look), [spec, look]);
  return (
    <Component
      key={id}
      data={data}
      columns={columns}
      padding={0}
      header={spec.headings.length > 0 ? Cell : Nothing}
      cell={Cell}
      skeleton={Nothing}
    />
  );
}

function prepare({ headings, rows, widths }: TableSpec, look: Look) {
  const texts = new Map<string, string>();
  const columns = widths.map((_, column) => `h${String(column).padStart(4, '0')}`);
  const paint = (
    text: string,
    options: { readonly column: number; readonly role: TableSpec['rows'][number][number]['role'] },
  ) => {
    const width = widths[options.column] ?? 0;
    const gap = { text: '  ' };
    const cell = { text, width, role: options.role ?? 'text' } as const;
    return look.line(options.column === 0 ? [{ text: ' ' }, cell, gap] : [cell, gap], { width: width + 3 });
  };
  headings.forEach((text, column) => texts.set(columns[column] ?? '', paint(text, { column, role: 'dim' })));
  const data = rows.map((cells, row) =>
    Object.fromEntries(
      columns.map((name, column) => {
        const key = `c${String(row).padStart(3, '0')}.${String(column).padStart(2, '0')}`;
        const { text = '', role } = cells[column] ?? {};
        texts.set(key, paint(text, { column, role }));
        return [name, key];
      }),
    ),
  );
  function Cell({ children }: PartProps): ReactNode {
    const key = typeof children === 'string' ? children.trim() : '';
    return <Text wrap="truncate">{texts.get(key) ?? ''}</Text>;
  }
  return { data, columns, Cell, id: [...texts.values()].join('\n') };
}
