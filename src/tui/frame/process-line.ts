// One line of the process list.
import { COLUMN_GAP } from '../../core/view/columns.ts';
import type { Column, ColumnId } from '../../core/view/columns.ts';
import { escapeText } from '../../core/view/escape.ts';
import type { Filter } from '../../core/view/filter.ts';
import { matchedLetters } from '../../core/view/filter.ts';
import type { GroupFacts } from '../../core/view/group-facts.ts';
import type { GroupRow, ProcessRow } from '../../core/view/row-model.ts';
import type { StateCounts } from '../../core/view/tally.ts';
import { AGENTS_KEY } from '../../core/view/grouping.ts';
import { isTroubled } from '../../core/crashes.ts';
import {
  formatUptime,
  shownExit,
  staleText,
  stateGlyph,
  stateLabel,
  uptimeSeconds,
  whyText,
} from '../../core/view/text.ts';
import type { ProcessState } from '../../core/process-state.ts';
import { cellWidth } from '../renderer/cells.ts';
import type { Span } from '../renderer/styled-line.ts';
import type { TextRole } from '../theme.ts';
import { STATE_ROLES } from '../theme.ts';
import type { Ticker } from './model.ts';

export type LineContext = {
  readonly columns: readonly Column[];
  readonly filter: Filter;
  readonly now: number;
  /** Somebody is at the keys: seconds tick. */
  readonly attentive: boolean;
  readonly ticker: Ticker;
  /** The group row above already tells why these rows are stale. */
  readonly grouped: boolean;
};

/** Cells before the first column: the cursor's bar, the mark, a space. */
export const GUTTER = 3;

const NONE = '–';

export function toTitleLine(columns: readonly Column[]): readonly Span[] {
  return [
    { text: '', width: GUTTER },
    ...columns.map((column): Span => ({ ...aligned(column), text: column.title, role: 'dim' })),
  ];
}

/** Numbers stand at the right of their columns. */
function aligned({ id, width }: Column): Pick<Span, 'width' | 'align'> {
  if (id === 'why') return { width };
  return { width: width + COLUMN_GAP };
}

export function gutter(isCursor: boolean, isMarked: boolean, sign?: Span): readonly Span[] {
  const mark: Span = { text: isMarked ? '◉' : ' ', role: 'accent' };
  return [{ text: isCursor ? '▌' : ' ', role: 'accent' }, isMarked ? mark : (sign ?? mark), { text: ' ' }];
}

export function toProcessLine(row: ProcessRow, context: LineContext): readonly Span[] {
  const letters = matchedLetters(context.filter, row.process);
  return context.columns.flatMap((column) => {
    const spans = toCell(column.id, row, context);
    if (column.id === 'state' || column.id === 'why')
      return spans(column.width + (column.id === 'why' ? 0 : COLUMN_GAP));
    const marked =
      column.id === 'name' || column.id === 'group' || column.id === 'supervisor' ? letters[column.id] : [];
    return [
      ...spans(column.width).map((span) => (marked.length > 0 ? { ...span, marked } : span)),
      { text: ' '.repeat(COLUMN_GAP) },
    ];
  });
}

type Fill = (width: number) => readonly Span[];

function toCell(id: ColumnId, row: ProcessRow, context: LineContext): Fill {
  const { process, supervisor } = row;
  const stale = supervisor.staleSince !== null;
  const plain = (text: string, role: TextRole, align: 'left' | 'right' = 'left'): Fill => {
    const shown: TextRole = stale ? 'stale' : role;
    return (width) => [{ text: escapeText(text), role: shown, width, align }];
  };
  switch (id) {
    case 'state': {
      const roles = STATE_ROLES[process.state];
      return (width) => [
        { text: `${stateGlyph(process.state, 'unicode')} `, role: stale ? 'stale' : roles.glyph },
        { text: stateLabel(process.state), role: stale ? 'stale' : roles.label, width: width - 2 },
      ];
    }
    case 'name':
      return plain(process.name, 'text');
    case 'group':
      return plain(process.group, 'dim');
    case 'supervisor':
      return plain(process.supervisor, 'dim');
    case 'pid':
      return process.pid === null ? plain(NONE, 'faint') : plain(String(process.pid), 'dim');
    case 'uptime': {
      const seconds = uptimeSeconds(process, supervisor, context.now);
      if (seconds === null) return plain(NONE, 'faint');
      if (!stale) context.ticker.within(untilNextUptime(seconds, context.attentive));
      return plain(formatUptime(seconds), 'dim');
    }
    case 'restarts':
      return plain(process.restarts === 0 ? '' : `×${process.restarts}`, process.restarts > 2 ? 'warn' : 'dim');
    case 'exit':
      return plain(String(shownExit(process) ?? ''), 'dim');
    case 'why':
      return whyCell(row, context);
  }
}

