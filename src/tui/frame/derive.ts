// What several parts of a frame need and what is too dear to make anew for each: it is kept while its causes stay.
import type { Process, Snapshot } from '../../core/model.ts';
import { escapeText } from '../../core/view/escape.ts';
import type { Filter } from '../../core/view/filter.ts';
import type { GroupFacts } from '../../core/view/group-facts.ts';
import { createGroupFacts } from '../../core/view/group-facts.ts';
import type { GroupRow, Rows, RowsQuery } from '../../core/view/row-model.ts';
import { createRowsView } from '../../core/view/rows.ts';
import { cellWidth } from '../renderer/cells.ts';
import type { Arrangement } from '../ui-state/arrangement.ts';
import type { KeptLines } from './kept-lines.ts';
import { createKeptLines } from './kept-lines.ts';
import type { Model } from './model.ts';

export type NameWidths = { readonly name: number; readonly group: number; readonly supervisor: number };

export type Derived = {
  readonly rows: Rows;
  readonly widths: NameWidths;
  readonly factsOf: (row: GroupRow) => GroupFacts;
  readonly keptLines: KeptLines;
};

export function createDerive(): (model: Model) => Derived {
  const rowsView = createRowsView();
  const measure = createMeasure();
  const factsOf = createGroupFacts();
  const keptLines = createKeptLines();
  let query: { readonly filter: Filter; readonly arrangement: Arrangement; readonly made: RowsQuery } | null = null;
  return ({ snapshot, ui }) => {
    const { filter } = ui.filter;
    const { arrangement } = ui;
    if (query?.filter !== filter || query.arrangement !== arrangement) {
      const { sort, reversed, groupBy, onlyProblems, folded } = arrangement;
      query = {
        filter,
        arrangement,
        made: { filter, sort, reversed, groupBy, onlyProblems, folded, agentsApart: true },
      };
    }
    return { rows: rowsView(snapshot, query.made), widths: measure(snapshot), factsOf, keptLines };
  };
}

type Measured = NameWidths & { readonly title: string; readonly processes: ReadonlyMap<string, Process> };

/** The widest names of all processes, shown or not, so that columns stand still while a filter is typed. */
function createMeasure(): (snapshot: Snapshot) => NameWidths {
  let measured: readonly Measured[] = [];
  let last: { readonly of: Snapshot; readonly widths: NameWidths } | null = null;
  return (snapshot) => {
    // A key that moves the cursor changes nothing of it.
    if (last?.of === snapshot) return last.widths;
    measured = Array.from(snapshot.supervisors.values(), ({ name, processes }, index) => {
      const before = measured[index];
      if (before?.processes === processes && before.title === name) return before;
      return { processes, title: name, ...measureProcesses(processes), supervisor: cellWidth(escapeText(name)) };
    });
    let [name, group, supervisor] = [0, 0, 0];
    for (const widths of measured) {
      name = Math.max(name, widths.name);
      group = Math.max(group, widths.group);
      supervisor = Math.max(supervisor, widths.supervisor);
    }
    last = { of: snapshot, widths: { name, group, supervisor } };
    return last.widths;
  };
}

function measureProcesses(processes: ReadonlyMap<string, Process>): Omit<NameWidths, 'supervisor'> {
  let name = 0;
  let group = 0;
  for (const process of processes.values()) {
    name = Math.max(name, cellWidth(escapeText(process.name)));
    group = Math.max(group, cellWidth(escapeText(process.group)));
  }
  return { name, group };
}
