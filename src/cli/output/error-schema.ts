// What a command with --json prints when it fails early, declared once: its type and schema/error.v1.json come from here.
import * as v from 'valibot';
import type { DeepReadonly } from '../../core/deep-readonly.ts';

export const failure = v.strictObject({
  schema: v.literal('multivisor.error/v1'),
  error: v.strictObject({ exitCode: v.pipe(v.number(), v.integer()), message: v.string() }),
});

export type FailureReport = DeepReadonly<v.InferOutput<typeof failure>>;
