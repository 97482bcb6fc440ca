// The rows of a list under the rows that head them: by group, by supervisor, the agents at the end.
import { compareNatural } from './sort.ts';
import type { GroupRow, ProcessRow, Row, RowsQuery } from './rows.ts';

/** Key of the row that stands for the agents. */
export const AGENTS_KEY = 'agents';

/** Of one supervisor or of a whole list. */
export type Division = {
  /** Agents, where these stand apart. */
  readonly apart: readonly ProcessRow[];
  /** The others, by the name of their group. */
  readonly groups: ReadonlyMap<string, readonly ProcessRow[]>;
};

/** How many processes each group of a supervisor has, whatever the filter. */
export type GroupSizes = ReadonlyMap<string, number>;

/** The title of the rows whose group is they alone: supervisord gives a program without a group one of its own name. */
const NO_GROUP = 'no group';

/** What stands apart from the others, and these by their group. */
export function divide(rows: readonly ProcessRow[], agents: readonly string[]): Division {
  const isAgent = new Set(agents);
  const apart: ProcessRow[] = [];
  const groups = new Map<string, ProcessRow[]>();
  for (const row of rows) {
    const members = isAgent.has(row.key) ? apart : groups.get(row.process.group);
    if (members) members.push(row);
    else groups.set(row.process.group, [row]);
  }
  return { apart, groups };
}

/** The agents of all. */
export function apartOf(divided: readonly Division[]): readonly ProcessRow[] {
  return divided.filter((division) => division.apart.length > 0).flatMap((division) => division.apart);
}

type Listed = {
  readonly matching: readonly ProcessRow[];
  /** The same, divided as a whole or by supervisors, in their order. */
  readonly divided: readonly Division[];
  /** Of every supervisor. */
  readonly sizes: readonly GroupSizes[];
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
  const supervisors = new Map<string, ProcessRow[]>();
  for (const row of rows) {
    const members = supervisors.get(row.process.supervisor);
    if (members) members.push(row);
    else supervisors.set(row.process.supervisor, [row]);
  }
  return Array.from(supervisors, ([title, members]) => toGroupRow(`supervisor\n${title}`, title, members));
}

/** Groups reach over supervisors: only their names give them an order that keeps still. */
function byGroup(divided: readonly Division[], sizes: readonly GroupSizes[]): readonly GroupRow[] {
  const isAlone = createAloneTest(sizes);
  const all = new Map<string, ProcessRow[]>();
  const alone: ProcessRow[] = [];
  for (const { groups } of divided) {
    for (const [title, rows] of groups) {
      const members = isAlone(title, rows) ? alone : all.get(title);
      if (members) members.push(...rows);
      else all.set(title, [...rows]);
    }
  }
  const titles = [...all.keys()].toSorted(compareNatural);
  const rows = titles.map((title) => toGroupRow(`group\n${title}`, title, all.get(title) ?? []));
  return alone.length === 0 ? rows : [...rows, toGroupRow('no group', NO_GROUP, alone)];
}

function unfold(groups: readonly GroupRow[], { folded }: RowsQuery): readonly Row[] {
  const rows: Row[] = [];
  for (const group of groups) {
    if (folded.has(group.key)) rows.push({ ...group, folded: true });
    else {
      rows.push(group);
      for (const member of group.members) rows.push(member);
    }
  }
  return rows;
}

/** Folded only while nothing is looked for: what matches a filter is shown. */
function toAgentRows(agents: readonly ProcessRow[], { folded, filter, onlyProblems }: RowsQuery): readonly Row[] {
  const isFolded = folded.has(AGENTS_KEY) && filter.terms.length === 0 && !onlyProblems;
  const row = { ...toGroupRow(AGENTS_KEY, 'agents', agents), folded: isFolded };
  return isFolded ? [row] : [row, ...agents];
}

/** Told by all processes, not by those that match: a row must not change its group while a filter is typed. */
function createAloneTest(all: readonly GroupSizes[]): (group: string, rows: readonly ProcessRow[]) => boolean {
  const sums = new Map<string, number>();
  for (const sizes of all) {
    for (const [group, size] of sizes) sums.set(group, (sums.get(group) ?? 0) + size);
  }
  return (group, [first]) => first?.process.name === group && sums.get(group) === 1;
}

function toGroupRow(key: string, title: string, members: readonly ProcessRow[]): GroupRow {
  return { kind: 'group', key, title, folded: false, members };
}
