// The details of one process or one supervisor.
import type { Process, Supervisor, Transition } from '../../core/model.ts';
import { isAtRest } from '../../core/process-state.ts';
import { findProcess } from '../../core/engine/reduce.ts';
import { escapeLogLine, escapeText } from '../../core/view/escape.ts';
import { countStatesOf } from '../../core/view/tally.ts';
import {
  formatAge,
  formatReason,
  formatUptime,
  shownExit,
  staleText,
  stateGlyph,
  uptimeSeconds,
} from '../../core/view/text.ts';
import { STATE_ROLES } from '../theme.ts';
import type { DetailsSubject } from '../ui-state/navigation.ts';
import { formatClock } from './chrome.ts';
import type { Block, Body, Cell, Model } from './model.ts';
import { toPage, toSection } from './page.ts';
import type { BodyOptions } from './process-list.ts';
import { tickAge, untilNextUptime } from './process-line.ts';
import { supervisorState } from './supervisor-list.ts';
import { toCauseSpans } from './timeline-list.ts';

type Field = readonly [name: string, value: Cell];

const MOST_TRANSITIONS = 8;
const LOG_LINES = 10;

export function toDetails(model: Model, subject: DetailsSubject, options: BodyOptions): Body {
  const blocks =
    subject.kind === 'process' ? ofProcess(model, subject.id, options) : ofSupervisor(model, subject.id, options);
  return toPage(blocks, model.ui.cursors.pages, options.height);
}

function ofProcess(model: Model, uid: string, options: BodyOptions): readonly Block[] {
  const process = findProcess(model.snapshot, uid);
  const supervisor = process ? model.snapshot.supervisors.get(process.supervisor) : undefined;
  if (!process || !supervisor) return [say(model, 'This process is not there any more; its past is in the timeline.')];
  const past = model.timeline.filter((transition) => transition.uid === uid);
  const down = isAtRest(process.state) || process.state === 'BACKOFF';
  const lastWords = toLastWords(model, past, down);
  const why = whyFields(process, model.now);
  return [
    ...(why.length > 0 ? [toFieldTable(model, why, 1)] : []),
    // Of what is down one wants to know why before anything else.
    ...(down ? [...lastWords, { kind: 'lines', lines: [''] } as const] : []),
    toFieldTable(model, processFields({ process, supervisor }, model.now, options), 2),
    toFieldTable(model, longFields({ process, supervisor }, model.now), 1),
    ...toPast(model, past),
    ...(down ? [] : lastWords),
    ...toLogEnd(model, process, 'stderr'),
    ...toLogEnd(model, process, 'stdout'),
  ];
}

function say({ styler, size }: Model, text: string): Block {
  return { kind: 'lines', lines: ['', styler.line([{ text: ` ${text}`, role: 'dim' }], { width: size.columns })] };
}

type Subject = { readonly process: Process; readonly supervisor: Supervisor };

function processFields({ process, supervisor }: Subject, now: number, { ticker }: BodyOptions): readonly Field[] {
  const uptime = uptimeSeconds(process, supervisor, now);
  if (uptime !== null && supervisor.staleSince === null) ticker.within(untilNextUptime(uptime, true));
  const { state } = process;
  if (process.fall) tickAge(ticker, now, process.fall.at);
  tickAge(ticker, now, supervisor.staleSince);
  const offset = supervisor.clockOffsetMs ?? 0;
  return [
    ['state', { text: `${stateGlyph(state, 'unicode')} ${state}`, role: STATE_ROLES[state].glyph }],
    ['under way', { text: process.pending ?? '–', role: process.pending ? 'busy' : 'dim' }],
    ['name', { text: process.name, role: 'title' }],
    ['group', { text: process.group }],
    ['supervisor', { text: process.supervisor }],
    ['host', { text: supervisor.host }],
    ['pid', value(process.pid)],
    ['uptime', value(uptime === null ? null : formatUptime(uptime))],
    ['started', { text: formatHostTime(process.startedAt, offset) }],
    ['stopped', { text: formatHostTime(process.stoppedAt, offset) }],
    ['exit status', value(shownExit(process))],
    ['restarts seen', { text: String(process.restarts) }],
  ];
}

function whyFields({ fall, spawnError }: Process, now: number): readonly Field[] {
  if (fall === null) return spawnError === '' ? [] : [['why', { text: `spawn error: ${spawnError}`, role: 'cause' }]];
  const said = fall.lastLine === '' ? '' : `: ${fall.lastLine}`;
  return [['why', { text: `${formatReason(fall.reason)}, ${formatAge(now - fall.at)} ago${said}`, role: 'cause' }]];
}

/** What needs a line of its own. */
function longFields({ process, supervisor }: Subject, now: number): readonly Field[] {
  const { stdoutLog, stderrLog, description } = process;
  const link = staleText(supervisor, now);
  return [
    ['stdout log', { text: stdoutLog === '' ? 'none' : stdoutLog, role: 'dim' }],
    ['stderr log', { text: stderrLog === '' ? 'none' : stderrLog, role: 'dim' }],
    ['it says', { text: description === '' ? '–' : description, role: 'dim' }],
    ['link', { text: link === '' ? `up, by ${supervisor.source ?? '–'}` : link, role: link === '' ? 'dim' : 'bad' }],
  ];
}

