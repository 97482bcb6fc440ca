// schema/*.json out of the schemas that the code's own types come from. What they say is published: only ever added to.
import type { JsonSchema, OverrideActionContext } from '@valibot/to-json-schema';
import { toJsonSchema } from '@valibot/to-json-schema';
import { format } from 'prettier';
import type { GenericSchema } from 'valibot';
import { eventsLine } from '../../src/core/view/published/events-schema.ts';
import { failure } from '../../src/cli/output/error-schema.ts';
import { outcomes } from '../../src/cli/output/outcomes-schema.ts';
import { availabilityReport } from '../../src/core/view/published/report-schema.ts';
import { watchLine } from '../../src/cli/output/watch/watch-schema.ts';
import {
  ERROR_UNLESS_REACHABLE,
  processCounts,
  state,
  status,
  statusProcess,
  statusSupervisor,
} from '../../src/core/view/published/status-schema.ts';

const ADDED_ONLY = 'Fields are only ever added within v1.';
const STATUS_PARTS = { state, supervisor: statusSupervisor, process: statusProcess, counts: processCounts };

type Document = {
  readonly schema: GenericSchema;
  readonly title: string;
  readonly description?: string;
  readonly definitions?: Readonly<Record<string, GenericSchema>>;
  /** Named parts that stand in another file, whose name goes before. */
  readonly elsewhere?: Readonly<Record<string, GenericSchema>>;
};

const DOCUMENTS: Readonly<Record<string, Document>> = {
  'status.v1.json': {
    schema: status,
    title: 'multivisor status --json',
    description: ADDED_ONLY,
    definitions: STATUS_PARTS,
  },
  'watch.v1.json': {
    schema: watchLine,
    title: 'One line of multivisor watch --json',
    elsewhere: { status, process: statusProcess, supervisor: statusSupervisor },
  },
  'events.v1.json': {
    schema: eventsLine,
    title: 'One line of multivisor events --json',
    description: ADDED_ONLY,
  },
  'report.v1.json': {
    schema: availabilityReport,
    title: 'multivisor report --json',
    description: ADDED_ONLY,
  },
  'outcomes.v1.json': {
    schema: outcomes,
    title: 'start, stop, restart, signal, clear, reread, update, reload and shutdown with --json',
    description: `One result per target, in their order. ${ADDED_ONLY}`,
  },
  'error.v1.json': {
    schema: failure,
    title: 'What a command with --json prints when it fails before it has anything else to tell',
    description: `On one line. ${ADDED_ONLY}`,
  },
};

/** Name → text of each file. */
export async function jsonSchemas(): Promise<ReadonlyMap<string, string>> {
  const files = Object.entries(DOCUMENTS).map(async ([name, document]) => {
    const text = JSON.stringify(toDocument(name, document));
    return [name, await format(text, { parser: 'json', printWidth: 120 })] as const;
  });
  return new Map(await Promise.all(files));
}

function toDocument(name: string, { schema, title, description, definitions, elsewhere }: Document): object {
  const { $schema, ...shape } = toJsonSchema(schema, {
    target: 'draft-2020-12',
    overrideAction,
    definitions: { ...(definitions ?? elsewhere) },
    overrideRef: ({ referenceId }) => {
      if (elsewhere === undefined) return `#/$defs/${referenceId}`;
      return referenceId === 'status' ? 'status.v1.json' : `status.v1.json#/$defs/${referenceId}`;
    },
  });
  if (elsewhere !== undefined) delete shape.$defs;
  return { $schema, $id: name, title, ...(description !== undefined && { description }), ...shape };
}

function overrideAction({ valibotAction, jsonSchema }: OverrideActionContext): JsonSchema | null {
  if (valibotAction.type !== 'check') return null;
  if (!('message' in valibotAction) || valibotAction.message !== ERROR_UNLESS_REACHABLE) {
    throw new Error('this check has no form in a JSON Schema yet');
  }
  const reached: JsonSchema = { properties: { reachable: { const: true }, error: { type: 'null' } } };
  const unreached: JsonSchema = { properties: { reachable: { const: false }, error: { type: 'object' } } };
  return { ...jsonSchema, anyOf: [reached, unreached] };
}
