// Incidents and mutes as they are kept and sent.
import * as v from 'valibot';
import type { GivenUp } from './desk.ts';
import type { Incident, Mute } from './incident.ts';

export const incidentSchema = v.object({
  id: v.string(),
  alert: v.string(),
  cause: v.pipe(v.string(), v.description('The condition as it is written in the configuration')),
  supervisor: v.string(),
  uid: v.pipe(v.nullable(v.string()), v.description('supervisor:group:name; null: the supervisor itself')),
  since: v.pipe(v.number(), v.description('Milliseconds since the epoch')),
  times: v.pipe(v.number(), v.description('How often it happened while it was open')),
  why: v.string(),
  end: v.pipe(
    v.nullable(v.picklist(['recovered', 'stopped', 'gone', 'dropped'])),
    v.description('How it came to its end; null while it is open'),
  ),
  lengthMs: v.pipe(v.nullable(v.number()), v.description('From since to its end')),
  told: v.pipe(v.nullable(v.string()), v.description('Under which name it was told; null: it was not')),
}) satisfies v.GenericSchema<unknown, Incident>;

export const muteSchema = v.object({
  id: v.string(),
  selectors: v.array(v.string()),
  supervisors: v.array(v.string()),
  until: v.pipe(v.number(), v.description('Milliseconds since the epoch')),
  by: v.string(),
  why: v.string(),
}) satisfies v.GenericSchema<unknown, Mute>;

export const givenUpSchema = v.object({
  at: v.pipe(v.number(), v.description('Milliseconds since the epoch')),
  receiver: v.string(),
  title: v.string(),
  said: v.string(),
}) satisfies v.GenericSchema<unknown, GivenUp>;
