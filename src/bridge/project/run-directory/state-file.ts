// How the supervisord of a project was started: to find it again, and to render its file again in the same way.
import * as v from 'valibot';
import type { ProjectOptions } from '../options.ts';
import type { RunDirectory } from './paths.ts';
import { readPrivate, writePrivate } from './paths.ts';

const nullableText = v.nullable(v.string());
const texts = v.pipe(v.array(v.string()), v.readonly());

const optionsSchema = v.object({
  daemonize: v.boolean(),
  pidfile: nullableText,
  logfile: nullableText,
  projectDir: nullableText,
  configFile: nullableText,
  envFile: nullableText,
  launch: texts,
  nolaunch: texts,
  exclude: texts,
  include: texts,
  autoreload: texts,
  noreload: v.boolean(),
  settings: nullableText,
  pythonpath: nullableText,
  python: nullableText,
  noAttach: v.boolean(),
  legacyEndpoint: v.boolean(),
  autoescape: v.boolean(),
  poll: v.boolean(),
  raw: v.boolean(),
  // An earlier version did not write these.
  exitOn: v.exactOptional(v.nullable(v.picklist(['fail', 'any', 'all'])), null),
  scale: v.exactOptional(texts, []),
  port: v.exactOptional(nullableText, null),
  only: v.exactOptional(texts, []),
}) satisfies v.GenericSchema<Partial<ProjectOptions>, ProjectOptions>;

const stateSchema = v.object({
  projectDir: v.string(),
  options: optionsSchema,
  cwd: v.string(),
  /** What manage.py told us in its environment. */
  told: v.record(v.string(), v.string()),
  endpoint: v.object({
    address: v.variant('kind', [
      v.object({ kind: v.literal('unix'), path: v.string() }),
      v.object({
        kind: v.literal('tcp'),
        protocol: v.picklist(['http', 'https', 'detect']),
        host: v.string(),
        port: v.number(),
        path: v.string(),
      }),
    ]),
    credentials: v.nullable(v.object({ username: v.string(), password: v.string() })),
    serverurl: v.string(),
  }),
});

export type ProjectState = v.InferOutput<typeof stateSchema>;

export function readState(run: RunDirectory): ProjectState | null {
  return readPrivate(run.state, stateSchema);
}

/** Holds the password of the control channel: nobody else may read it. */
export function writeState(run: RunDirectory, state: ProjectState): void {
  writePrivate(run.state, JSON.stringify(state));
}
