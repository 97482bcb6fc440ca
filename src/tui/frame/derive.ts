// What several parts of a frame need and what is too dear to make anew for each: it is kept while its causes stay.
import type { Process, Snapshot } from '../../core/model.ts';
import { escapeText } from '../../core/view/escape.ts';
import type { Filter } from '../../core/view/filter.ts';
import type { GroupFacts, GroupRow, ProcessRow, Rows, RowsQuery } from '../../core/view/rows.ts';
import { createRowsView, toGroupFacts } from '../../core/view/rows.ts';
import { cellWidth } from '../cells.ts';
import type { Arrangement } from '../ui-state/arrangement.ts';
import type { Model } from './model.ts';

export type NameWidths = { readonly name: number; readonly group: number; readonly supervisor: number };

export type Derived = {
  readonly rows: Rows;
  readonly widths: NameWidths;
  readonly factsOf: (row: GroupRow) => GroupFacts;
};

export function createDerive(): (model: Model) => Derived {
  const rowsView = createRowsView();
  const measure = createMeasure();
  const factsOf = createFacts();
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
    return { rows: rowsView(snapshot, query.made), widths: measure(snapshot), factsOf };
  };
}

function createFacts(): (row: GroupRow) => GroupFacts {
  const known = new WeakMap<readonly ProcessRow[], GroupFacts>();
  return ({ members }) => {
    const facts = known.get(members) ?? toGroupFacts(members);
    known.set(members, facts);
    return facts;
  };
}

/** The widest names of all processes, shown or not, so that columns stand still while a filter is typed. */
function createMeasure(): (snapshot: Snapshot) => NameWidths {
  const known = new WeakMap<ReadonlyMap<string, Process>, NameWidths>();
  return (snapshot) => {
    let widest: NameWidths = { name: 0, group: 0, supervisor: 0 };
    for (const { name, processes } of snapshot.supervisors.values()) {
      let widths = known.get(processes);
      if (!widths) {
        widths = measureProcesses(processes);
        known.set(processes, widths);
      }
      widest = {
        name: Math.max(widest.name, widths.name),
        group: Math.max(widest.group, widths.group),
        supervisor: Math.max(widest.supervisor, cellWidth(escapeText(name))),
      };
    }
    return widest;
  };
}

function measureProcesses(processes: ReadonlyMap<string, Process>): NameWidths {
  let name = 0;
  let group = 0;
  for (const process of processes.values()) {
    name = Math.max(name, cellWidth(escapeText(process.name)));
    group = Math.max(group, cellWidth(escapeText(process.group)));
  }
  return { name, group, supervisor: 0 };
}
