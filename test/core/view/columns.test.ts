import test from 'ava';
import type { ColumnNeeds } from '../../../src/core/view/columns.ts';
import { COLUMN_GAP, planColumns } from '../../../src/core/view/columns.ts';

const NEEDS: ColumnNeeds = { width: 197, name: 14, group: 8, supervisor: 9, hidden: [] };

function ids(needs: Partial<ColumnNeeds>): string {
  return planColumns({ ...NEEDS, ...needs })
    .map((column) => column.id)
    .join(' ');
}

test('columns go one by one as the terminal narrows, and WHY never does', (t) => {
  t.is(ids({}), 'state name group supervisor pid uptime restarts exit why');
  t.is(ids({ width: 150 }), 'state name group supervisor pid uptime restarts why');
  t.is(ids({ width: 125 }), 'state name group supervisor pid uptime restarts why');
  t.is(ids({ width: 100 }), 'state name group supervisor uptime why');
  t.is(ids({ width: 77 }), 'state name supervisor uptime why');
  t.is(ids({ width: 57 }), 'state name why');
  t.is(ids({ width: 20 }), 'state name why');
});

test('what the group row says is not said again', (t) => {
  t.is(ids({ hidden: ['group'] }), 'state name supervisor pid uptime restarts exit why');
  t.is(ids({ hidden: ['supervisor'] }), 'state name group pid uptime restarts exit why');
});

test('at every width the columns fit, and a long name is cut before WHY is', (t) => {
  for (const name of [3, 14, 80]) {
    for (let width = 40; width <= 250; width++) {
      const columns = planColumns({ ...NEEDS, name, width });
      const used = columns.reduce((sum, column) => sum + column.width + (column.id === 'why' ? 0 : COLUMN_GAP), 0);
      t.is(used, width);
      const why = columns.at(-1);
      t.true(width < 44 || (why?.width ?? 0) >= 20, `WHY is ${why?.width} at ${width}`);
    }
  }
});

test('a title that does not fit its column is shortened', (t) => {
  for (const column of planColumns(NEEDS)) t.true(column.title.length <= column.width);
});
