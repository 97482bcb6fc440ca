import type { Transition } from '../../core/model.ts';
import { escapeLogLine, escapeText } from '../../core/view/escape.ts';
import { toStatusReason } from '../../core/view/status.ts';
import { formatReason, stateGlyph } from '../../core/view/text.ts';
import type { Io } from '../io/io.ts';
import { toJson } from './json.ts';
import type { Paint } from './paint.ts';

export type EventPrinter = (transition: Transition, before: Transition | null) => void;

export type EventStyle = { readonly json: boolean; readonly paint: Paint };

/** `before`: the same transition as it was told already; only what is new of it is told in text. */
export function createEventPrinter(io: Io, { json, paint }: EventStyle): EventPrinter {
  if (json) return (transition) => io.out(`${toJson(toData(transition))}\n`);
  const arrow = paint.ascii ? '->' : '→';
  return (transition, before) => {
    const { at, uid, from, to, reason, by, lastWords } = transition;
    const glyph = paint.state(to, stateGlyph(to, paint.ascii ? 'ascii' : 'unicode'));
    const why = [reason ? formatReason(reason) : '', by === null ? '' : `by ${by}`].filter((part) => part !== '');
    const changed = before?.to !== to || before.reason !== reason;
    if (changed) {
      const way = from === null ? to : `${from} ${arrow} ${to}`;
      const cause = why.length === 0 ? '' : ` (${escapeText(why.join(', '))})`;
      io.out(`${paint.dim(new Date(at).toISOString())} ${glyph} ${escapeText(uid)} ${way}${cause}\n`);
    }
    if (!lastWords || before?.lastWords === lastWords) return;
    const bar = paint.ascii ? '|' : '│';
    const lines = lastWords.lines.map(
      (line) => `    ${paint.dim(`${lastWords.stream} ${bar}`)} ${escapeLogLine(line)}\n`,
    );
    io.out(lines.join(''));
  };
}

function toData({ id, at, reason, ...rest }: Transition): Record<string, unknown> {
  return { id, ts: new Date(at).toISOString(), ...rest, reason: reason ? toStatusReason(reason) : null };
}
