// Which project is meant, where it is, and with which Python it runs.
import { readFileSync } from 'node:fs';
import { basename, delimiter, dirname, isAbsolute, join, resolve } from 'node:path';
import type { ProjectOptions } from './options.ts';
import { ProjectError } from './project-error.ts';
import type { Environment } from './project-files.ts';
import { ancestors, findOnPath, isDirectory, isExecutable, isFile } from './project-files.ts';

export type ProjectKind = 'django' | 'config' | 'procfile';

export type Project = {
  readonly dir: string;
  readonly kind: ProjectKind;
  /** The configuration that was named or found; null: the project's settings decide. */
  readonly configFile: string | null;
  /** Of a Django project: its settings module. */
  readonly settings: string | null;
  /** The same, but for what only manage.py says. */
  readonly namedSettings: string | null;
};

export type CallerPlace = { readonly cwd: string; readonly env: Environment };

/** Throws ProjectError with what to do. Nothing of the project is run to find it. */
export function findProject(options: ProjectOptions, { cwd, env }: CallerPlace): Project {
  const dir = findProjectDir(options, { cwd, env });
  const given = options.configFile;
  const configFile = given === null ? null : resolveConfig(given, cwd, dir);
  if (configFile !== null && isProcfile(configFile)) {
    return { dir, kind: 'procfile', configFile, settings: null, namedSettings: null };
  }
  const manage = join(dir, 'manage.py');
  const named = options.settings ?? env['DJANGO_SETTINGS_MODULE'] ?? null;
  const settings = named ?? (isFile(manage) ? readSettings(manage) : null);
  if (isFile(manage)) return { dir, kind: 'django', configFile, settings, namedSettings: named };
  // The variable may be left over from another project of the same shell.
  if (named !== null && (options.settings !== null || hasModule(named, [dir, ...pythonPaths(options, { cwd, env })]))) {
    return { dir, kind: 'django', configFile, settings, namedSettings: named };
  }
  const own = join(dir, 'supervisord.conf');
  if (configFile !== null) return { dir, kind: 'config', configFile, settings: null, namedSettings: null };
  if (isFile(own)) return { dir, kind: 'config', configFile: own, settings: null, namedSettings: null };
  const procfile = join(dir, 'Procfile');
  if (isFile(procfile)) return { dir, kind: 'procfile', configFile: procfile, settings: null, namedSettings: null };
  throw new ProjectError(
    `${dir} has no supervisord.conf, manage.py or Procfile; write one with "multivisor project init"`,
  );
}

/** `Procfile.dev` and the like are named by hand. */
function isProcfile(path: string): boolean {
  return /^Procfile(?:\.|$)/u.test(basename(path));
}

/** For `init`, too: there the directory may still be without any configuration. */
export function findProjectDir(options: ProjectOptions, { cwd, env }: CallerPlace): string {
  if (options.projectDir !== null) {
    const dir = resolve(cwd, options.projectDir);
    if (!isDirectory(dir)) throw new ProjectError(`--project-dir ${options.projectDir}: there is no such directory`);
    return dir;
  }
  const told = env['MULTIVISOR_PROJECT_DIR'];
  if (told !== undefined && told !== '') return told;
  const above = ancestors(cwd);
  // What stands here is meant, rather than what stands above.
  const nearest = above.find((folder) => holds(folder, 'manage.py', 'supervisord.conf', 'Procfile'));
  const here = holds(cwd, 'package.json') ? cwd : nearest;
  const module = options.settings ?? env['DJANGO_SETTINGS_MODULE'];
  const bySettings = module === undefined ? null : dirOfSettings(module, { cwd, env, options });
  if (here !== undefined && (options.settings === null || here === nearest)) return here;
  if (bySettings !== null) return bySettings;
  if (options.configFile !== null) return dirname(resolve(cwd, options.configFile));
  return above.find((folder) => holds(folder, 'package.json')) ?? cwd;
}

function holds(folder: string, ...names: readonly string[]): boolean {
  return names.some((name) => isFile(join(folder, name)));
}

/** Where `init` writes: here, whatever stands above. */
export function findInitDir(options: ProjectOptions, { cwd, env }: CallerPlace): string {
  const told = env['MULTIVISOR_PROJECT_DIR'] ?? '';
  return options.projectDir === null && told === '' ? cwd : findProjectDir(options, { cwd, env });
}

/** The directory of the settings' top package when it has manage.py, else the one above. */
function dirOfSettings(
  module: string,
  { cwd, env, options }: CallerPlace & { readonly options: ProjectOptions },
): string | null {
  const top = module.split('.')[0] ?? '';
  const paths = [...pythonPaths(options, { cwd, env }), ...ancestors(cwd)];
  const packages = paths.map((path) => join(path, top));
  const candidates = packages.filter(isDirectory).flatMap((folder) => [folder, dirname(folder)]);
  const managed = candidates.find((folder) => isFile(join(folder, 'manage.py')));
  return managed ?? paths.find((path) => hasModule(module, [path])) ?? null;
}

function pythonPaths(options: ProjectOptions, { cwd, env }: CallerPlace): readonly string[] {
  return [options.pythonpath ?? '', ...(env['PYTHONPATH'] ?? '').split(delimiter)]
    .filter((path) => path !== '')
    .map((path) => resolve(cwd, path));
}

function hasModule(module: string, paths: readonly string[]): boolean {
  const path = module.replaceAll('.', '/');
  return paths.some((each) => isFile(join(each, `${path}.py`)) || isFile(join(each, path, '__init__.py')));
}

/** As a path of the shell it is relative to where one stands; a setting of the project is relative to the project. */
function resolveConfig(given: string, cwd: string, dir: string): string {
  const candidates = isAbsolute(given) ? [given] : [resolve(cwd, given), resolve(dir, given)];
  const found = candidates.find(isFile);
  if (found === undefined) throw new ProjectError(`--config-file ${given}: there is no ${candidates.join(' and no ')}`);
  return found;
}

/** What manage.py sets when nobody else did; null when it does so in another way. */
function readSettings(manage: string): string | null {
  const text = readFileSync(manage, 'utf8');
  return /DJANGO_SETTINGS_MODULE['"]\s*(?:,|\]\s*=)\s*['"]([\w.]+)['"]/u.exec(text)?.[1] ?? null;
}

const VENVS = ['.venv', 'venv', 'env'];

/**
 * The Python of the project: the one that called us, the active virtual environment, the nearest one beside or above
 * manage.py, or PATH's.
 * Never resolved: the real path of a virtual environment's Python is not in it.
 */
export function findPython(options: ProjectOptions, dir: string, { cwd, env }: CallerPlace): string | null {
  if (options.python !== null) {
    return options.python.includes('/') ? resolve(cwd, options.python) : findOnPath(options.python, env);
  }
  const told = env['MULTIVISOR_PYTHON'];
  if (told !== undefined && told !== '') return told;
  const active = env['VIRTUAL_ENV'];
  const folders = [
    ...(active ? [active] : []),
    ...ancestors(dir).flatMap((folder) => VENVS.map((name) => join(folder, name))),
  ];
  const found = folders.map((folder) => join(folder, 'bin', 'python')).find(isExecutable);
  return found ?? findOnPath('python3', env) ?? findOnPath('python', env);
}
