// The rows of a list under the rows that head them: by group, by supervisor, the agents at the end.
import { concat } from './concat.ts';
import { compareNatural } from './sort.ts';
import type { GroupSizes } from './tally.ts';
import type { GroupRow, ProcessRow, Row, RowsQuery } from './row-model.ts';

/** Key of the row that stands for the agents. */
export const AGENTS_KEY = 'agents';

/** Of one supervisor or of a whole list. */
export type Division = {
  /** Agents, where these stand apart. */
  readonly apart: readonly ProcessRow[];
  /** The others, by the name of their group. */
  readonly groups: ReadonlyMap<string, readonly ProcessRow[]>;
};

/** The title of the rows whose group is they alone: supervisord gives a program without a group one of its own name. */
const NO_GROUP = 'no group';

/** What stands apart from the others, and these by their group. */
export function divide(rows: readonly ProcessRow[], agents: readonly string[]): Division {
  if (agents.length === 0) return { apart: [], groups: collect(rows, ({ process }) => process.group) };
  const isAgent = new Set(agents);
  const others = rows.filter(({ key }) => !isAgent.has(key));
  return { apart: rows.filter(({ key }) => isAgent.has(key)), groups: collect(others, ({ process }) => process.group) };
}

function collect(
  rows: readonly ProcessRow[],
  titleOf: (row: ProcessRow) => string,
): ReadonlyMap<string, readonly ProcessRow[]> {
  const lists = new Map<string, ProcessRow[]>();
  for (const row of rows) {
    const title = titleOf(row);
    const members = lists.get(title);
    if (members) members.push(row);
    else lists.set(title, [row]);
  }
  return lists;
}

/** The agents of all. */
export function apartOf(divided: readonly Division[]): readonly ProcessRow[] {
  return divided.filter((division) => division.apart.length > 0).flatMap((division) => division.apart);
}

type Listed = {
  readonly matching: readonly ProcessRow[];
  /** The same, divided as a whole or by supervisors, in their order. */
  readonly divided: readonly Division[];
  /** Over all supervisors. */
  readonly sizes: GroupSizes;
};

export function toRows({ matching, divided, sizes }: Listed, query: RowsQuery): readonly Row[] {
  const apart = apartOf(divided);
  const agents = new Set(apart.map(({ key }) => key));
  const others = agents.size === 0 ? matching : matching.filter(({ key }) => !agents.has(key));
  const rows =
    query.groupBy === 'none'
      ? others
      : unfold(query.groupBy === 'group' ? byGroup(divided, sizes) : bySupervisor(others), query);
  return agents.size === 0 ? rows : [...rows, ...toAgentRows(apart, query)];
}

function bySupervisor(rows: readonly ProcessRow[]): readonly GroupRow[] {
  const supervisors = collect(rows, ({ process }) => process.supervisor);
  return Array.from(supervisors, ([title, members]) => toGroupRow(`supervisor\n${title}`, title, [members]));
}

/** Groups reach over supervisors: only their names give them an order that keeps still. */
function byGroup(divided: readonly Division[], sizes: GroupSizes): readonly GroupRow[] {
  const all = new Map<string, (readonly ProcessRow[])[]>();
  const alone: (readonly ProcessRow[])[] = [];
  for (const { groups } of divided) {
    for (const [title, rows] of groups) {
      const parts = isAlone(title, rows, sizes) ? alone : all.get(title);
      if (parts) parts.push(rows);
      else all.set(title, [rows]);
    }
  }
  const titles = [...all.keys()].toSorted(compareNatural);
  const rows = titles.map((title) => toGroupRow(`group\n${title}`, title, all.get(title) ?? []));
  return alone.length === 0 ? rows : [...rows, toGroupRow('no group', NO_GROUP, alone)];
}

/** Told by all processes, not by those that match: a row must not change its group while a filter is typed. */
function isAlone(group: string, rows: readonly ProcessRow[], sizes: GroupSizes): boolean {
  return rows.length === 1 && rows[0]?.process.name === group && sizes.get(group) === 1;
}

function unfold(groups: readonly GroupRow[], { folded }: RowsQuery): readonly Row[] {
  const lists = groups.map((group): readonly (readonly Row[])[] =>
    folded.has(group.key) ? [[{ ...group, folded: true }]] : [[group], group.members],
  );
  return concat(concat(lists));
}

/** Folded only while nothing is looked for: what matches a filter is shown. */
function toAgentRows(agents: readonly ProcessRow[], { folded, filter, onlyProblems }: RowsQuery): readonly Row[] {
  const isFolded = folded.has(AGENTS_KEY) && filter.terms.length === 0 && !onlyProblems;
  const row = { ...toGroupRow(AGENTS_KEY, 'agents', [agents]), folded: isFolded };
  return isFolded ? [row] : [row, ...agents];
}

function toGroupRow(key: string, title: string, parts: GroupRow['parts']): GroupRow {
  return { kind: 'group', key, title, folded: false, members: concat(parts), parts };
}
