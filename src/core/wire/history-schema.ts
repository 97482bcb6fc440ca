// Both ends of the wire import this: what a history tells, as JSON, checked on the way in.
import * as v from 'valibot';
import type { HistoryEvent, HistoryPart } from '../history/history.ts';
import { DAEMON_INCIDENTS } from '../history/log-event.ts';
import { lastWords, processState, reason, source } from './model-schema.ts';

const text = v.string();
const dated = { at: v.number(), approximate: v.boolean(), supervisor: text };

const historyEvent = v.variant('kind', [
  v.object({
    kind: v.literal('process'),
    ...dated,
    group: v.nullable(text),
    name: text,
    from: v.nullable(processState),
    to: processState,
    reason: v.nullable(reason),
    pid: v.nullable(v.number()),
    by: v.nullable(text),
    source,
    lastWords: v.nullable(lastWords),
  }),
  v.object({
    kind: v.literal('supervisor'),
    ...dated,
    incident: v.picklist([...DAEMON_INCIDENTS, 'spawn-error']),
    message: text,
  }),
]) satisfies v.GenericSchema<unknown, HistoryEvent>;

export const historyPart = v.variant('type', [
  v.object({ type: v.literal('events'), events: v.array(historyEvent) }),
  v.object({
    type: v.literal('extent'),
    extent: v.object({
      supervisor: text,
      knownSince: v.nullable(v.number()),
      complete: v.boolean(),
      note: text,
    }),
  }),
]) satisfies v.GenericSchema<unknown, HistoryPart>;
