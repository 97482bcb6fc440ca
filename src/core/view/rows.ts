// Snapshot + query -> the rows of the process list, of which a screen shows a window.
import { agentRole } from '../agent.ts';
import type { Process, Snapshot, Supervisor } from '../model.ts';
import type { ProcessState } from '../process-state.ts';
import { isProblem, PROCESS_STATES } from '../process-state.ts';
import type { Filter, Matcher } from './filter.ts';
import { createMatcher, EMPTY_FILTER } from './filter.ts';
import type { Division, GroupSizes } from './grouping.ts';
import { apartOf, divide, toRows } from './grouping.ts';
import type { SortKey } from './sort.ts';
import { toComparator } from './sort.ts';

export const GROUPINGS = ['group', 'supervisor', 'none'] as const;
export type Grouping = (typeof GROUPINGS)[number];

export type RowsQuery = {
  readonly filter: Filter;
  readonly sort: SortKey;
  readonly reversed: boolean;
  readonly groupBy: Grouping;
  readonly onlyProblems: boolean;
  /** Keys of group rows whose processes are hidden. */
  readonly folded: ReadonlySet<string>;
  /** Agents (agent.ts) stand at the end in a group of their own, `AGENTS_KEY`; in their place when left out. */
  readonly agentsApart?: boolean;
};

export type StateCounts = Readonly<Partial<Record<ProcessState, number>>>;

export type ProcessRow = {
  readonly kind: 'process';
  /** The uid. */
  readonly key: string;
  readonly process: Process;
  readonly supervisor: Supervisor;
  /** How well it matches the filter, 0 to 1; there only when the rows are sorted by it. */
  readonly score?: number;
};

export type GroupRow = {
  readonly kind: 'group';
  readonly key: string;
  readonly title: string;
  readonly folded: boolean;
  readonly members: readonly ProcessRow[];
};

/** What a group row tells of its members; made for the rows on the screen only. */
export type GroupFacts = {
  readonly counts: StateCounts;
  /** The supervisor of all members when they have the same one. */
  readonly supervisor: Supervisor | null;
  /** The first supervisor of a member that cannot be reached. */
  readonly stale: Supervisor | null;
};

export type Row = ProcessRow | GroupRow;

export type Rows = {
  readonly rows: readonly Row[];
  /** Processes that match, also those in folded groups. */
  readonly matching: readonly ProcessRow[];
  readonly total: number;
  /** Of all processes, whatever the filter. */
  readonly counts: StateCounts;
  readonly supervisorsUp: number;
  readonly supervisors: number;
};

/** Something is wrong with it: also an exit that its configuration does not expect. */
export function isTroubled({ state, fall }: Process): boolean {
  if (isProblem(state)) return true;
  if (state !== 'EXITED' || fall === null) return false;
  const { reason } = fall;
  return !((reason.kind === 'exit' || reason.kind === 'signal') && reason.expected);
}

/** What does not depend on the query. */
type Stock = {
  readonly supervisor: Supervisor;
  readonly rows: readonly ProcessRow[];
  readonly counts: StateCounts;
  readonly groups: GroupSizes;
  /** Uids. */
  readonly agents: readonly string[];
};

type Part = Division & { readonly stock: Stock; readonly matching: readonly ProcessRow[] };

/**
 * A view that remembers: a supervisor whose identity did not change is not looked at again under the same filter, and
 * the same snapshot and query give the same object. Make one per list.
 */
export function createRowsView(): (snapshot: Snapshot, query: RowsQuery) => Rows {
  let parts = new Map<string, Part>();
  let filter: Filter | null = null;
  let onlyProblems = false;
  let agentsApart: boolean | undefined = false;
  let matcher: Matcher = createMatcher(EMPTY_FILTER);
  let last: { readonly snapshot: Snapshot; readonly query: RowsQuery; readonly rows: Rows } | null = null;

  const partOf = (supervisor: Supervisor, isSameFilter: boolean): Part => {
    const known = parts.get(supervisor.name);
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
    const supervisors = [...snapshot.supervisors.values()];
    parts = new Map(supervisors.map((supervisor) => [supervisor.name, partOf(supervisor, isSameFilter)]));
    const rows = assemble([...parts.values()], query, matcher);
    last = { snapshot, query, rows };
    return rows;
  };
}

function toStock(supervisor: Supervisor, known: Stock | null): Stock {
  if (known?.supervisor === supervisor) return known;
  const processes = [...supervisor.processes.values()];
  const rows = processes.map((process): ProcessRow => ({ kind: 'process', key: process.uid, process, supervisor }));
  const agents = processes.filter((process) => agentRole(process, supervisor) !== null).map(({ uid }) => uid);
  if (known?.supervisor.processes === supervisor.processes) return { ...known, supervisor, rows, agents };
  return { supervisor, rows, counts: countStates(processes), groups: countGroups(processes), agents };
}

function assemble(parts: readonly Part[], query: RowsQuery, matcher: Matcher): Rows {
  const stocks = parts.map((part) => part.stock);
  const all: ProcessRow[] = [];
  for (const part of parts) for (const row of part.matching) all.push(row);
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
  const rows = toRows({ matching, divided, sizes: stocks.map((stock) => stock.groups) }, query);
  return {
    rows,
    matching,
    total: stocks.reduce((sum, stock) => sum + stock.rows.length, 0),
    counts: addCounts(stocks.map((stock) => stock.counts)),
    supervisorsUp: stocks.filter((stock) => stock.supervisor.link === 'up').length,
    supervisors: stocks.length,
  };
}

function toOrder(rows: readonly ProcessRow[], { sort, reversed }: RowsQuery, matcher: Matcher): readonly ProcessRow[] {
  const comparator = toComparator(sort);
  const scored =
    sort === 'score' ? rows.map((row) => ({ ...row, score: matcher(row.process, row.supervisor) ?? 0 })) : rows;
  const sorted = comparator === null ? scored : scored.toSorted(comparator);
  return reversed ? sorted.toReversed() : sorted;
}

function countGroups(processes: readonly Process[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { group } of processes) counts.set(group, (counts.get(group) ?? 0) + 1);
  return counts;
}

export function toGroupFacts(members: readonly ProcessRow[]): GroupFacts {
  const first = members[0]?.supervisor ?? null;
  return {
    counts: countStates(members.map(({ process }) => process)),
    supervisor: members.every((member) => member.supervisor === first) ? first : null,
    stale: members.find((member) => member.supervisor.staleSince !== null)?.supervisor ?? null,
  };
}

export function countStates(processes: readonly Process[]): StateCounts {
  const counts = new Map<ProcessState, number>();
  for (const { state } of processes) counts.set(state, (counts.get(state) ?? 0) + 1);
  return Object.fromEntries(counts);
}

function addCounts(all: readonly StateCounts[]): StateCounts {
  const sum: Partial<Record<ProcessState, number>> = {};
  for (const counts of all) {
    for (const state of PROCESS_STATES) {
      const more = counts[state];
      if (more !== undefined) sum[state] = (sum[state] ?? 0) + more;
    }
  }
  return sum;
}
