// A project directory → the configuration that supervisord is given, and where it is reached.
import { readFileSync } from 'node:fs';
import { delimiter, dirname, join, relative, resolve } from 'node:path';
import type { BuiltInOptions } from './supervisord-conf/built-in-layers.ts';
import { toBuiltInLayer, toCommandLineLayer } from './supervisord-conf/built-in-layers.ts';
import type { ControlEndpoint } from './supervisord-conf/control-channel.ts';
import { addControlChannel } from './supervisord-conf/control-channel.ts';
import type { CallerPlace, Project } from './find-project.ts';
import { findProject, findPython } from './find-project.ts';
import type { Layer, Merged } from './supervisord-conf/layers.ts';
import { overlay } from './supervisord-conf/layers.ts';
import { knownPrograms } from './supervisord-conf/known-programs.ts';
import { toScaleLayer } from './supervisord-conf/scale.ts';
import { toLegacyEndpoint } from './supervisord-conf/legacy-endpoint.ts';
import { localise } from './supervisord-conf/localise.ts';
import { mergeLayers } from './supervisord-conf/merge.ts';
import type { ProjectOptions } from './options.ts';
import { toArguments } from './options.ts';
import { arrangeOrder, saysOrder } from './order/arrange-order.ts';
import type { OrderPlan } from './order/order-plan.ts';
import { toChildEnvironment } from './environment/child-environment.ts';
import { addVariables } from './environment/add-variables.ts';
import type { DotEnv } from './environment/dot-env.ts';
import { isPort, readDotEnv } from './environment/dot-env.ts';
import { FIRST_PORT, procfileLayer } from './template/procfile.ts';
import { ProjectError } from './project-error.ts';
import { findOnPath, isFile } from './project-files.ts';
import { quoteArgument } from './supervisord-conf/quote-argument.ts';
import type { LayerProblem } from './supervisord-conf/read-layer.ts';
import { readLayer } from './supervisord-conf/read-layer.ts';
import type { ProjectFacts } from './template/django.ts';
import { renderDjango } from './template/django.ts';
import type { RunDirectory } from './run-directory/paths.ts';
import { createRunDirectory, readPassword, toRunDirectory } from './run-directory/paths.ts';
import type { WatchPlan } from './run-directory/watch-plan.ts';
import { toWatchPlan } from './run-directory/watch-plan.ts';

export type LoadOptions = {
  readonly options: ProjectOptions;
  readonly place: CallerPlace;
  /** The command line that runs `multivisor` again. */
  readonly self: readonly string[];
  readonly signal: AbortSignal;
};

export type LoadedProject = {
  readonly project: Project;
  readonly run: RunDirectory;
  readonly python: string | null;
  readonly merged: Merged;
  readonly endpoint: ControlEndpoint;
  readonly plan: WatchPlan;
  /** Null: everything is started at once. */
  readonly order: OrderPlan | null;
  /** Of `.env`. */
  readonly variables: Readonly<Record<string, string>>;
  /** What supervisord itself needs in its environment, besides that of whoever starts it. */
  readonly environment: Readonly<Record<string, string>>;
  /** As in ProjectFacts. */
  readonly appIsMissing: boolean;
  /** Runs once before the programs are started, and must succeed; null: nothing does. */
  readonly release: string | null;
  readonly warnings: readonly string[];
};

/** Throws ProjectError, with every problem of the files at once. */
export async function loadProject({ options, place, self, signal }: LoadOptions): Promise<LoadedProject> {
  const project = findProject(options, place);
  const run = toRunDirectory(project.dir, place.env);
  const python = findPython(options, project.dir, place);
  const dotEnv = withPort(toDotEnv(project, options, place), options.port);
  const { facts, layers, release } = await readProject({ project, python, dotEnv, options, place, signal });

  const [node = process.execPath, ...script] = self;
  const companion = (name: string) => [
    node,
    // It lives as long as the project: young objects are few, and need no more room than this.
    '--max-semi-space-size=1',
    ...script,
    'project',
    `--project-dir=${project.dir}`,
    ...(options.poll && name === 'autoreload' ? ['--poll'] : []),
    name,
  ];
  const builtIn: BuiltInOptions = { debug: facts.debug, runDir: run.dir, companion, ordered: saysOrder(layers) };
  const files = [toBuiltInLayer(builtIn), ...layers];
  const known = overlay(files);
  const asked = [
    ...toCommandLineLayer(options, known, (path) => resolve(place.cwd, path)),
    ...toScaleLayer(options.scale, known),
  ];
  const { merged: plain, excluded, problems } = mergeLayers([...files, asked]);
  throwProblems(problems, project.dir);
  const { merged: complete, rest } = addVariables(plain, dotEnv);
  const environment = { ...facts.environment, ...rest };
  const env = toChildEnvironment(place.env, { python, settings: project.settings, more: environment });
  const {
    merged,
    order,
    problems: circular,
  } = arrangeOrder(complete, {
    excluded,
    only: knownPrograms(options.only, complete),
    projectDir: project.dir,
    env,
  });
  throwProblems(circular, project.dir);

  createRunDirectory(run);
  const password = readPassword(run);
  const derived = facts.secretKey === null ? null : toLegacyEndpoint(facts.secretKey);
  const control = addControlChannel(merged, {
    socketPath: run.socket,
    password,
    // As django-supervisor filled it in, so that its users' own tools still get in.
    login: { username: derived?.username ?? 'project', password: derived?.password ?? password },
    legacy: options.legacyEndpoint ? derived : null,
    env: place.env,
    projectDir: project.dir,
  });
  const plan = toWatchPlan(merged, {
    // Also what stands in it as a link to elsewhere, whose changes are told by its own name.
    directories: [project.dir, ...facts.appDirs.filter((dir) => !isBelow(dir, [project.dir]))],
    patterns: [...facts.patterns],
    ignorePatterns: [...facts.ignorePatterns],
    poll: options.poll,
    runDir: run.dir,
  });
  return {
    project,
    run,
    python,
    ...control,
    plan,
    order,
    variables: dotEnv.variables,
    environment,
    appIsMissing: facts.appIsMissing,
    release,
    warnings: facts.warnings,
  };
}

