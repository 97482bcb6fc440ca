// The description of /api/v1 for programs that make clients of it. A test holds it to the routes and to their answers.
import type { Route } from '../http/route.ts';
import { json } from '../http/reply.ts';

const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;
const number = { type: 'number' } as const;
const orNull = (type: string) => ({ type: [type, 'null'] });
const refTo = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const object = (properties: Readonly<Record<string, unknown>>, optional: readonly string[] = []) => ({
  type: 'object',
  required: Object.keys(properties).filter((key) => !optional.includes(key)),
  properties,
});
const listOf = (items: unknown) => ({ type: 'array', items });

const SCHEMAS = {
  Message: object({ message: text }),
  Supervisor: object({
    name: text,
    url: text,
    reachable: flag,
    stale: flag,
    state: orNull('string'),
    identification: orNull('string'),
    version: orNull('string'),
    apiVersion: orNull('string'),
    pid: orNull('number'),
    latencyMs: orNull('number'),
    source: { enum: ['event', 'log', 'poll', null] },
    error: { anyOf: [{ type: 'null' }, object({ code: text, message: text })] },
  }),
  Process: object({
    uid: text,
    supervisor: text,
    group: text,
    name: text,
    state: text,
    statecode: number,
    pid: orNull('number'),
    startedAt: orNull('string'),
    stoppedAt: orNull('string'),
    uptimeSeconds: orNull('number'),
    exitStatus: orNull('number'),
    spawnError: text,
    description: text,
    stdoutLog: text,
    stderrLog: text,
    stale: flag,
  }),
  Status: object({
    schema: { const: 'multivisor.status/v1' },
    generatedAt: text,
    name: text,
    supervisors: listOf(refTo('Supervisor')),
    processes: listOf(refTo('Process')),
    summary: object({
      supervisors: object({ total: number, up: number, down: number }),
      processes: object({ total: number, running: number, stopped: number, byState: { type: 'object' } }),
    }),
  }),
  Transition: object({
    id: number,
    at: number,
    uid: text,
    from: orNull('string'),
    to: text,
    reason: { type: ['object', 'null'] },
    by: orNull('string'),
    source: text,
    pid: orNull('number'),
    lastWords: { type: ['object', 'null'] },
  }),
  Outcome: object(
    {
      target: text,
      ok: flag,
      code: text,
      message: text,
      from: orNull('string'),
      to: orNull('string'),
      difference: { type: 'object' },
    },
    ['difference'],
  ),
  Command: object(
    {
      action: { enum: ['start', 'stop', 'restart', 'signal', 'clear', 'reread', 'update', 'reload', 'shutdown'] },
      targets: listOf(text),
      select: listOf(text),
      signal: text,
      wait: flag,
      timeoutMs: number,
      roll: object({ batch: number, pauseMs: number, maxFailures: number }),
    },
    ['targets', 'select', 'signal', 'wait', 'timeoutMs', 'roll'],
  ),
};

const answer = (description: string, schema: unknown, type = 'application/json') => ({
  description,
  content: { [type]: { schema } },
});
const PROBLEMS = {
  '400': answer('Not understood', refTo('Message')),
  '401': answer('Nobody is logged in', refTo('Message')),
  '403': answer('The role is not enough', refTo('Message')),
  '404': answer('There is no such thing', refTo('Message')),
};
const query = (name: string, schema: unknown, description: string) => ({ name, in: 'query', schema, description });

export function toOpenApi(version: string) {
  return {
    openapi: '3.1.0',
    info: { title: 'multivisor', version, description: 'Every supervisord you have, seen and steered.' },
    servers: [{ url: '.' }],
    security: [{ token: [] }, { password: [] }, {}],
    paths: {
      '/api/v1/status': {
        get: {
          summary: 'Everything that is known',
          parameters: [query('select', listOf(text), 'Selectors as on the command line; several add up')],
          responses: { '200': answer('What `multivisor status --json` prints', refTo('Status')), ...PROBLEMS },
        },
      },
      '/api/v1/supervisors': {
        get: {
          summary: 'The supervisors alone',
          responses: {
            '200': answer('By the configuration', object({ supervisors: listOf(refTo('Supervisor')) })),
            ...PROBLEMS,
          },
        },
      },
      '/api/v1/timeline': {
        get: {
          summary: 'What happened, newest last',
          parameters: [
            query('after', number, 'Only with a higher id'),
            query('limit', number, 'At most so many (200)'),
          ],
          responses: {
            '200': answer('Ids are of one epoch', object({ epoch: text, transitions: listOf(refTo('Transition')) })),
            ...PROBLEMS,
          },
        },
      },
      '/api/v1/commands': {
        post: {
          summary: 'Do something to processes (targets are uids, or select) or supervisors (targets are names)',
          requestBody: { required: true, content: { 'application/json': { schema: refTo('Command') } } },
          responses: {
            '200': answer('All worked', object({ ok: flag, outcomes: listOf(refTo('Outcome')) })),
            default: answer(
              'Some failed: one outcome per target',
              object({ ok: flag, outcomes: listOf(refTo('Outcome')) }),
            ),
            ...PROBLEMS,
          },
        },
      },
      '/api/v1/logs/{uid}': {
        get: {
          summary: 'The end of a log, or a log as it is written',
          parameters: [
            { name: 'uid', in: 'path', required: true, schema: text },
            query('stream', { enum: ['stdout', 'stderr'] }, 'stdout'),
            query('bytes', number, 'How much of its end (65536)'),
            query('follow', text, 'Events instead of text: text, gap, error'),
            query('download', text, 'As a file'),
          ],
          responses: { '200': answer('Text, or events', text, 'text/plain'), ...PROBLEMS },
        },
      },
    },
    components: {
      schemas: SCHEMAS,
      securitySchemes: { token: { type: 'http', scheme: 'bearer' }, password: { type: 'http', scheme: 'basic' } },
    },
  };
}

export function toOpenApiRoutes(version: string): readonly Route[] {
  return [{ method: 'GET', path: '/openapi.json', access: 'everybody', handle: () => json(toOpenApi(version)) }];
}
