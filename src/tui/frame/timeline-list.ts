// The timeline and the history of messages, newest first.
import { parseUid } from '../../core/ids.ts';
import type { Snapshot, Transition } from '../../core/model.ts';
import { escapeText } from '../../core/view/escape.ts';
import type { Filter } from '../../core/view/filter.ts';
import { createMatcher } from '../../core/view/filter.ts';
import { formatReason, stateGlyph } from '../../core/view/text.ts';
import type { Span } from '../renderer/styled-line.ts';
import { STATE_ROLES } from '../theme.ts';
import type { Notice } from '../ui-state/notices.ts';
import { formatClock, NOTICE_ROLES } from './chrome.ts';
import { toList } from './list.ts';
import type { Body, Model } from './model.ts';
import type { BodyOptions } from './process-list.ts';
import { GUTTER } from './process-line.ts';

export type TimelineRow = { readonly key: string; readonly transition: Transition };

export function createTimelineRows(): (model: Model) => readonly TimelineRow[] {
  let last: { timeline: readonly Transition[]; filter: Filter; rows: readonly TimelineRow[] } | null = null;
  return ({ timeline, ui, snapshot }) => {
    const { filter } = ui.filter;
    if (last?.timeline === timeline && last.filter === filter) return last.rows;
    const rows = timeline.filter(createTransitionTest(filter, snapshot)).map(toRow).toReversed();
    last = { timeline, filter, rows };
    return rows;
  };
}

function toRow(transition: Transition): TimelineRow {
  return { key: String(transition.id), transition };
}

function createTransitionTest(filter: Filter, snapshot: Snapshot): (transition: Transition) => boolean {
  const matches = createMatcher(filter);
  return ({ uid, to }) => {
    const { name = uid, group = '', supervisor = '' } = parseUid(uid) ?? {};
    const known = snapshot.supervisors.get(supervisor);
    const { host = '', tags = [] } = known ?? {};
    return matches({ uid, name, group, supervisor, state: to }, { host, tags }) !== null;
  };
}

export function toTimelineList(model: Model, rows: readonly TimelineRow[], { height }: BodyOptions): Body {
  const wide = model.size.columns >= 100;
  return toList(model, {
    rows,
    cursor: model.ui.cursors.timeline,
    height,
    heading: [
      { text: '', width: GUTTER },
      { text: 'TIME', role: 'dim', width: 10 },
      { text: 'FROM', role: 'dim', width: 11 },
      { text: 'TO', role: 'dim', width: 12 },
      { text: 'NAME', role: 'dim', width: 22 },
      ...(wide ? [{ text: 'SUPERVISOR', role: 'dim', width: 16 } as const] : []),
      { text: 'WHY', role: 'dim' },
    ],
    isMarked: () => false,
    toLine: ({ transition }, { line }) => line(toTransitionLine(transition, wide)),
    empty: [
      [],
      [
        { text: '', width: GUTTER },
        { text: 'Nothing has changed since we watch.', role: 'dim' },
      ],
    ],
  });
}

function toTransitionLine(transition: Transition, wide: boolean): readonly Span[] {
  const { name = transition.uid, supervisor = '' } = parseUid(transition.uid) ?? {};
  const from = transition.from;
  const to = STATE_ROLES[transition.to];
  return [
    { text: formatClock(transition.at), role: 'dim', width: 10 },
    { text: from === null ? '' : from.toLowerCase(), role: 'dim', width: 9 },
    { text: '→ ', role: 'faint' },
    { text: `${stateGlyph(transition.to, 'unicode')} `, role: to.glyph },
    { text: transition.to, role: to.label, width: 10 },
    { text: `${escapeText(name)} `, width: 22 },
    ...(wide ? [{ text: escapeText(supervisor), role: 'dim', width: 16 } as const] : []),
    ...toCauseSpans(transition),
  ];
}

/** The reason, who asked for it, and the last line it said. */
export function toCauseSpans({ reason, by, lastWords, to }: Transition): readonly Span[] {
  const lastLine = lastWords?.lines.at(-1)?.trim() ?? '';
  const down = to === 'FATAL' || to === 'BACKOFF' || to === 'EXITED';
  return [
    { text: reason === null ? '' : escapeText(formatReason(reason)), role: down ? 'cause' : 'dim' },
    { text: by === null ? '' : `${reason === null ? '' : ', '}by ${escapeText(by)}`, role: 'accent' },
    { text: lastLine === '' ? '' : `${reason === null ? '' : ': '}${escapeText(lastLine)}`, role: 'text' },
  ];
}

export type MessageRow = { readonly key: string; readonly notice: Notice };

export function toMessageRows({ ui }: Model): readonly MessageRow[] {
  return ui.notices.items.map((notice) => ({ key: String(notice.id), notice })).toReversed();
}

export function toMessageList(model: Model, rows: readonly MessageRow[], { height }: BodyOptions): Body {
  return toList(model, {
    rows,
    cursor: model.ui.cursors.messages,
    height,
    heading: [
      { text: '', width: GUTTER },
      { text: 'TIME', role: 'dim', width: 10 },
      { text: 'WHAT HAPPENED', role: 'dim' },
    ],
    isMarked: () => false,
    toLine: ({ notice }, { line }) =>
      line([
        { text: formatClock(notice.at), role: 'dim', width: 10 },
        { text: `${NOTICE_ROLES[notice.level].glyph} `, role: NOTICE_ROLES[notice.level].role },
        { text: escapeText(notice.text), role: notice.level === 'bad' ? 'cause' : 'calm' },
      ]),
    empty: [
      [],
      [
        { text: '', width: GUTTER },
        { text: 'No messages yet.', role: 'dim' },
      ],
    ],
  });
}