/** Django's projects read theirs by themselves, each in its own way; one that is named is meant. */
function toDotEnv(project: Project, { envFile }: ProjectOptions, { cwd }: CallerPlace): DotEnv {
  if (project.kind === 'django' && envFile === null) return { file: null, variables: {} };
  return readDotEnv(envFile, { cwd, projectDir: dirname(project.configFile ?? join(project.dir, '.env')) });
}

/** What a Procfile counts from, and what everybody else has. */
function withPort({ file, variables }: DotEnv, port: string | null): DotEnv {
  return port === null ? { file, variables } : { file: file ?? '--port', variables: { ...variables, PORT: port } };
}

/** Whether it is one of these directories, or in one. */
function isBelow(path: string, directories: readonly string[]): boolean {
  return directories.some((dir) => `${path}/`.startsWith(`${dir}/`));
}

type ReadOptions = Pick<LoadOptions, 'options' | 'place' | 'signal'> & {
  readonly project: Project;
  readonly python: string | null;
  readonly dotEnv: DotEnv;
};

/** Of a project in another language: what its author edits. */
const SOURCE_PATTERNS = ['*.js', '*.mjs', '*.cjs', '*.jsx', '*.ts', '*.mts', '*.cts', '*.tsx', '*.py', '*.rb'];
const IGNORE_PATTERNS = ['.*', '#*', '*~'];

type ProjectText = {
  readonly facts: ProjectFacts;
  readonly layers: readonly Layer[];
  readonly release: string | null;
};

async function readProject(read: ReadOptions): Promise<ProjectText> {
  const { project, python, dotEnv, options, place, signal } = read;
  const debug = place.env['NODE_ENV'] !== 'production';
  const plain: ProjectFacts = {
    debug,
    secretKey: null,
    patterns: SOURCE_PATTERNS,
    ignorePatterns: IGNORE_PATTERNS,
    appDirs: [],
    appIsMissing: false,
    environment: {},
    files: [],
    warnings: [],
  };
  if (project.kind === 'django') {
    if (python === null)
      throw new ProjectError('there is no python3 on PATH; name the Python of this project with --python');
    const manage = join(project.dir, 'manage.py');
    const pythonpath = [options.pythonpath ?? '', ...(place.env['MULTIVISOR_PYTHONPATH'] ?? '').split(delimiter)];
    const facts = await renderDjango(
      {
        projectDir: project.dir,
        python,
        settings: project.namedSettings,
        // Called by manage.py, what it prepared is in our environment.
        manage: isFile(manage) && !place.env['MULTIVISOR_PYTHONPATH'] ? manage : null,
        pythonpath: pythonpath.filter((path) => path !== '').map((path) => resolve(place.cwd, path)),
        configFile: project.configFile,
        supervisorOptions: toArguments(options).map(quoteArgument).join(' '),
        autoescape: options.autoescape,
        needsSecretKey: options.legacyEndpoint,
        env: { ...place.env, ...dotEnv.variables },
      },
      { signal },
    );
    return { facts, layers: readFiles(facts, project.dir), release: null };
  }
  if (options.legacyEndpoint) {
    throw new ProjectError('--legacy-endpoint follows from SECRET_KEY, which only a Django project has');
  }
  const file = project.configFile ?? '';
  if (project.kind === 'procfile') {
    const port = dotEnv.variables['PORT'] ?? (isPort(place.env['PORT'] ?? '') ? place.env['PORT'] : FIRST_PORT);
    const { layer, release, problems } = procfileLayer({ file, text: readFileSync(file, 'utf8'), port: Number(port) });
    throwProblems(problems, project.dir);
    return { facts: plain, layers: [layer], release };
  }
  // Loading its engine takes longer than all else that a Procfile or a Django project needs.
  const { renderJinja } = await import('./template/jinja.ts');
  const rendered = renderJinja({
    projectDir: project.dir,
    file,
    autoescape: options.autoescape,
    context: {
      PROJECT_DIR: project.dir,
      PYTHON: python ?? 'python3',
      NODE: findOnPath('node', place.env) ?? process.execPath,
      SUPERVISOR_OPTIONS: toArguments(options).map(quoteArgument).join(' '),
      settings: { DEBUG: debug },
      environ: { ...place.env, ...dotEnv.variables },
    },
  });
  const facts = { ...plain, files: [rendered], warnings: rendered.warnings };
  return { facts, layers: readFiles(facts, project.dir), release: null };
}

function readFiles(facts: ProjectFacts, projectDir: string): readonly Layer[] {
  const read = facts.files.map(({ file, rendered }) => ({ dir: dirname(file), ...readLayer(rendered, file) }));
  throwProblems(
    read.flatMap(({ problems }) => problems),
    projectDir,
  );
  return read.map(({ layer, dir }) => localise(layer, { dir }));
}

function throwProblems(problems: readonly LayerProblem[], projectDir: string): void {
  if (problems.length === 0) return;
  const lines = problems.map(({ file, line, message }) => {
    return file === '' ? message : `${relative(projectDir, file) || file}:${line}: ${message}`;
  });
  throw new ProjectError(lines.join('\n'));
}
