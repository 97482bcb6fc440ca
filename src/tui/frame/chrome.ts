// What stands around every screen: the header, the line of tabs or the filter, the notice line, the footer.
import { escapeText } from '../../core/view/escape.ts';
import type { Rows } from '../../core/view/row-model.ts';
import { formatAge } from '../../core/view/text.ts';
import { rightOf, refuseAction } from '../actions/rights.ts';
import { cellWidth } from '../renderer/cells.ts';
import type { ActionId, Binding } from '../keys/key-table.ts';
import { keyLabel, worksOn } from '../keys/keymap.ts';
import type { Span } from '../renderer/styled-line.ts';
import type { TextRole } from '../theme.ts';
import type { JobProgress } from '../ui-state/jobs.ts';
import type { Notice, NoticeLevel } from '../ui-state/notices.ts';
import type { Model, Ticker } from './model.ts';
import { toCountSpans } from './process-line.ts';

export function toHeader(model: Model, rows: Rows, ticker: Ticker): string {
  const { setting, size, styler } = model;
  const down = rows.supervisors - rows.supervisorsUp;
  const supervisors: readonly Span[] = [
    { text: '   ' },
    { text: `${rows.supervisorsUp}/${rows.supervisors}`, role: down > 0 ? 'bad' : 'calm' },
  ];
  const left: readonly Span[] = [
    { text: ' multivisor', role: 'accent' },
    { text: `  ${escapeText(setting.title)}`, role: 'title' },
    ...toConnection(model, ticker),
    { text: ' ' },
  ];
  const variants = [
    [...toCountSpans(rows.counts, true), ...supervisors, { text: ' supervisors ', role: 'dim' }],
    [...toCountSpans(rows.counts, false), ...supervisors, { text: ' supervisors ', role: 'dim' }],
    [...toCountSpans(rows.counts, false), ...supervisors, { text: ' ' }],
  ] as const satisfies readonly (readonly Span[])[];
  const room = size.columns - widthOf(left);
  const right = variants.find((variant) => widthOf(variant) <= room) ?? variants[2];
  return styler.line(left, { width: size.columns, right });
}

function widthOf(spans: readonly Span[]): number {
  return spans.reduce((sum, span) => sum + (span.width ?? cellWidth(span.text)), 0);
}

function toConnection({ connection, setting, now }: Model, ticker: Ticker): readonly Span[] {
  const address = `  ${escapeText(setting.mode)}`;
  if (connection.state === 'live') return [{ text: address, role: 'dim' }];
  ticker.within(1_000);
  const why = connection.error === null ? '' : `: ${escapeText(connection.error.message)}`;
  const words = connection.state === 'lost' ? `lost ${formatAge(now - connection.since)} ago` : 'connecting';
  return [{ text: `${address} ${words}${why}`, role: connection.state === 'lost' ? 'bad' : 'busy' }];
}

export function toRule({ styler, size }: Model): string {
  return styler.line([{ text: '─'.repeat(size.columns), role: 'faint' }], { width: size.columns });
}

const TABS = [
  ['processes', '1'],
  ['supervisors', '2'],
  ['timeline', '3'],
] as const;

/** The tabs, or the filter once there is one. */
export function toStatusLine(model: Model, right: readonly Span[]): string {
  const { ui, styler, size } = model;
  const { filter, editing } = ui.filter;
  const { place } = ui.navigation;
  const tabs = TABS.flatMap(([screen, key]): Span[] => [
    { text: ` ${key} `, role: 'faint' },
    { text: screen, role: place.screen === screen ? 'title' : 'dim' },
    { text: ' ' },
  ]);
  const isList = TABS.some(([screen]) => screen === place.screen) || place.screen === 'messages';
  const left = isList && (filter.text !== '' || editing) ? toFilterSpans(model) : isList ? tabs : [];
  return styler.line(left.length > 0 ? left : toPlaceSpans(model), { width: size.columns, right });
}

function toFilterSpans({ ui }: Model): readonly Span[] {
  const { filter, editing } = ui.filter;
  const error = filter.errors[0];
  return [
    { text: ' /', role: 'key' },
    ...(editing ? toInputSpans(editing.line) : [{ text: filter.text, role: 'title' } as const]),
    ...(error === undefined ? [] : [{ text: `  ${escapeText(error)}`, role: 'warn' } as const]),
  ];
}

/** Text with a bar where the next character goes. */
export function toInputSpans({ text, cursor }: { readonly text: string; readonly cursor: number }): readonly Span[] {
  return [
    { text: escapeText(text.slice(0, cursor)), role: 'title' },
    { text: '▏', role: 'accent' },
    { text: escapeText(text.slice(cursor)), role: 'title' },
  ];
}

