// The description of /api/v1 for programs that make clients of it, made of the schemas that check it. A test holds it to
// the routes and to their answers.
import type { ConversionConfig, JsonSchema } from '@valibot/to-json-schema';
import { toJsonSchema, toJsonSchemaDefs } from '@valibot/to-json-schema';
import type * as v from 'valibot';
import {
  processCounts,
  state,
  status,
  statusProcess,
  statusSupervisor,
} from '../../core/view/published/status-schema.ts';
import { muteSchema } from '../../core/alerts/incident-schema.ts';
import { shownIncident } from '../../core/wire/alerts-schema.ts';
import { outcome } from '../../core/wire/messages.ts';
import { reason, transition } from '../../core/wire/model-schema.ts';
import { incidentsAnswer, muteBody, mutesAnswer, unmuteBody } from './alerts-api-schema.ts';
import {
  commandResult,
  logsQuery,
  problem,
  processCommand,
  statusQuery,
  supervisorCommand,
  supervisors,
  timeline,
  timelineQuery,
  historyQuery,
  pastEvents,
} from './api-v1-schema.ts';
import { availabilityReport } from '../../core/view/published/report-schema.ts';

const SCHEMAS = {
  Message: problem,
  Status: status,
  Supervisor: statusSupervisor,
  Supervisors: supervisors,
  Process: statusProcess,
  ProcessState: state,
  ProcessCounts: processCounts,
  Timeline: timeline,
  Events: pastEvents,
  Report: availabilityReport,
  Transition: transition,
  Reason: reason,
  Outcome: outcome,
  ProcessCommand: processCommand,
  SupervisorCommand: supervisorCommand,
  CommandResult: commandResult,
  Incident: shownIncident,
  Incidents: incidentsAnswer,
  Mute: muteSchema,
  Mutes: mutesAnswer,
  MuteRequest: muteBody,
  UnmuteRequest: unmuteBody,
};

const CONFIG = {
  target: 'draft-2020-12',
  typeMode: 'output',
  ignoreActions: ['check'],
  overrideRef: ({ referenceId }) => refTo(referenceId).$ref,
  // What is described here may grow, and a client must not stumble over it.
  overrideSchema: ({ jsonSchema }) => {
    const { additionalProperties, ...open } = jsonSchema;
    return additionalProperties === false ? open : jsonSchema;
  },
} satisfies ConversionConfig;

function refTo(name: string) {
  return { $ref: `#/components/schemas/${name}` };
}

const EVENTS = 'text/event-stream';

function answer(description: string, schema: unknown, ...types: readonly string[]) {
  const kinds = types.length === 0 ? ['application/json'] : types;
  // An event is no part of a text, and this version of OpenAPI has no word for what is.
  return { description, content: Object.fromEntries(kinds.map((type) => [type, type === EVENTS ? {} : { schema }])) };
}

const PROBLEMS = {
  400: 'Not understood',
  401: 'Nobody is logged in',
  403: 'The role is not enough, or the supervisor is read-only',
  404: 'There is no such thing',
  405: 'The path does not know the method',
  409: 'Something else is under way on it',
  413: 'The request is too long',
  415: 'The body is no JSON and no form',
  421: 'The server is not called by this name',
  429: 'Too many wrong logins; Retry-After says when to come again',
  500: 'It failed, or the targets failed for different reasons',
  502: 'supervisord refused it',
  503: 'The supervisor cannot be reached, or the server is about to end',
  504: 'The supervisor did not answer in time',
} as const;
const ALWAYS = [400, 401, 403, 405, 413, 415, 421, 429, 500, 503] as const;
/** Of what goes on to a supervisord. */
const PASSED_ON = [404, 409, 502, 504] as const;

function problems(...more: readonly (keyof typeof PROBLEMS)[]) {
  return Object.fromEntries([...ALWAYS, ...more].map((code) => [code, answer(PROBLEMS[code], refTo('Message'))]));
}

function body(name: string) {
  return { required: true, content: { 'application/json': { schema: refTo(name) } } };
}

