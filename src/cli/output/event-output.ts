import type { Extent, HistoryEvent, ProcessEvent, DaemonEvent } from '../../core/history/history.ts';
import { uidOf } from '../../core/history/select-past.ts';
import { escapeLogLine, escapeText } from '../../core/view/escape.ts';
import type { ToldEvent } from '../../core/view/published/events.ts';
import { toEventLine, toExtentLine } from '../../core/view/published/events.ts';
import type { EventsLine } from '../../core/view/published/events-schema.ts';
import { formatReason, stateGlyph } from '../../core/view/text.ts';
import type { Io } from '../io/io.ts';
import { toJson } from './json.ts';
import type { Paint } from './paint.ts';

export type EventPrinter = {
  extent(extent: Extent): void;
  /** `before`: the same as it was told already; only what is new of it is told in text. */
  event(told: ToldEvent, before: HistoryEvent | null): void;
};

export type EventStyle = { readonly json: boolean; readonly paint: Paint };

export function createEventPrinter(io: Io, { json, paint }: EventStyle): EventPrinter {
  const print = (line: EventsLine) => io.out(`${toJson(line)}\n`);
  if (json) {
    return { extent: (extent) => print(toExtentLine(extent)), event: (told) => print(toEventLine(told)) };
  }
  return {
    extent: (extent) => {
      const text = extentText(extent);
      if (text !== '') io.err(`multivisor: ${escapeText(text)}\n`);
    },
    event: ({ event }, before) => {
      io.out(event.kind === 'process' ? processText(event, before, paint) : supervisorText(event, paint));
    },
  };
}

/** '' when it is all that was asked for, and there is nothing to say of it. */
export function extentText({ supervisor, knownSince, complete, note }: Extent): string {
  if (complete) return note === '' ? '' : `${supervisor}: ${note}`;
  if (knownSince === null) return `${supervisor}: no history from the host${note === '' ? '' : `: ${note}`}`;
  return `${supervisor}: known since ${new Date(knownSince).toISOString()}${note === '' ? '' : ` (${note})`}`;
}

function processText(event: ProcessEvent, before: HistoryEvent | null, paint: Paint): string {
  const { from, to, reason, by, lastWords } = event;
  const arrow = paint.ascii ? '->' : '→';
  const glyph = paint.state(to, stateGlyph(to, paint.ascii ? 'ascii' : 'unicode'));
  const why = [reason ? formatReason(reason) : '', by === null ? '' : `by ${by}`].filter((part) => part !== '');
  const told = before?.kind === 'process' ? before : null;
  let text = '';
  if (told?.to !== to || told.reason !== reason) {
    const way = from === null ? to : `${from} ${arrow} ${to}`;
    const cause = why.length === 0 ? '' : ` (${escapeText(why.join(', '))})`;
    text += `${paint.dim(timeText(event, paint))} ${glyph} ${escapeText(uidOf(event))} ${way}${cause}\n`;
  }
  if (!lastWords || told?.lastWords === lastWords) return text;
  const bar = paint.ascii ? '|' : '│';
  const lines = lastWords.lines.map(
    (line) => `    ${paint.dim(`${lastWords.stream} ${bar}`)} ${escapeLogLine(line)}\n`,
  );
  return text + lines.join('');
}

function supervisorText(event: DaemonEvent, paint: Paint): string {
  const glyph = paint.ascii ? '*' : '◆';
  const words = event.incident === 'spawn-error' ? `spawn error: ${event.message}` : event.message;
  return `${paint.dim(timeText(event, paint))} ${glyph} ${escapeText(`${event.supervisor}: ${words}`)}\n`;
}

function timeText({ at, approximate }: HistoryEvent, paint: Paint): string {
  const about = paint.ascii ? '~' : '≈';
  return `${approximate ? about : ''}${new Date(at).toISOString()}`;
}
