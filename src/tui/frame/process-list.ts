// The processes screen.
import { planColumns } from '../../core/view/columns.ts';
import type { ColumnId } from '../../core/view/columns.ts';
import { isProcessState } from '../../core/process-state.ts';
import { staleText } from '../../core/view/text.ts';
import { escapeText } from '../../core/view/escape.ts';
import type { Span } from '../renderer/styled-line.ts';
import type { Derived } from './derive.ts';
import { toList } from './list.ts';
import type { Body, Model, Ticker } from './model.ts';
import type { LineContext } from './process-line.ts';
import { GUTTER, tickAge, toGroupLine, toProcessLine, toTitleLine } from './process-line.ts';

const HIDDEN: Readonly<Record<'group' | 'supervisor' | 'none', readonly ColumnId[]>> = {
  group: ['group'],
  supervisor: ['supervisor'],
  none: [],
};

const ATTENTION_MS = 10_000;

function isAttentive({ now, touchedAt }: Model): boolean {
  // The clock may have been set back meanwhile.
  return Math.abs(now - touchedAt) < ATTENTION_MS;
}

export type BodyOptions = { readonly height: number; readonly ticker: Ticker };

export function toProcessList(
  model: Model,
  { rows, widths, factsOf, keptLines }: Derived,
  { height, ticker }: BodyOptions,
): Body {
  const { ui, size, now, styler } = model;
  const { groupBy } = ui.arrangement;
  const columns = planColumns({ width: size.columns - GUTTER, ...widths, hidden: HIDDEN[groupBy] });
  const { filter } = ui.filter;
  const context = { columns, filter, now, attentive: isAttentive(model), grouped: groupBy !== 'none' };
  const shape = `${columns.map(({ id, width }) => `${id}${width}`).join()} ${context.attentive} ${context.grouped}`;
  return toList(model, {
    rows: rows.rows,
    cursor: ui.cursors.processes,
    height,
    heading: toTitleLine(columns),
    isMarked: (row) =>
      row.kind === 'process'
        ? ui.marks.processes.has(row.key)
        : row.folded && row.members.every((member) => ui.marks.processes.has(member.key)),
    sign: (row) => (row.kind === 'group' ? { text: row.folded ? '▸' : '▾', role: 'dim' } : undefined),
    toLine: (row, { line, variant }) =>
      keptLines(row, { signature: `${shape} ${variant} ${size.columns}`, filter, styler, now, ticker }, (ticker) => {
        const own: LineContext = { ...context, ticker };
        return line(row.kind === 'process' ? toProcessLine(row, own) : toGroupLine(row, factsOf(row), own));
      }),
    empty: whyEmpty(model, rows.total, ticker),
  });
}

/** An empty list says why: before the first answer, the supervisors and how they stand. */
function whyEmpty(model: Model, total: number, ticker: Ticker): readonly (readonly Span[])[] {
  const { ui, now, snapshot } = model;
  const indent: Span = { text: '', width: GUTTER };
  if (total > 0) {
    const { text } = ui.filter.filter;
    const words = text === '' ? 'Nothing is in trouble. p shows everything.' : whyNoMatch(text);
    return [[], [indent, { text: words, role: 'dim' }]];
  }
  const { connection, setting } = model;
  if (connection.state !== 'live') {
    const why = connection.error === null ? '' : `: ${connection.error.message}`;
    return [[], [indent, { text: escapeText(`Connecting to ${setting.mode} …${why}`), role: 'busy' }]];
  }
  const supervisors = [...snapshot.supervisors.values()];
  if (supervisors.length === 0) return [[], [indent, { text: 'No supervisor is configured.', role: 'dim' }]];
  return [
    [],
    ...supervisors.map((supervisor): readonly Span[] => {
      tickAge(ticker, now, supervisor.staleSince);
      const up = supervisor.link === 'up';
      return [
        indent,
        { text: `${up ? '●' : supervisor.link === 'down' ? '✖' : '◌'} `, role: up ? 'good' : 'busy' },
        { text: escapeText(supervisor.name), width: 24 },
        { text: up ? 'no processes' : escapeText(staleText(supervisor, now)), role: 'dim' },
      ];
    }),
  ];
}

/** Words are looked for in names; who types a state means the state. */
function whyNoMatch(text: string): string {
  const state = text.split(' ').find((word) => isProcessState(word.toUpperCase()));
  return `Nothing matches. esc clears.${state === undefined ? '' : ` For the state: state:${state}`}`;
}

/** `3/340  by group · by state`, at the right of the status line. */
export function toListStatus(model: Model, { rows }: Derived): readonly Span[] {
  const { arrangement, filter } = model.ui;
  const shown = filter.filter.text === '' && !arrangement.onlyProblems ? '' : `${rows.matching.length}/`;
  const order = arrangement.sort === 'order' ? '' : `  sorted by ${arrangement.sort}`;
  const reversed = arrangement.reversed ? ' ↑' : '';
  return [
    { text: `${shown}${rows.total}`, role: 'calm' },
    { text: arrangement.onlyProblems ? '  only problems' : '', role: 'warn' },
    { text: arrangement.groupBy === 'none' ? '' : `  by ${arrangement.groupBy}`, role: 'dim' },
    { text: `${order}${reversed} `, role: 'dim' },
  ];
}