/** A default stands there as text, as in the address; the description says it. */
function parameters({ entries }: v.ObjectSchema<v.ObjectEntries, undefined>) {
  return Object.entries(entries).map(([name, entry]) => {
    const { $schema: _, default: __, description, ...schema }: JsonSchema = toJsonSchema(entry, CONFIG);
    return { name, in: 'query', schema, description };
  });
}

export function toOpenApi(version: string) {
  return {
    openapi: '3.1.0',
    info: { title: 'multivisor', version, description: 'Every supervisord you have, seen and steered.' },
    servers: [{ url: '.' }],
    security: [{ token: [] }, { password: [] }, {}],
    paths: {
      '/api/v1/status': {
        get: {
          operationId: 'getStatus',
          summary: 'Everything that is known',
          parameters: parameters(statusQuery),
          responses: { 200: answer('What `multivisor status --json` prints', refTo('Status')), ...problems() },
        },
      },
      '/api/v1/supervisors': {
        get: {
          operationId: 'getSupervisors',
          summary: 'The supervisors alone',
          responses: { 200: answer('In the order of the configuration', refTo('Supervisors')), ...problems() },
        },
      },
      '/api/v1/timeline': {
        get: {
          operationId: 'getTimeline',
          summary: 'What happened, newest last',
          parameters: parameters(timelineQuery),
          responses: { 200: answer('Ids are of one epoch', refTo('Timeline')), ...problems() },
        },
      },
      '/api/v1/events': {
        get: {
          operationId: 'getEvents',
          summary: 'What happened, oldest first, as far back as the main logs of the hosts reach',
          parameters: parameters(historyQuery),
          responses: { 200: answer('As `events --json` tells it', refTo('Events')), ...problems() },
        },
      },
      '/api/v1/report': {
        get: {
          operationId: 'getReport',
          summary: 'How available each process was, how often it crashed, and why; the worst first',
          parameters: parameters(historyQuery),
          responses: { 200: answer('As `report --json` tells it', refTo('Report')), ...problems() },
        },
      },
      '/api/v1/commands': {
        post: {
          operationId: 'runCommand',
          summary: 'Do something to processes (targets are uids, or select) or supervisors (targets are names)',
          requestBody: {
            required: true,
            content: {
              'application/json': { schema: { anyOf: [refTo('ProcessCommand'), refTo('SupervisorCommand')] } },
            },
          },
          responses: {
            200: answer('Some worked; `ok` says whether all did', refTo('CommandResult')),
            ...problems(...PASSED_ON),
          },
        },
      },
      '/api/v1/incidents': {
        get: {
          operationId: 'getIncidents',
          summary: 'What people are told of: open incidents, and the last ones that are over',
          responses: {
            200: answer('Newest first; a viewer sees no line of a log', refTo('Incidents')),
            ...problems(404),
          },
        },
      },
      '/api/v1/mutes': {
        get: {
          operationId: 'getMutes',
          summary: 'What nobody is told of for a while',
          responses: { 200: answer('Those that are not over', refTo('Mutes')), ...problems(404) },
        },
        post: {
          operationId: 'mute',
          summary: 'Tell nobody of these processes for so long',
          requestBody: body('MuteRequest'),
          responses: { 200: answer('All of them, with the new one last', refTo('Mutes')), ...problems(404) },
        },
      },
      '/api/v1/unmute': {
        post: {
          operationId: 'unmute',
          summary: 'Tell of them again',
          requestBody: body('UnmuteRequest'),
          responses: { 200: answer('Those that are left', refTo('Mutes')), ...problems(404) },
        },
      },
      '/api/v1/logs/{uid}': {
        get: {
          operationId: 'getLog',
          summary: 'The end of a log, or a log as it is written',
          parameters: [
            { name: 'uid', in: 'path', required: true, schema: { type: 'string', minLength: 1 } },
            ...parameters(logsQuery),
          ],
          responses: {
            200: answer('Text, or events', { type: 'string' }, 'text/plain', EVENTS),
            ...problems(...PASSED_ON),
          },
        },
      },
    },
    components: {
      schemas: toJsonSchemaDefs(SCHEMAS, CONFIG),
      securitySchemes: { token: { type: 'http', scheme: 'bearer' }, password: { type: 'http', scheme: 'basic' } },
    },
  };
}
