// Both ends import this: what is asked of alerts, and answered.
import * as v from 'valibot';
import type { AlertsRequest, AlertsResult, AlertsView } from '../alerts/desk.ts';
import { ALERTS_REFUSALS } from '../alerts/desk.ts';
import { givenUpSchema, incidentSchema, muteSchema } from '../alerts/incident-schema.ts';

/** A mute that nobody ends by hand ends by then. */
export const LONGEST_MUTE_MS = 366 * 86_400_000;
const LEAST_MUTE_MS = 1_000;

const text = v.string();
const said = v.pipe(text, v.maxLength(1_000));

export const muteRequest = v.object({
  selectors: v.pipe(v.array(said), v.minLength(1), v.maxLength(100), v.description('As on the command line')),
  forMs: v.pipe(
    v.number(),
    v.minValue(LEAST_MUTE_MS),
    v.maxValue(LONGEST_MUTE_MS),
    v.description('For how long, milliseconds'),
  ),
  why: v.optional(said, ''),
});

export const alertsRequest = v.variant('op', [
  v.object({ op: v.literal('list') }),
  v.object({ op: v.literal('mute'), ...muteRequest.entries }),
  v.object({ op: v.literal('unmute'), which: said }),
  v.object({ op: v.literal('test'), alert: said }),
]) satisfies v.GenericSchema<unknown, AlertsRequest>;

export const shownIncident = v.object({
  ...incidentSchema.entries,
  mute: v.pipe(v.nullable(text), v.description('The id of the mute that keeps it quiet')),
});

export const alertsView = v.object({
  alerts: v.array(
    v.object({
      name: text,
      when: v.array(text),
      selectors: v.array(text),
      forMs: v.number(),
      repeatMs: v.nullable(v.number()),
      to: v.array(v.object({ label: text, waiting: v.number(), trouble: v.nullable(text) })),
    }),
  ),
  incidents: v.array(shownIncident),
  mutes: v.array(muteSchema),
  givenUp: v.array(givenUpSchema),
}) satisfies v.GenericSchema<unknown, AlertsView>;

export const alertsResult = v.variant('ok', [
  v.object({
    ok: v.literal(true),
    view: alertsView,
    tested: v.array(v.object({ receiver: text, ok: v.boolean(), said: text })),
  }),
  v.object({ ok: v.literal(false), code: v.picklist(ALERTS_REFUSALS), message: text }),
]) satisfies v.GenericSchema<unknown, AlertsResult>;
