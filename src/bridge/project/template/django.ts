// Renders a Django project's supervisord.conf with Django's own engine, in a short-lived helper of its own Python.
import { randomInt } from 'node:crypto';
import { join, relative } from 'node:path';
import * as v from 'valibot';
import type { Rendered } from '../supervisord-conf/value-markers.ts';
import { createValueMarkers, readValueMarkers } from '../supervisord-conf/value-markers.ts';
import { ProjectError } from '../project-error.ts';
import type { Environment } from '../project-files.ts';
import { findPythonDir } from '../project-files.ts';
import { runHelper } from './run-python.ts';

export type DjangoRequest = {
  readonly projectDir: string;
  readonly python: string;
  /** The settings module; null when manage.py says it. */
  readonly settings: string | null;
  /** Runs up to where it hands over to Django; null: it has already, or there is none. */
  readonly manage: string | null;
  /** Goes before everything else on sys.path, after the project itself. */
  readonly pythonpath: readonly string[];
  /** Null: the setting SUPERVISOR_CONFIG_FILE, or supervisord.conf. */
  readonly configFile: string | null;
  readonly supervisorOptions: string;
  readonly autoescape: boolean;
  /** False: as far as there is one. */
  readonly needsSecretKey: boolean;
  readonly env: Environment;
};

export type RenderedFile = { readonly file: string; readonly rendered: Rendered };

/** What a project's settings say, whichever language they are in. */
export type ProjectFacts = {
  readonly debug: boolean;
  readonly secretKey: string | null;
  readonly patterns: readonly string[];
  readonly ignorePatterns: readonly string[];
  readonly appDirs: readonly string[];
  /** `djsupervisor` is an installed app that the project's own Python does not find. */
  readonly appIsMissing: boolean;
  /** Variables that manage.py has set. */
  readonly environment: Readonly<Record<string, string>>;
  /** The project's own file last. */
  readonly files: readonly RenderedFile[];
  readonly warnings: readonly string[];
};

const answerSchema = v.variant('ok', [
  v.object({
    ok: v.literal(true),
    debug: v.boolean(),
    secretKey: v.nullable(v.string()),
    patterns: v.array(v.string()),
    ignorePatterns: v.array(v.string()),
    appDirs: v.array(v.string()),
    appIsMissing: v.boolean(),
    environment: v.record(v.string(), v.string()),
    sources: v.array(v.object({ file: v.string(), text: v.string() })),
  }),
  v.object({
    ok: v.literal(false),
    kind: v.picklist(['template', 'settings', 'no-django', 'no-config']),
    message: v.string(),
    file: v.nullable(v.string()),
    line: v.nullable(v.number()),
  }),
]);

type Failure = Extract<v.InferOutput<typeof answerSchema>, { ok: false }>;

const DEADLINE_MS = 10_000;

export async function renderDjango(
  request: DjangoRequest,
  { signal, deadlineMs = DEADLINE_MS }: { readonly signal: AbortSignal; readonly deadlineMs?: number },
): Promise<ProjectFacts> {
  const markers = createValueMarkers(String(randomInt(1e12, 9e12)));
  const { projectDir, python } = request;
  const run = await runHelper(python, [join(findPythonDir(), 'multivisor_render.py')], {
    request: JSON.stringify({
      projectDir,
      python,
      settings: request.settings,
      manage: request.manage,
      path: [projectDir, ...request.pythonpath],
      configFile: request.configFile,
      options: request.supervisorOptions,
      autoescape: request.autoescape,
      needsSecretKey: request.needsSecretKey,
      markers,
    }),
    cwd: projectDir,
    // Bytecode of a project is the project's own business, and the directory may be read-only.
    env: { ...request.env, PYTHONDONTWRITEBYTECODE: '1', PYTHONIOENCODING: 'utf-8' },
    deadlineMs,
    signal,
  });
  const named = request.settings ?? 'the settings';
  switch (run.end) {
    case 'missing':
      throw new ProjectError(
        `${python} could not be run (${run.reason}); name the Python of this project with --python`,
      );
    case 'late':
      throw new ProjectError(
        `${named} took more than ${deadlineMs / 1000} s to load; does it wait for a network, a database or a lock?`,
      );
    case 'silent':
      throw new ProjectError(`loading ${named} ended Python before it could answer${run.words && `: ${run.words}`}`);
    case 'answered':
      break;
  }
  const parsed = v.safeParse(answerSchema, JSON.parse(run.answer));
  if (!parsed.success) throw new ProjectError(`the helper of ${python} answered something else; reinstall multivisor`);
  if (!parsed.output.ok) throw toError(parsed.output, request);
  const { sources, ok: _, ...facts } = parsed.output;
  const files = sources.map(({ file, text }) => {
    const rendered = readValueMarkers(text, markers);
    if (rendered === null) {
      throw new ProjectError(
        `${file}: a {% filter %} block changed where values begin and end; put it into the values`,
      );
    }
    return { file, rendered };
  });
  return { ...facts, files, warnings: [] };
}

function toError(failure: Failure, request: DjangoRequest): ProjectError {
  const { message, file, line, kind } = failure;
  const place =
    file === null ? '' : `${relative(request.projectDir, file) || file}${line === null ? '' : `:${line}`}: `;
  switch (kind) {
    case 'template':
      return new ProjectError(`${place}${message}`);
    case 'no-config':
      return new ProjectError(
        `there is no ${file ?? 'supervisord.conf'}; write one with "multivisor project init", or name it with --config-file`,
      );
    case 'no-django':
      return new ProjectError(
        `${request.python} cannot import Django (${message}); activate the virtual environment, or name its Python with --python`,
      );
    case 'settings':
      return new ProjectError(`${place}${message} (while loading ${request.settings ?? 'the settings'})`);
  }
}
