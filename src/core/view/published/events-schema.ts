// One line of `events --json`, and of /api/v1/events, declared once: types, schema/events.v1.json and openapi.json come from here.
import * as v from 'valibot';
import type { DeepReadonly } from '../../deep-readonly.ts';
import { DAEMON_INCIDENTS } from '../../history/log-event.ts';
import { nullableSource, state, statusReason, time } from './status-schema.ts';

const text = v.string();
const nullableText = v.nullable(text);
const nullableInteger = v.nullable(v.pipe(v.number(), v.integer()));
const says = <const Schema extends v.GenericSchema>(schema: Schema, description: string) =>
  v.pipe(schema, v.description(description));

const dated = {
  ts: time,
  approximate: says(v.boolean(), 'The time is only about right: the zone of the host is not known for it.'),
  supervisor: text,
};

export const extentLine = says(
  v.strictObject({
    type: v.literal('extent'),
    supervisor: text,
    knownSince: says(v.nullable(time), 'Nothing is known of what was before; null: nothing is known at all.'),
    complete: says(v.boolean(), 'All that was asked for is known.'),
    note: says(text, 'Why there is no more, in words; empty when there is nothing to say.'),
  }),
  'How far back the memory of one supervisor reaches: before all events.',
);

export const transitionLine = v.strictObject({
  type: v.literal('transition'),
  id: says(nullableInteger, 'Told again with the same id when more is known of it; null: it is as it is.'),
  ...dated,
  uid: says(nullableText, 'supervisor:group:name; null when the group is not known.'),
  group: nullableText,
  name: text,
  from: v.nullable(state),
  to: state,
  reason: v.nullable(statusReason),
  by: says(nullableText, 'Who asked for it, when that is known.'),
  source: nullableSource,
  pid: nullableInteger,
  lastWords: v.nullable(v.strictObject({ stream: v.picklist(['stdout', 'stderr']), lines: v.array(text) })),
});

export const daemonLine = v.strictObject({
  type: v.literal('supervisor'),
  ...dated,
  incident: v.picklist([...DAEMON_INCIDENTS, 'spawn-error']),
  message: says(text, "In supervisord's own words."),
});

export const eventsLine = v.union([extentLine, transitionLine, daemonLine]);

export type EventsLine = DeepReadonly<v.InferOutput<typeof eventsLine>>;
export type ExtentLine = Extract<EventsLine, { type: 'extent' }>;
