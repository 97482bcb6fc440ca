// The logs screen: several processes merged, one colour each.
import { parseUid } from '../../core/ids.ts';
import type { LinearRegex } from '../../core/regex/linear-regex.ts';
import { parseRegex, toTextRegex } from '../../core/regex/linear-regex.ts';
import { escapeText } from '../../core/view/escape.ts';
import { cellWidth, dropCells, wrapCells } from '../renderer/cells.ts';
import type { Span } from '../renderer/styled-line.ts';
import { LOG_ROLES } from '../theme.ts';
import type { LogLine, LogsState } from '../ui-state/logs.ts';
import { formatClock, toInputSpans } from './chrome.ts';
import { pad } from './list.ts';
import type { Body, Model } from './model.ts';

/** What a search or a filter of log lines means: a regular expression where it is one, else the text itself. */
export function toLinePattern(text: string): LinearRegex | null {
  if (text === '') return null;
  const parsed = parseRegex(text);
  // Half a pattern is what one sees while typing one: it is then looked for as it stands.
  return parsed.ok ? parsed.regex : toTextRegex(text);
}

/** The lines that stream choice and filter let through, kept while all three stay. */
export function createShownLines(): (logs: LogsState) => readonly LogLine[] {
  let last: { lines: readonly LogLine[]; stream: string; filter: string; shown: readonly LogLine[] } | null = null;
  return ({ lines, stream, filter }) => {
    if (last?.lines === lines && last.stream === stream && last.filter === filter) return last.shown;
    const pattern = toLinePattern(filter);
    const shown =
      stream === 'both' && !pattern
        ? lines
        : lines.filter(
            (line) =>
              (stream === 'both' || line.stream === stream) && (line.note || !pattern || pattern.test(line.text)),
          );
    last = { lines, stream, filter, shown };
    return shown;
  };
}

/** Index of the first line on the screen. */
export function findTop(logs: LogsState, shown: readonly LogLine[], fit: LogFit): number {
  if (logs.follow) return topOfEnd(shown, fit);
  const found = shown.findIndex((line) => line.id >= logs.topId);
  return found < 0 ? topOfEnd(shown, fit) : Math.min(found, topOfEnd(shown, fit));
}

export type LogFit = { readonly height: number; readonly width: number; readonly wrap: boolean };

/** The first line of the last screenful. */
function topOfEnd(shown: readonly LogLine[], { height, width, wrap }: LogFit): number {
  if (!wrap) return Math.max(0, shown.length - height);
  let used = 0;
  let top = shown.length;
  while (top > 0) {
    used += Math.max(1, Math.ceil(cellWidth(shown[top - 1]?.text ?? '') / Math.max(1, width)));
    if (used > height) break;
    top--;
  }
  return Math.min(top, Math.max(0, shown.length - 1));
}

type Prefix = { readonly spans: (line: LogLine) => readonly Span[]; readonly width: number };

/** Name of the process in its colour when there are several; a heavier bar for stderr. */
function toPrefix({ uids, times }: LogsState): Prefix {
  const several = uids.length > 1;
  const labels = new Map(uids.map((uid, index) => [uid, { text: escapeText(shortName(uid, uids)), index }]));
  const widest = Math.min(
    24,
    Array.from(labels.values()).reduce((most, { text }) => Math.max(most, cellWidth(text)), 0),
  );
  const width = 1 + (times ? 9 : 0) + (several ? widest + 1 : 0) + 2;
  return {
    width,
    spans: (line) => {
      const label = labels.get(line.uid);
      const role = LOG_ROLES[(label?.index ?? 0) % LOG_ROLES.length] ?? 'log0';
      return [
        { text: ' ' },
        ...(times ? [{ text: formatClock(line.at), role: 'faint', width: 9 } as const] : []),
        ...(several ? [{ text: label?.text ?? '', role, width: widest + 1 } as const] : []),
        line.stream === 'stderr' ? { text: '┃ ', role: 'warn' } : { text: '│ ', role: 'faint' },
      ];
    },
  };
}

/** The name alone unless two of them share it. */
function shortName(uid: string, uids: readonly string[]): string {
  const parts = parseUid(uid);
  if (!parts) return uid;
  const twin = uids.some((other) => other !== uid && parseUid(other)?.name === parts.name);
  return twin ? `${parts.name}@${parts.supervisor}` : parts.name;
}

export function toLogFit(model: Model, height: number): LogFit {
  const { width } = toPrefix(model.ui.logs);
  return { height: Math.max(1, height), width: Math.max(10, model.size.columns - width - 1), wrap: model.ui.logs.wrap };
}

export function toLogView(model: Model, shown: readonly LogLine[], height: number): Body {
  const { styler, size } = model;
  const { logs } = model.ui;
  const fit = toLogFit(model, height);
  const prefix = toPrefix(logs);
  const pattern = toLinePattern(logs.search);
  const top = findTop(logs, shown, fit);
  const lines: string[] = [];
  for (let i = top; i < shown.length && lines.length < height; i++) {
    const line = shown[i];
    if (!line) break;
    const pieces = logs.wrap ? wrapCells(line.text, fit.width) : [dropCells(line.text, logs.left)];
    for (const [index, piece] of pieces.entries()) {
      const before = index === 0 ? prefix.spans(line) : [{ text: '', width: prefix.width }];
      const marked = pattern && !line.note ? findLetters(pattern, piece) : [];
      const role = line.note ? 'faint' : line.stream === 'stderr' ? 'error-line' : 'text';
      lines.push(styler.line([...before, { text: piece, role, marked }], { width: size.columns }));
    }
  }
  if (shown.length === 0)
    lines.push('', styler.line([{ text: `   ${whyEmpty(logs)}`, role: 'dim' }], { width: size.columns }));
  return { blocks: [{ kind: 'lines', lines: pad(lines, height) }], rows: null, count: shown.length, height };
}

function whyEmpty(logs: LogsState): string {
  if (logs.lines.length === 0) return 'Nothing has been written yet.';
  return logs.filter === '' ? `Nothing on ${logs.stream}.` : 'No line matches. & changes the filter.';
}

function findLetters(pattern: LinearRegex, text: string): readonly number[] {
  return pattern.spans(text).flatMap(({ from, to }) => Array.from({ length: to - from }, (_, i) => from + i));
}

export function toLogStatus(model: Model, shown: readonly LogLine[]): readonly Span[] {
  const { logs } = model.ui;
  return [
    { text: logs.dropped > 0 ? `${logs.dropped} dropped  ` : '', role: 'warn' },
    { text: shown.length === logs.lines.length ? '' : `${shown.length}/`, role: 'calm' },
    { text: `${logs.lines.length} line${logs.lines.length === 1 ? '' : 's'}`, role: 'calm' },
    { text: `  ${logs.stream === 'both' ? 'stdout and stderr' : logs.stream}`, role: 'dim' },
    { text: logs.wrap ? '  wrapped' : '', role: 'dim' },
    { text: logs.follow ? '  following ' : '  standing still ', role: logs.follow ? 'good' : 'warn' },
  ];
}

/** The search or the filter of lines, while typed and after. */
export function toLogPrompt({ editing, search, filter }: LogsState): readonly Span[] | null {
  if (editing) return [{ text: editing.what === 'search' ? ' /' : ' &', role: 'key' }, ...toInputSpans(editing.line)];
  if (search === '' && filter === '') return null;
  return [
    { text: filter === '' ? '' : ` &${escapeText(filter)} `, role: 'title' },
    { text: search === '' ? '' : ` /${escapeText(search)} `, role: 'title' },
  ];
}
