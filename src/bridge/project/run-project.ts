// `multivisor project [options] [command …]`: from the arguments to what they ask for.
import { relative, resolve } from 'node:path';
import { checkProject } from './supervisord-conf/check.ts';
import { CTL_NAMES, runCtl } from './supervisorctl/run.ts';
import { findInitDir, findProjectDir } from './find-project.ts';
import { writeStarter } from './init.ts';
import { loadAsStarted } from './daemon/load-as-started.ts';
import { readState } from './run-directory/state-file.ts';
import type { LoadedProject } from './load-project.ts';
import { loadProject } from './load-project.ts';
import type { ProjectArguments, ProjectOptions } from './options.ts';
import { ProjectError } from './project-error.ts';
import { findOnPath, findPythonDir, isDirectory, isExecutable } from './project-files.ts';
import type { ProjectWorld } from './project-world.ts';
import { toRunDirectory } from './run-directory/paths.ts';
import { askPid, findRunning, withClient } from './daemon/find-running.ts';
import { locateSupervisord } from './daemon/locate-supervisord.ts';
import { toChildEnvironment } from './environment/child-environment.ts';
import { askSupervisord } from './supervisord-conf/ask-supervisord.ts';
import { UnknownWordError } from './supervisord-conf/known-programs.ts';
import { CTL_EXIT } from './supervisorctl/texts.ts';
import { runAsProgram } from './run-command.ts';
import { runShell } from './supervisorctl/shell.ts';
import { runStart } from './start-command.ts';
import { writeRun } from './daemon/start.ts';
import { explainConfig, writeConfig } from './supervisord-conf/write-config.ts';

/** The exit code. Throws ProjectError for what the user can put right. */
export async function runProject(asked: ProjectArguments, world: ProjectWorld): Promise<number> {
  const { options, command, args } = asked;
  switch (command) {
    case null:
      return runStart(options, world);
    case 'getconfig':
      return getConfig(options, args, world);
    case 'check':
      return check(options, world);
    case 'run':
      return runAsProgram(args, { options, world });
    case 'init':
      world.out(`${writeStarter(findInitDir(options, world))}\n`);
      return 0;
    case 'django-path':
      world.out(`${findPythonDir()}\n`);
      return 0;
    case 'autoreload': {
      const { runAutoreload } = await import('./autoreload/run.ts');
      return runAutoreload(toRunDirectory(findProjectDir(options, world), world.env), world);
    }
    case 'readiness': {
      const { runReadiness } = await import('./order/run.ts');
      return runReadiness(toRunDirectory(findProjectDir(options, world), world.env), world);
    }
    case 'shell':
      return runShell({ known: await findRunning(options, world), options, world });
    default:
      // The name of a command is never taken for that of a program: `--` stands before one that has it.
      if (!CTL_NAMES.includes(command)) return startOnly([command, ...args], { options, world });
      return runCtl({ name: command, args }, { known: await findRunning(options, world), options, world });
  }
}

async function startOnly(
  only: readonly string[],
  { options, world }: { readonly options: ProjectOptions; readonly world: ProjectWorld },
): Promise<number> {
  try {
    return await runStart({ ...options, only }, world);
  } catch (error) {
    if (!(error instanceof UnknownWordError)) throw error;
    // As supervisorctl says it.
    world.out(`*** Unknown syntax: ${only.join(' ')}\n`);
    world.err(`${error.message}\n`);
    return CTL_EXIT.generic;
  }
}

async function getConfig(options: ProjectOptions, args: readonly string[], world: ProjectWorld): Promise<number> {
  const unknown = args.find((arg) => arg !== '--explain');
  if (unknown !== undefined) throw new ProjectError(`getconfig has no option ${unknown}; it knows --explain`);
  const { loaded, running } = await loadCurrent(options, world);
  loaded.warnings.forEach((warning) => world.err(`${warning}\n`));
  if (args.length > 0) {
    world.out(explainConfig(loaded.merged, (file) => relative(loaded.project.dir, file) || file));
    return 0;
  }
  // Whoever starts this by hand has the watcher and the control commands, too.
  if (running === null) writeRun(loaded, options, world);
  world.out(writeConfig(loaded.merged));
  return 0;
}

/** Of a project that runs: what `update` would put into effect; of any other: what a start would. */
async function loadCurrent(
  options: ProjectOptions,
  world: ProjectWorld,
): Promise<{ readonly loaded: LoadedProject; readonly running: number | null }> {
  const dir = findProjectDir(options, world);
  const run = toRunDirectory(dir, world.env);
  const state = readState(run);
  const pid = state && (await withClient(state.endpoint, world.signal, askPid));
  if (pid !== null)
    return { loaded: (await loadAsStarted({ known: { dir, run }, options, world, pid })).loaded, running: pid };
  const loaded = await loadProject({ options, place: world, self: world.self, signal: world.signal });
  return { loaded, running: await withClient(loaded.endpoint, world.signal, askPid) };
}

async function check(options: ProjectOptions, world: ProjectWorld): Promise<number> {
  const { signal } = world;
  const { merged, project, python, appIsMissing, environment, variables, warnings } = await loadProject({
    options,
    place: world,
    self: world.self,
    signal,
  });
  const shorten = (file: string) => relative(project.dir, file) || file;
  // supervisord looks for commands from where it runs, and with what it is given.
  const more = { ...variables, ...environment };
  const env = toChildEnvironment(world.env, { python, settings: project.settings, more });
  const found = checkProject(merged, {
    shorten,
    isCommand: (word) =>
      word.includes('/') ? isExecutable(resolve(project.dir, word)) : findOnPath(word, env) !== null,
    isDirectory: (path) => isDirectory(resolve(project.dir, path)),
  });
  const supervisord = await locateSupervisord(python, world.env);
  const refused = await askSupervisord(merged, { supervisord, projectDir: project.dir, env, shorten, signal });
  const missing =
    `"djsupervisor" is in INSTALLED_APPS, but ${python} cannot import it, so manage.py cannot start; ` +
    `install it with: ${python} -m pip install ${findPythonDir()}`;
  const problems = [...warnings, ...(appIsMissing ? [missing] : []), ...new Set([...found, ...refused])];
  problems.forEach((problem) => world.out(`${problem}\n`));
  const programs = [...merged.keys()].filter((name) => name.startsWith('program:')).length;
  if (problems.length === 0) world.out(`${project.dir}: ${programs} programs, nothing to complain about\n`);
  return problems.length === 0 ? 0 : 2;
}
