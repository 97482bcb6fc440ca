// What `report --json` prints, declared once: its types and schema/report.v1.json come from here.
import * as v from 'valibot';
import type { DeepReadonly } from '../../deep-readonly.ts';
import { count, statusReason, time } from './status-schema.ts';

const text = v.string();
const seconds = v.pipe(v.number(), v.minValue(0));
const says = <const Schema extends v.GenericSchema>(schema: Schema, description: string) =>
  v.pipe(schema, v.description(description));

const figures = {
  availability: says(
    v.nullable(v.pipe(v.number(), v.minValue(0), v.maxValue(1))),
    'up / (up + down); null when it was neither.',
  ),
  upSeconds: says(seconds, 'RUNNING.'),
  downSeconds: says(seconds, 'Not RUNNING though nobody wanted that: after a crash, starting, given up.'),
  stoppedSeconds: says(
    seconds,
    'At rest because somebody stopped it, or after an exit that its configuration expects.',
  ),
  unknownSeconds: says(seconds, 'Nothing is known of: counted neither as up nor as down.'),
  crashes: says(count, 'Times that it went down by itself, or failed to start.'),
  restarts: says(count, 'Times that supervisord started it again after that.'),
  mtbfSeconds: says(v.nullable(seconds), 'Mean time between failures: up / crashes; null without any.'),
  longestOutageSeconds: says(seconds, 'The longest time that it was down at a stretch.'),
};

export const availabilityReport = v.strictObject({
  schema: v.literal('multivisor.report/v1'),
  generatedAt: time,
  name: text,
  since: time,
  until: time,
  processes: says(
    v.array(
      v.strictObject({
        uid: says(
          v.nullable(text),
          'supervisor:group:name; null when the group is not known: it is not there any more.',
        ),
        supervisor: text,
        group: v.nullable(text),
        name: text,
        ...figures,
        lastCrash: v.nullable(v.strictObject({ at: time, approximate: v.boolean(), reason: v.nullable(statusReason) })),
      }),
    ),
    'Worst first.',
  ),
  totals: v.strictObject({
    groups: v.array(v.strictObject({ group: v.nullable(text), ...figures })),
    supervisors: v.array(v.strictObject({ supervisor: text, ...figures })),
    all: v.strictObject(figures),
  }),
  extents: says(
    v.array(v.strictObject({ supervisor: text, knownSince: v.nullable(time), complete: v.boolean(), note: text })),
    'How far back the memory of each supervisor reaches.',
  ),
});

export type AvailabilityReport = DeepReadonly<v.InferOutput<typeof availabilityReport>>;
export type ReportFigures = AvailabilityReport['totals']['all'];
