// Which columns of the process list a width has room for, and how wide each is. What a cell says is in
// tui/frame/process-line.ts; one as wide as its texts is measured in tui/frame/derive.ts.

export type ColumnId = 'state' | 'name' | 'group' | 'supervisor' | 'pid' | 'uptime' | 'restarts' | 'exit' | 'why';

export type Column = { readonly id: ColumnId; readonly title: string; readonly width: number };

type ColumnRule = {
  readonly id: ColumnId;
  readonly title: string;
  readonly short: string;
  /** Kept only while WHY has at least so many cells; the first to go asks for the most. 0: never dropped. */
  readonly why: number;
  readonly least: number;
  readonly most: number;
};

/** Cells between two columns. */
export const COLUMN_GAP = 2;

/** Left to right. WHY takes what is left and is never dropped: it is the reason to look at the screen. */
const RULES: readonly ColumnRule[] = [
  { id: 'state', title: 'STATE', short: 'STATE', why: 0, least: 10, most: 10 },
  { id: 'name', title: 'NAME', short: 'NAME', why: 0, least: 10, most: 36 },
  { id: 'group', title: 'GROUP', short: 'GROUP', why: 30, least: 5, most: 20 },
  { id: 'supervisor', title: 'SUPERVISOR', short: 'SUPERV.', why: 20, least: 10, most: 24 },
  { id: 'pid', title: 'PID', short: 'PID', why: 44, least: 7, most: 7 },
  { id: 'uptime', title: 'UPTIME', short: 'UPTIME', why: 21, least: 9, most: 10 },
  { id: 'restarts', title: 'RESTARTS', short: 'RST', why: 36, least: 3, most: 8 },
  { id: 'exit', title: 'EXIT', short: 'EXIT', why: 70, least: 4, most: 4 },
];

/** NAME is cut before WHY has less. */
const LEAST_WHY = 20;
export type ColumnNeeds = {
  readonly width: number;
  /** Widest text of each, in cells. */
  readonly name: number;
  readonly group: number;
  readonly supervisor: number;
  /** Columns that would say the same in every row, or what the group row says. */
  readonly hidden: readonly ColumnId[];
};

export function planColumns(needs: ColumnNeeds): readonly Column[] {
  let kept = RULES.filter((rule) => !needs.hidden.includes(rule.id));
  for (;;) {
    const room = roomForWhy(kept, needs);
    const first = kept.reduce((most, rule) => Math.max(most, rule.why), 0);
    if (first === 0 || room >= first) break;
    kept = kept.filter((rule) => rule.why !== first);
  }
  const lacking = Math.max(0, LEAST_WHY - roomForWhy(kept, needs));
  const columns = kept.map((rule): Column => {
    const full = widthOf(rule, needs);
    const width = rule.id === 'name' ? Math.max(rule.least, full - lacking) : full;
    return { id: rule.id, title: rule.title.length <= width ? rule.title : rule.short, width };
  });
  const used = columns.reduce((sum, column) => sum + column.width + COLUMN_GAP, 0);
  return [...columns, { id: 'why', title: 'WHY', width: Math.max(0, needs.width - used) }];
}

function widthOf(rule: ColumnRule, needs: ColumnNeeds): number {
  const need = rule.id === 'name' || rule.id === 'group' || rule.id === 'supervisor' ? needs[rule.id] : rule.most;
  return Math.max(rule.least, Math.min(rule.most, need));
}

function roomForWhy(rules: readonly ColumnRule[], needs: ColumnNeeds): number {
  return needs.width - rules.reduce((sum, rule) => sum + widthOf(rule, needs) + COLUMN_GAP, 0);
}
