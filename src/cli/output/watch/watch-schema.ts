// One line of `watch --json`, declared once: its types and schema/watch.v1.json come from here.
import * as v from 'valibot';
import type { DeepReadonly } from '../../../core/deep-readonly.ts';
import {
  nullableSource,
  statusReason,
  state,
  status,
  statusProcess,
  statusSupervisor,
  time,
} from '../../../core/view/published/status-schema.ts';

const text = v.string();
const common = { seq: v.pipe(v.number(), v.integer(), v.minValue(1)), ts: time, source: nullableSource };
const ofProcess = { ...common, uid: text, process: statusProcess };

export const watchLine = v.union([
  v.strictObject({ type: v.literal('snapshot'), ...common, snapshot: status }),
  v.strictObject({ type: v.picklist(['added', 'removed']), ...ofProcess }),
  v.strictObject({ type: v.literal('removed'), ...common, supervisor: v.strictObject({ name: text }) }),
  v.strictObject({
    type: v.literal('changed'),
    ...ofProcess,
    from: v.nullable(state),
    to: state,
    reason: v.pipe(v.nullable(statusReason), v.description('Null when it is not known, or nothing special.')),
    by: v.nullable(text),
  }),
  v.pipe(
    v.strictObject({ type: v.literal('changed'), ...ofProcess, fields: v.pipe(v.array(text), v.minLength(1)) }),
    v.description(
      'Only other fields than the state changed; with `flapping` among them, the turns of a loop are summed up.',
    ),
  ),
  v.strictObject({ type: v.literal('supervisor'), ...common, supervisor: statusSupervisor }),
  v.strictObject({ type: v.literal('gap'), ...common, supervisor: v.nullable(text), message: text }),
  v.strictObject({ type: v.literal('heartbeat'), ...common }),
]);

/** Of each kind of line, without what all have. */
type Told<Line> = Line extends unknown ? Omit<Line, 'seq' | 'ts'> : never;
export type WatchLine = DeepReadonly<Told<v.InferOutput<typeof watchLine>>>;