function toPlaceSpans({ ui }: Model): readonly Span[] {
  const { place } = ui.navigation;
  switch (place.screen) {
    case 'details':
      return [
        { text: ` ${place.subject.kind}  `, role: 'dim' },
        { text: escapeText(place.subject.id), role: 'title' },
      ];
    case 'logs': {
      const [first = '', ...others] = ui.logs.uids;
      return [
        { text: ' logs  ', role: 'dim' },
        { text: escapeText(first), role: 'title' },
        { text: others.length > 0 ? `  and ${others.length} more` : '', role: 'dim' },
      ];
    }
    case 'processes':
    case 'supervisors':
    case 'timeline':
    case 'messages':
    case 'help':
      return [{ text: ` ${place.screen}`, role: 'title' }];
  }
}

export const NOTICE_ROLES: Readonly<Record<NoticeLevel, { readonly glyph: string; readonly role: TextRole }>> = {
  info: { glyph: '·', role: 'dim' },
  good: { glyph: '●', role: 'good' },
  warn: { glyph: '▲', role: 'warn' },
  bad: { glyph: '✖', role: 'bad' },
};

const NOTICE_MS = 4_000;

/** What runs, and what happened last; at the right what the row under the cursor rests on. */
export function toNoticeLine(model: Model, right: readonly Span[], ticker: Ticker): string {
  const { ui, styler, size, now } = model;
  const job = ui.jobs.at(-1);
  const notice = ui.notices.items.at(-1);
  // While something runs, its progress stays; what is said meanwhile stands beside it for a while.
  const fresh = job && notice && notice.at > job.begunAt ? NOTICE_MS - Math.abs(now - notice.at) : 0;
  if (fresh > 0) ticker.within(fresh);
  const { screen } = ui.navigation.place;
  const marked = screen === 'supervisors' || screen === 'processes' ? ui.marks[screen].size : 0;
  const rightSpans: readonly Span[] = [
    ...(marked > 0 ? [{ text: ` ${marked} marked `, role: 'accent' } as const] : []),
    ...right,
  ];
  const left: readonly Span[] = [
    ...(job ? toProgress(job, ui.jobs.length) : []),
    ...(notice && (!job || fresh > 0) ? toNotice(notice) : []),
  ];
  return styler.line(left, { width: size.columns, right: rightSpans });
}

function toProgress({ title, total, done, failed }: JobProgress, jobs: number): readonly Span[] {
  return [
    { text: ` ${escapeText(title)}`, role: 'busy' },
    { text: `  ${done} done`, role: 'calm' },
    { text: failed > 0 ? `  ${failed} failed` : '', role: 'bad' },
    { text: `  ${total - done} left`, role: 'dim' },
    { text: jobs > 1 ? `  and ${jobs - 1} more under way` : '', role: 'dim' },
    { text: '  ', role: 'dim' },
  ];
}

function toNotice({ at, level, text }: Notice): readonly Span[] {
  const { glyph, role } = NOTICE_ROLES[level];
  return [
    { text: ` ${formatClock(at)} `, role: 'faint' },
    { text: `${glyph} `, role },
    { text: escapeText(text), role: level === 'info' ? 'dim' : 'calm' },
  ];
}

/** Of our clock and time zone. */
export function formatClock(at: number): string {
  const date = new Date(at);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':');
}

/** The keys that work here, as many as fit; help and what leads to everything else are never left out. */
export function toFooter(model: Model): string {
  const { setting, ui, styler, size } = model;
  const { screen } = ui.navigation.place;
  const hints = setting.keymap.bindings
    .filter((binding) => binding.footer !== undefined && worksOn(binding, screen) && binding.keys.length > 0)
    .filter((binding) => isAllowed(model, binding.action))
    .toSorted((a, b) => toRank(a) - toRank(b))
    .map((binding) => ({
      last: (binding.footer ?? 0) >= 20,
      spans: toHint(keyLabel({ ...binding, keys: binding.keys.slice(0, 1) }), binding.title),
    }));
  const readOnly: readonly Span[] = isAllowed(model, 'restart') ? [] : [{ text: ' read-only ', role: 'warn' }];
  const always = hints.filter((hint) => hint.last);
  let room = size.columns - widthOf(readOnly) - always.reduce((sum, hint) => sum + widthOf(hint.spans), 0);
  const shown: (readonly Span[])[] = [readOnly];
  for (const hint of hints) {
    const width = widthOf(hint.spans);
    if (!hint.last && width > room) continue;
    if (!hint.last) room -= width;
    shown.push(hint.spans);
  }
  return styler.line(shown.flat(), { width: size.columns });
}

/** In logs, what is about reading them comes first. */
function toRank({ footer = 0, topic }: Binding): number {
  return topic === 'Logs' ? footer - 20 : footer;
}

function isAllowed({ setting, connection }: Model, action: ActionId): boolean {
  const act = rightOf(action);
  return act === null || refuseAction({ readOnly: setting.readOnly, connection }, act) === null;
}

export function toHint(key: string, title: string): readonly Span[] {
  return [
    { text: ` ${key}`, role: 'key' },
    { text: ` ${title} `, role: 'dim' },
  ];
}
