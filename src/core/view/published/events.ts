// What happened, as JSON: events-schema.ts says its shape.
import type { Extent, HistoryEvent } from '../../history/history.ts';
import { uidOf } from '../../history/select-past.ts';
import type { EventsLine, ExtentLine } from './events-schema.ts';
import { toStatusReason } from './status.ts';

/** `id`: of one that may be told again, when more is known. */
export type ToldEvent = { readonly event: HistoryEvent; readonly id: number | null };

export function toExtentLine({ supervisor, knownSince, complete, note }: Extent): ExtentLine {
  const since = knownSince === null ? null : new Date(knownSince).toISOString();
  return { type: 'extent', supervisor, knownSince: since, complete, note };
}

export function toEventLine({ event, id }: ToldEvent): Exclude<EventsLine, ExtentLine> {
  const { at, approximate, supervisor } = event;
  const dated = { ts: new Date(at).toISOString(), approximate, supervisor };
  if (event.kind === 'supervisor') {
    return { type: 'supervisor', ...dated, incident: event.incident, message: event.message };
  }
  const { group, name, from, to, reason, by, source, pid, lastWords } = event;
  const uid = group === null ? null : uidOf(event);
  const why = reason && toStatusReason(reason);
  return { type: 'transition', id, ...dated, uid, group, name, from, to, reason: why, by, source, pid, lastWords };
}
