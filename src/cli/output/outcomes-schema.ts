// What acts with --json print, declared once: the types and schema/outcomes.v1.json come from here.
import * as v from 'valibot';
import type { DeepReadonly } from '../../core/deep-readonly.ts';
import { count } from '../../core/view/published/status-schema.ts';
import { outcomeCode } from '../../core/wire/link-schema.ts';
import { processAction, supervisorAction } from '../../core/wire/model-schema.ts';

const text = v.string();
const texts = v.array(text);

const result = {
  from: v.nullable(text),
  to: v.nullable(text),
  ok: v.boolean(),
  code: outcomeCode,
  message: text,
  difference: v.exactOptional(v.strictObject({ added: texts, changed: texts, removed: texts })),
};

export const outcomes = v.strictObject({
  schema: v.literal('multivisor.outcomes/v1'),
  action: v.picklist([...processAction.options, ...supervisorAction.options]),
  dryRun: v.boolean(),
  results: v.array(
    v.union([v.strictObject({ uid: text, ...result }), v.strictObject({ supervisor: text, ...result })]),
  ),
  summary: v.strictObject({ total: count, ok: count, failed: count }),
});

export type OutcomesReport = DeepReadonly<v.InferOutput<typeof outcomes>>;
