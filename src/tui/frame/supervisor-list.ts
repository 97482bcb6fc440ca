// The supervisors screen.
import type { Snapshot, Supervisor } from '../../core/model.ts';
import { escapeText } from '../../core/view/escape.ts';
import type { Filter } from '../../core/view/filter.ts';
import { createMatcher } from '../../core/view/filter.ts';
import { isTroubled } from '../../core/crashes.ts';
import { countStatesOf } from '../../core/view/tally.ts';
import { formatAge, linkGlyph } from '../../core/view/text.ts';
import { cellWidth } from '../renderer/cells.ts';
import type { Span } from '../renderer/styled-line.ts';
import type { TextRole } from '../theme.ts';
import { toList } from './list.ts';
import type { Body, Model } from './model.ts';
import type { BodyOptions } from './process-list.ts';
import { GUTTER, tickAge, toCountSpans } from './process-line.ts';

export type SupervisorRow = { readonly key: string; readonly supervisor: Supervisor };

/** The rows for a snapshot and a filter, kept while both stay. */
export function createSupervisorRows(): (
  snapshot: Snapshot,
  filter: Filter,
  onlyProblems: boolean,
) => readonly SupervisorRow[] {
  let last: { snapshot: Snapshot; filter: Filter; onlyProblems: boolean; rows: readonly SupervisorRow[] } | null = null;
  return (snapshot, filter, onlyProblems) => {
    if (last?.snapshot === snapshot && last.filter === filter && last.onlyProblems === onlyProblems) return last.rows;
    const matches = createMatcher(filter);
    const rows = Array.from(snapshot.supervisors.values(), (supervisor) => ({
      key: supervisor.name,
      supervisor,
    })).filter(
      ({ supervisor }) =>
        matches(toFilterable(supervisor), supervisor) !== null && (!onlyProblems || needsAttention(supervisor)),
    );
    last = { snapshot, filter, onlyProblems, rows };
    return rows;
  };
}

function toFilterable({ name, host, link, state }: Supervisor) {
  return { uid: name, name, group: host, supervisor: name, state: link === 'up' ? (state ?? '') : link };
}

function needsAttention(supervisor: Supervisor): boolean {
  return (
    supervisor.link !== 'up' || supervisor.state !== 'RUNNING' || [...supervisor.processes.values()].some(isTroubled)
  );
}

type Widths = { readonly name: number; readonly host: number; readonly counts: number; readonly wide: boolean };

export function toSupervisorList(model: Model, rows: readonly SupervisorRow[], { height, ticker }: BodyOptions): Body {
  const { ui, now, snapshot } = model;
  const all = [...snapshot.supervisors.values()];
  const widths: Widths = {
    name: Math.min(28, Math.max(10, ...all.map((supervisor) => cellWidth(supervisor.name)))),
    host: Math.min(24, Math.max(4, ...all.map((supervisor) => cellWidth(supervisor.host)))),
    counts: 26,
    wide: model.size.columns >= 110,
  };
  return toList(model, {
    rows,
    cursor: ui.cursors.supervisors,
    height,
    heading: toHeading(widths),
    isMarked: (row) => ui.marks.supervisors.has(row.key),
    toLine: ({ supervisor }, { line }) => {
      tickAge(ticker, now, supervisor.staleSince);
      return line(toLine(supervisor, widths, now));
    },
    empty: [
      [],
      [
        { text: '', width: GUTTER },
        { text: 'No supervisor matches.', role: 'dim' },
      ],
    ],
  });
}

function toHeading({ name, host, counts, wide }: Widths): readonly Span[] {
  return [
    { text: '', width: GUTTER },
    column('STATE', 12),
    column('NAME', name),
    ...(wide ? [column('HOST', host), column('VERSION', 8)] : []),
    column('PROCESSES', counts),
    column('SOURCE', 6),
    column('LATENCY', 7),
    column('AGE', 6),
    { text: 'WHY', role: 'dim' },
  ];
}

function column(text: string, width: number): Span {
  return { text, role: 'dim', width: width + 2 };
}

/** A daemon that runs is UP; anything else it says of itself is told in its own word. */
export function supervisorState({ link, state }: Supervisor): { readonly label: string; readonly role: TextRole } {
  if (link === 'down') return { label: 'DOWN', role: 'bad' };
  if (link === 'connecting') return { label: 'CONNECTING', role: 'busy' };
  return state === 'RUNNING' || state === null ? { label: 'UP', role: 'dim' } : { label: state, role: 'warn' };
}

function toLine(supervisor: Supervisor, { name, host, counts, wide }: Widths, now: number): readonly Span[] {
  const { label, role } = supervisorState(supervisor);
  const stale = supervisor.link !== 'up';
  const text = (value: string, width: number): Span => ({
    text: escapeText(value),
    role: stale ? 'stale' : 'dim',
    width: width + 2,
  });
  const countSpans = toCountSpans(countStatesOf(supervisor), false);
  const used = countSpans.reduce((sum, span) => sum + cellWidth(span.text), 0);
  const pollAge = supervisor.pollMs === null ? '' : `<${formatAge(Math.max(1_000, supervisor.pollMs))}`;
  const age = supervisor.staleSince === null ? pollAge : formatAge(now - supervisor.staleSince);
  const flags = [supervisor.readOnly ? 'read-only' : '', supervisor.protected ? 'protected' : '', ...supervisor.tags];
  const why = supervisor.error && stale ? supervisor.error.message : supervisor.sourceNote;
  return [
    { text: `${linkGlyph(supervisor.link, 'unicode')} `, role: role === 'dim' ? 'good' : role },
    { text: label, role, width: 12 },
    { text: escapeText(supervisor.name), role: stale ? 'stale' : 'text', width: name + 2 },
    ...(wide ? [text(supervisor.host, host), text(supervisor.version ?? '–', 8)] : []),
    ...(stale ? countSpans.map((span): Span => ({ ...span, role: 'stale' })) : countSpans),
    { text: '', width: Math.max(2, counts + 2 - used) },
    text(supervisor.source ?? '–', 6),
    text(supervisor.latencyMs === null ? '–' : `${Math.round(supervisor.latencyMs)} ms`, 7),
    text(supervisor.link === 'up' || supervisor.staleSince !== null ? age : '–', 6),
    { text: escapeText(why), role: stale ? 'cause' : 'dim' },
    {
      text: flags
        .filter((flag) => flag !== '')
        .map((flag) => `  ${escapeText(flag)}`)
        .join(''),
      role: 'faint',
    },
  ];
}
