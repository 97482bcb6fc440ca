// The message as it is kept until somebody has taken it.
import * as v from 'valibot';
import type { AlertMessage, ToldIncident } from './message.ts';

const text = v.string();

const toldIncident = v.object({
  id: text,
  cause: text,
  supervisor: text,
  host: text,
  process: v.nullable(text),
  state: v.nullable(text),
  since: text,
  why: text,
  lastWords: v.array(text),
  times: v.number(),
  restarts: v.number(),
  end: v.nullable(v.picklist(['recovered', 'stopped', 'gone', 'dropped'])),
  lengthSeconds: v.nullable(v.number()),
}) satisfies v.GenericSchema<unknown, ToldIncident>;

export const alertMessage = v.object({
  schema: v.literal('multivisor.alert/v1'),
  kind: v.picklist(['opened', 'more', 'still-open', 'closed', 'test']),
  name: text,
  alert: text,
  id: text,
  at: text,
  title: text,
  text,
  link: text,
  count: v.number(),
  incidents: v.array(toldIncident),
}) satisfies v.GenericSchema<unknown, AlertMessage>;
