// The configuration of a project that runs: with the options and in the environment of its start.
import type { LoadedProject } from '../load-project.ts';
import { loadProject } from '../load-project.ts';
import type { CallerPlace } from '../find-project.ts';
import type { ProjectOptions } from '../options.ts';
import { NO_OPTIONS } from '../options.ts';
import type { Environment } from '../project-files.ts';
import type { ProjectWorld } from '../project-world.ts';
import { RUN_VARIABLE, readProc } from '../run-directory/orphans.ts';
import type { ProjectState } from '../run-directory/state-file.ts';
import { readState } from '../run-directory/state-file.ts';
import type { KnownProject } from './find-running.ts';

export type LoadAsStarted = {
  readonly known: Pick<KnownProject, 'dir' | 'run'>;
  readonly options: ProjectOptions;
  readonly world: ProjectWorld;
  /** Of supervisord; null: it does not run. */
  readonly pid: number | null;
};

export type AsStarted = {
  readonly loaded: LoadedProject;
  readonly all: ProjectOptions;
  readonly place: CallerPlace;
  readonly state: ProjectState | null;
};

/** What this call says otherwise, wins. */
export async function loadAsStarted({ known, options, world, pid }: LoadAsStarted): Promise<AsStarted> {
  const state = readState(known.run);
  const asked = Object.entries(options).filter(([key, value]) => {
    const plain: unknown = Reflect.get(NO_OPTIONS, key);
    return Array.isArray(value) ? value.length > 0 : value !== plain;
  });
  const all: ProjectOptions = { ...NO_OPTIONS, ...state?.options, ...Object.fromEntries(asked) };
  const env = { ...((pid === null ? null : environmentOf(pid)) ?? world.env), ...state?.told };
  const place = { cwd: state?.cwd ?? world.cwd, env: { ...env, MULTIVISOR_PROJECT_DIR: known.dir } };
  const loaded = await loadProject({ options: all, place, self: world.self, signal: world.signal });
  return { loaded, all, place, state };
}

/** What supervisord was started with; null when the system does not tell. */
function environmentOf(pid: number): Environment | null {
  const entries = readProc(pid, 'environ')
    .split('\0')
    .filter((entry) => entry.includes('='));
  if (entries.length === 0) return null;
  const pairs = entries.map(
    (entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)] as const,
  );
  return Object.fromEntries(pairs.filter(([name]) => name !== RUN_VARIABLE));
}