/** A host's time on our clock, with the date when it was not today. */
function formatHostTime(seconds: number | null, offsetMs: number): string {
  if (seconds === null) return '–';
  const at = seconds * 1_000 - offsetMs;
  const date = new Date(at);
  const day = [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((part) => String(part).padStart(2, '0'));
  return `${day.join('-')} ${formatClock(at)}`;
}

const NAME_WIDTH = 14;

/** Several fields side by side where there is room. */
function toFieldTable({ size }: Model, fields: readonly Field[], most: number): Block {
  const pairs = Math.max(1, Math.min(most, Math.floor(size.columns / 50)));
  const width = Math.floor((size.columns - 2) / pairs) - NAME_WIDTH - 4;
  const rows: Cell[][] = [];
  for (let i = 0; i < fields.length; i += pairs) {
    rows.push(
      fields
        .slice(i, i + pairs)
        .flatMap(([name, value]) => [
          { text: name, role: 'dim' } as const,
          { text: escapeText(value.text), ...(value.role ? { role: value.role } : {}) },
        ]),
    );
  }
  const widths = Array.from({ length: pairs }, () => [NAME_WIDTH, width]).flat();
  return { kind: 'table', table: { headings: [], rows, widths } };
}

function toPast(model: Model, past: readonly Transition[]): readonly Block[] {
  const { styler, size } = model;
  const lines = past
    .slice(-MOST_TRANSITIONS)
    .toReversed()
    .map((transition) =>
      styler.line(
        [
          { text: `   ${formatClock(transition.at)}  `, role: 'dim' },
          { text: (transition.from ?? '').toLowerCase(), role: 'dim', width: 9 },
          { text: ' → ', role: 'faint' },
          {
            text: `${stateGlyph(transition.to, 'unicode')} ${transition.to}`,
            role: STATE_ROLES[transition.to].glyph,
            width: 12,
          },
          ...toCauseSpans(transition),
        ],
        { width: size.columns },
      ),
    );
  if (lines.length === 0) return [];
  return [
    {
      kind: 'lines',
      lines: ['', toSection(styler, 'Transitions', `the last ${lines.length}, newest first`), ...lines],
    },
  ];
}

/** What it wrote before it went down, as the core kept it: the log itself may have moved on. */
function toLastWords(model: Model, past: readonly Transition[], down: boolean): readonly Block[] {
  const fallen = past.findLast((transition) => transition.lastWords !== null);
  if (!fallen?.lastWords) return [];
  const lines = fallen.lastWords.lines.map((line) => toQuote(model, line));
  const note = `${fallen.lastWords.stream}, ${formatClock(fallen.at)}`;
  const section = toSection(model.styler, down ? 'Last words' : 'Last words of the run before', note);
  return [{ kind: 'lines', lines: down ? [section, ...lines] : ['', section, ...lines] }];
}

function toQuote({ styler, size }: Model, line: string): string {
  return styler.line(
    [
      { text: ' │ ', role: 'faint' },
      { text: escapeLogLine(line), role: 'calm' },
    ],
    { width: size.columns },
  );
}

function toLogEnd(model: Model, process: Process, stream: 'stdout' | 'stderr'): readonly Block[] {
  const path = stream === 'stdout' ? process.stdoutLog : process.stderrLog;
  const { uid, lines } = model.ui.preview;
  const shown = uid === process.uid ? lines[stream].slice(-LOG_LINES) : [];
  if (path === '' && shown.length === 0) return [];
  const note = shown.length === 0 ? 'nothing written' : 'l opens the logs';
  const section = toSection(model.styler, `End of ${stream}`, note);
  return [{ kind: 'lines', lines: ['', section, ...shown.map((line) => toQuote(model, line))] }];
}

function ofSupervisor(model: Model, name: string, { ticker }: BodyOptions): readonly Block[] {
  const supervisor = model.snapshot.supervisors.get(name);
  if (!supervisor) return [say(model, 'This supervisor is not configured any more.')];
  tickAge(ticker, model.now, supervisor.staleSince);
  const counts = countStatesOf(supervisor);
  const rows = Object.entries(counts).map(([state, count]): readonly Cell[] => [
    { text: state, role: 'dim' },
    { text: String(count) },
  ]);
  return [
    toFieldTable(model, supervisorFields(supervisor, model.now), 2),
    { kind: 'lines', lines: ['', toSection(model.styler, 'Processes', `${supervisor.processes.size} in all`)] },
    { kind: 'table', table: { headings: [], rows, widths: [NAME_WIDTH, 10] } },
  ];
}

function supervisorFields(supervisor: Supervisor, now: number): readonly Field[] {
  const { label, role } = supervisorState(supervisor);
  return [
    ['state', { text: label, role: label === 'UP' ? 'good' : role }],
    ['why', { text: staleText(supervisor, now) || '–', role: supervisor.link === 'up' ? 'dim' : 'cause' }],
    ['name', { text: supervisor.name, role: 'title' }],
    ['url', value(supervisor.url)],
    ['host', value(supervisor.host)],
    ['identifier', value(supervisor.identification)],
    ['version', value(supervisor.version)],
    ['api version', value(supervisor.apiVersion)],
    ['pid', value(supervisor.pid)],
    ['source', value(supervisor.source)],
    ['source note', value(supervisor.sourceNote)],
    ['latency', value(supervisor.latencyMs === null ? null : `${supervisor.latencyMs} ms`)],
    ['read every', value(supervisor.pollMs === null ? null : formatAge(Math.max(1_000, supervisor.pollMs)))],
    [
      'clock',
      value(
        supervisor.clockOffsetMs === null ? null : `${(supervisor.clockOffsetMs / 1_000).toFixed(1)} s against ours`,
      ),
    ],
    [
      'rights',
      value(
        [supervisor.readOnly ? 'read-only' : 'may be changed', supervisor.protected ? 'protected' : '']
          .filter(Boolean)
          .join(', '),
      ),
    ],
    ['tags', value(supervisor.tags.join(', '))],
  ];
}

function value(known: string | number | null): Cell {
  return { text: known === null || known === '' ? '–' : String(known) };
}
