// The watcher: a program under the supervisord of a project that restarts the others when their code changes. It goes by
// the plan in the run directory, so a project whose settings cannot be read is watched all the same.
import { setTimeout as after } from 'node:timers';
import { LinkFailure } from '../../link/link-failure.ts';
import { createDebounce } from './debounce.ts';
import { gitIgnored } from './git-ignored.ts';
import type { LoopGuard } from './loop-guard.ts';
import { createLoopGuard } from './loop-guard.ts';
import type { ControlClient } from '../daemon/supervisord-client.ts';
import { createControlClient } from '../daemon/supervisord-client.ts';
import { withDeadline } from '../../link/deadline.ts';
import { ignores, matchesAny } from './patterns.ts';
import { ProjectError } from '../project-error.ts';
import { endLeftBehind } from '../run-directory/orphans.ts';
import { clearFromNow } from '../daemon/clear-after-crashes.ts';
import { readState } from '../run-directory/state-file.ts';
import type { ProjectWorld } from '../project-world.ts';
import type { RestartTarget } from './restart-programs.ts';
import { restartPrograms } from './restart-programs.ts';
import type { RunDirectory } from '../run-directory/paths.ts';
import { readPrivate } from '../run-directory/paths.ts';
import { settle } from '../daemon/start.ts';
import { watchFiles } from './watch-files.ts';
import type { WatchPlan } from '../run-directory/watch-plan.ts';
import { watchPlanSchema } from '../run-directory/watch-plan.ts';

const QUIET_MS = 100;
const LONGEST_MS = 1_000;
const SETTLE_MS = 15_000;
const SHOWN = 3;

export async function runAutoreload(run: RunDirectory, world: ProjectWorld): Promise<number> {
  const read = () => readPrivate(run.plan, watchPlanSchema);
  const plan = read();
  const state = readState(run);
  if (!plan || !state) {
    throw new ProjectError('autoreload is a program of a running project; start it with "multivisor project"');
  }
  const client = createControlClient(state.endpoint, world.signal);
  const guard = createLoopGuard(() => performance.now());
  const changes = createDebounce<string>({
    quietMs: QUIET_MS,
    longestMs: LONGEST_MS,
    // A reread may have changed the programs since.
    work: (paths) => restartFor(paths, { runDir: run.dir, guard, plan: read() ?? plan, client, world }),
    now: () => performance.now(),
    after: (ms, callback) => {
      const timer = after(callback, ms);
      return () => clearTimeout(timer);
    },
  });
  const relevant = relevance(plan);
  const byPattern = ignores(plan.ignorePatterns, plan.ignoredPaths, plan.directories);
  const byGit = plan.gitignore ? gitIgnored(plan.directories) : () => false;
  await watchFiles({
    directories: plan.directories,
    ignored: (path) => byPattern(path) || byGit(path),
    relevant,
    poll: plan.poll,
    onChange: changes.push,
    onPoll: (reason) => world.out(`autoreload: ${reason}: looking at every file twice a second instead\n`),
    onError: (error) => world.out(`autoreload: ${error instanceof Error ? error.message : String(error)}\n`),
    signal: world.signal,
  });
  world.out(`autoreload: watching ${plan.directories.join(', ')}${plan.poll ? ' by polling' : ''}\n`);
  const over = new AbortController();
  const signal = AbortSignal.any([world.signal, over.signal]);
  const clearing = clearFromNow(plan.mainLog, { runDir: run.dir, signal });
  await ending(world);
  over.abort();
  await clearing;
  changes.stop();
  client.close();
  return 0;
}

/** Whether any program is interested; a program's own patterns may be wider than the project's. */
function relevance(plan: WatchPlan): (path: string) => boolean {
  const globs = [...plan.patterns, ...plan.programs.flatMap(({ patterns }) => patterns ?? [])];
  const rules = plan.directories.map((root) => matchesAny(globs, root));
  return (path) => rules.some((rule) => rule(path));
}

type Restarting = {
  readonly runDir: string;
  readonly guard: LoopGuard;
  readonly plan: WatchPlan;
  readonly client: ControlClient;
  readonly world: ProjectWorld;
};

async function restartFor(paths: readonly string[], { runDir, guard, plan, client, world }: Restarting): Promise<void> {
  if (targetsFor(paths, plan).length === 0) return;
  const { paths: changed, looping } = guard.admit(paths);
  looping.forEach((path) => {
    world.out(
      `autoreload: ${path} changes after each restart, so its changes restart nothing any more; ` +
        'whatever writes it should write elsewhere, or name it in autoreload_ignore\n',
    );
  });
  const targets = targetsFor(changed, plan);
  if (targets.length === 0) return;
  const more = changed.length > SHOWN ? ` and ${changed.length - SHOWN} more` : '';
  world.out(`autoreload: ${changed.slice(0, SHOWN).join(', ')}${more} changed\n`);
  try {
    const results = await restartPrograms(client, targets, {
      signal: world.signal,
      // Whoever runs us is that supervisord.
      beforeStart: () => endLeftBehind(runDir, { supervisord: process.ppid, signal: world.signal }),
    });
    guard.restarted();
    const failed = results.filter(({ failure }) => failure !== null);
    failed.forEach(({ target, failure }) => world.out(`autoreload: ${target} was not restarted: ${failure}\n`));
    // Its loop would notice only a second later that they have come up.
    settle(client, { signal: withDeadline(world.signal, SETTLE_MS) }).catch((error: unknown) => tell(error, world));
  } catch (error) {
    tell(error, world);
  }
}

function tell(error: unknown, world: ProjectWorld): void {
  if (world.signal.aborted) return;
  if (!(error instanceof LinkFailure)) throw error;
  world.out(`autoreload: ${error.message}\n`);
}

/** The processes of the programs that one of these files belongs to. */
function targetsFor(paths: readonly string[], plan: WatchPlan): readonly RestartTarget[] {
  return plan.programs.flatMap(({ patterns, ignore, directories, signal, retry, targets }) => {
    const rules = plan.directories.map((root) => matchesAny(patterns ?? plan.patterns, root));
    const ignored = plan.directories.map((root) => matchesAny(ignore, root));
    const isOurs = (path: string): boolean =>
      rules.some((rule) => rule(path)) &&
      !ignored.some((rule) => rule(path)) &&
      (directories.length === 0 || directories.some((dir) => path.startsWith(`${dir}/`)));
    return paths.some(isOurs) ? targets.map((target) => ({ target, signal, retry })) : [];
  });
}

/** Until asked to end, or until supervisord is gone: it holds the other end of our standard input. */
function ending({ signal, stdin }: ProjectWorld): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
    stdin.once('end', resolve).resume();
  });
}