/** While nobody touches anything, only what has just started is worth a frame a second. */
export function untilNextUptime(seconds: number, attentive: boolean): number {
  if (seconds >= 86_400) return 60_000 - (seconds % 60) * 1_000;
  return attentive || seconds < 60 ? 1_000 : 5_000;
}

function whyCell({ process, supervisor }: ProcessRow, { now, grouped, ticker }: LineContext): Fill {
  if (supervisor.staleSince !== null && grouped) return (width) => [{ text: '(last known)', role: 'stale', width }];
  const text = escapeText(whyText(process, supervisor, now));
  const since = supervisor.staleSince ?? process.fall?.at ?? null;
  if (text !== '' && (process.state === 'RUNNING' || supervisor.staleSince !== null)) tickAge(ticker, now, since);
  if (text !== '' && process.state === 'STOPPED') ticker.within(60_000);
  if (supervisor.staleSince !== null) return (width) => [{ text, role: 'stale', width }];
  if (process.pending !== null) return (width) => [{ text, role: 'busy', width }];
  const isDown = process.state === 'FATAL' || process.state === 'BACKOFF' || process.state === 'EXITED';
  if (!isDown && process.flapping === null) {
    return (width) => [{ text, role: 'dim', width }];
  }
  // The cause in colour, what it said last in plain text.
  const colon = text.indexOf(': ');
  const cause = colon < 0 ? text : text.slice(0, colon + 1);
  const role: TextRole = isTroubled(process) ? 'cause' : 'dim';
  return (width) => [
    { text: cause.slice(0, width), role },
    { text: text.slice(cause.length), width: Math.max(0, width - cause.length) },
  ];
}

/** An age reads differently after a second, a minute, an hour. */
export function tickAge(ticker: Ticker, now: number, since: number | null): void {
  if (since === null) return;
  const age = now - since;
  ticker.within(age < 60_000 ? 1_000 - (age % 1_000) : 60_000 - (age % 60_000));
}

/** `● 3  ✖ 2`, what needs attention in colour. */
export function toCountSpans(counts: StateCounts, words: boolean): readonly Span[] {
  // STOPPED and EXITED look alike, so do STARTING and STOPPING: one number each.
  const merged = new Map<string, { count: number; readonly state: ProcessState }>();
  for (const state of COUNT_ORDER) {
    const count = counts[state] ?? 0;
    const glyph = stateGlyph(state, 'unicode');
    const known = merged.get(glyph);
    if (known) known.count += count;
    else merged.set(glyph, { count, state });
  }
  return [...merged]
    .filter(([, { count }]) => count > 0)
    .flatMap(([glyph, { count, state }], index): Span[] => [
      { text: `${index > 0 ? '  ' : ''}${glyph} `, role: STATE_ROLES[state].glyph },
      {
        text: words ? `${count} ${state.toLowerCase()}` : String(count),
        role: state === 'FATAL' || state === 'BACKOFF' ? STATE_ROLES[state].label : 'calm',
      },
    ]);
}

const COUNT_ORDER = ['RUNNING', 'STARTING', 'STOPPING', 'BACKOFF', 'FATAL', 'STOPPED', 'EXITED', 'UNKNOWN'] as const;

export function toGroupLine(row: GroupRow, facts: GroupFacts, context: LineContext): readonly Span[] {
  const { columns, now, ticker } = context;
  const before = columns.reduce((sum, column) => sum + (column.id === 'why' ? 0 : column.width + COLUMN_GAP), 0);
  const title = escapeText(row.title);
  const count = String(row.members.length);
  const { stale, supervisor, counts } = facts;
  if (stale) tickAge(ticker, now, stale.staleSince);
  const named = stale !== null && stale.name !== row.title ? `${stale.name} ` : '';
  return [
    { text: title, role: stale && supervisor ? 'stale' : 'title' },
    { text: `  ${count}`, role: 'faint', width: Math.max(count.length + 4, before - cellWidth(title)) },
    ...toCountSpans(counts, false),
    { text: '   ' },
    ...(row.key === AGENTS_KEY && row.folded
      ? [{ text: 'folded away, enter shows them  ', role: 'dim' } as const]
      : []),
    ...(stale ? [{ text: escapeText(named + staleText(stale, now)), role: 'warn' } as const] : []),
  ];
}
