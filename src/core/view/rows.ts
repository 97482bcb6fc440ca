// Snapshot + query -> the rows of the process list, of which a screen shows a window.
import { agentRole } from '../agent.ts';
import type { Process, Snapshot, Supervisor } from '../model.ts';
import { isTroubled } from '../crashes.ts';
import { concat } from './concat.ts';
import type { Filter, Matcher } from './filter.ts';
import { createMatcher, EMPTY_FILTER } from './filter.ts';
import type { Division } from './grouping.ts';
import { apartOf, divide, toRows } from './grouping.ts';
import type { ProcessRow, Rows, RowsQuery } from './row-model.ts';
import { toComparator } from './sort.ts';
import type { Addend, Sums } from './tally.ts';
import { countStatesOf, createTally } from './tally.ts';

/** What does not depend on the query. */
type Stock = Addend & {
  readonly supervisor: Supervisor;
  readonly rows: readonly ProcessRow[];
  /** Uids. */
  readonly agents: readonly string[];
};

type Part = Division & { readonly stock: Stock; readonly matching: readonly ProcessRow[] };

/**
 * A view that remembers: a supervisor whose identity did not change is not looked at again under the same filter, and
 * the same snapshot and query give the same object. Make one per list.
 */
export function createRowsView(): (snapshot: Snapshot, query: RowsQuery) => Rows {
  let parts: readonly Part[] = [];
  let filter: Filter | null = null;
  let onlyProblems = false;
  let agentsApart: boolean | undefined = false;
  let matcher: Matcher = createMatcher(EMPTY_FILTER);
  const tally = createTally();
  let last: { readonly snapshot: Snapshot; readonly query: RowsQuery; readonly rows: Rows } | null = null;

  const partOf = (supervisor: Supervisor, index: number, isSameFilter: boolean): Part => {
    // They keep their places as long as the configuration stays the same.
    const inPlace = parts[index]?.stock.supervisor.name === supervisor.name;
    const known = inPlace ? parts[index] : parts.find(({ stock }) => stock.supervisor.name === supervisor.name);
    if (isSameFilter && known?.stock.supervisor === supervisor) return known;
    const stock = toStock(supervisor, known?.stock ?? null);
    const matching = stock.rows.filter(
      ({ process }) => !(onlyProblems && !isTroubled(process)) && matcher(process, supervisor) !== null,
    );
    return { stock, matching, ...divide(matching, agentsApart ? stock.agents : []) };
  };

  return (snapshot, query) => {
    if (last?.snapshot === snapshot && last.query === query) return last.rows;
    const isSameFilter =
      filter === query.filter && onlyProblems === query.onlyProblems && agentsApart === query.agentsApart;
    if (!isSameFilter) {
      ({ filter, onlyProblems, agentsApart } = query);
      matcher = createMatcher(query.filter);
    }
    parts = Array.from(snapshot.supervisors.values(), (supervisor, index) => partOf(supervisor, index, isSameFilter));
    const sums = tally(parts.map(({ stock }) => stock));
    const rows = assemble(parts, sums, { query, matcher });
    last = { snapshot, query, rows };
    return rows;
  };
}

const isStale = ({ staleSince }: Supervisor): boolean => staleSince !== null;

function toStock(supervisor: Supervisor, known: Stock | null): Stock {
  if (known?.supervisor === supervisor) return known;
  const processes = [...supervisor.processes.values()];
  const rows = processes.map((process): ProcessRow => ({ kind: 'process', key: process.uid, process, supervisor }));
  const agents = processes.filter((process) => agentRole(process, supervisor) !== null).map(({ uid }) => uid);
  const isUp = supervisor.link === 'up';
  const isSame = known?.supervisor.processes === supervisor.processes;
  if (known && isSame && isStale(known.supervisor) === isStale(supervisor))
    return { ...known, supervisor, rows, agents, isUp };
  const counts = countStatesOf(supervisor);
  return { supervisor, rows, counts, groups: countGroups(processes), total: rows.length, isUp, agents };
}

type AskedRows = { readonly query: RowsQuery; readonly matcher: Matcher };

function assemble(parts: readonly Part[], sums: Sums, { query, matcher }: AskedRows): Rows {
  const all = concat(parts.map((part) => part.matching));
  const matching = toOrder(all, query, matcher);
  // In the order of the configuration, which is the usual one, each supervisor's part is divided already.
  const isAsConfigured = query.sort === 'order' && !query.reversed;
  const divided = isAsConfigured
    ? parts
    : [
        divide(
          matching,
          apartOf(parts).map(({ key }) => key),
        ),
      ];
  const { total, counts, up } = sums;
  const rows = toRows({ matching, divided, sizes: sums.groups }, query);
  return { rows, matching, total, counts, supervisorsUp: up, supervisors: parts.length };
}

function toOrder(rows: readonly ProcessRow[], { sort, reversed }: RowsQuery, matcher: Matcher): readonly ProcessRow[] {
  const comparator = toComparator(sort);
  const scored =
    sort === 'score' ? rows.map((row) => ({ score: matcher(row.process, row.supervisor) ?? 0, ...row })) : rows;
  const sorted = comparator === null ? scored : scored.toSorted(comparator);
  return reversed ? sorted.toReversed() : sorted;
}

function countGroups(processes: readonly Process[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { group } of processes) counts.set(group, (counts.get(group) ?? 0) + 1);
  return counts;
}
