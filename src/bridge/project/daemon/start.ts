// Starts the real supervisord of a project, once: whoever comes second finds the first.
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { raise } from '../../../core/own-faults.ts';
import { pause } from '../../link/pause.ts';
import type { ControlClient } from './supervisord-client.ts';
import type { ControlEndpoint } from '../supervisord-conf/control-channel.ts';
import type { LoadedProject } from '../load-project.ts';
import { locateSupervisord } from './locate-supervisord.ts';
import { withDeadline } from '../../link/deadline.ts';
import type { ProjectOptions } from '../options.ts';
import { ProjectError } from '../project-error.ts';
import { TOLD, toChildEnvironment } from '../environment/child-environment.ts';
import { lockRunDirectory } from '../run-directory/lock.ts';
import { readState, writeState } from '../run-directory/state-file.ts';
import type { ProjectWorld } from '../project-world.ts';
import { askPid, withClient } from './find-running.ts';
import { createRunDirectory, writePrivate } from '../run-directory/paths.ts';
import { RUN_VARIABLE, endOrphans } from '../run-directory/orphans.ts';
import { writeOrderNotes } from '../order/order-notes.ts';
import { writeOrderPlan } from '../order/order-plan.ts';
import { runRelease } from './run-release.ts';
import { writeConfig } from '../supervisord-conf/write-config.ts';

export type Started =
  /** Somebody else had started it. */
  | { readonly kind: 'attached'; readonly pid: number; readonly endpoint: ControlEndpoint }
  /** `child` is null for a daemon. */
  | { readonly kind: 'started'; readonly pid: number; readonly child: ChildProcess | null };

const LOCK_MS = 60_000;
const ANSWER_MS = 20_000;
const POLL_EVERY_MS = 10;
const KEPT = 4_000;
const LAST_WORDS_MS = 1_000;

/** Resolves as soon as supervisord answers. `quiet`: its log does not go to our stdout. */
export async function startProject(
  loaded: LoadedProject,
  options: ProjectOptions,
  { world, quiet }: { readonly world: ProjectWorld; readonly quiet: boolean },
): Promise<Started> {
  const { run, endpoint } = loaded;
  if (process.platform !== 'linux') {
    throw new ProjectError(
      `a project can be started on Linux only, as what its programs leave behind is known by /proc; this is ${process.platform}`,
      { exitCode: 1 },
    );
  }
  createRunDirectory(run);
  const release = await lockRunDirectory(run.dir, {
    signal: withDeadline(world.signal, LOCK_MS),
  });
  try {
    const known = readState(run)?.endpoint ?? endpoint;
    const running = await withClient(known, world.signal, askPid);
    if (running !== null) return { kind: 'attached', pid: running, endpoint: known };
    const orphans = await endOrphans(run.dir, { signal: world.signal });
    if (orphans > 0) world.err(`stopped ${orphans} processes that an earlier supervisord had left behind\n`);
    const env = toChildEnvironment(world.env, {
      python: loaded.python,
      settings: loaded.project.settings,
      more: { ...loaded.variables, ...loaded.environment },
    });
    if (loaded.release !== null) {
      await runRelease(loaded.release, { cwd: loaded.project.dir, env, signal: world.signal });
    }
    writeRun(loaded, options, world);
    // What was said of those that an earlier supervisord ran.
    writeOrderNotes(run, {});
    return await launch(loaded, options, { world, quiet });
  } finally {
    release();
  }
}

/** What supervisord and the watcher read, and how to do it again. */
export function writeRun(
  loaded: LoadedProject,
  options: ProjectOptions,
  world: Pick<ProjectWorld, 'env' | 'cwd'>,
): void {
  const { run, endpoint, plan, order, merged, project } = loaded;
  const told = Object.fromEntries(TOLD.flatMap((name) => (world.env[name] ? [[name, world.env[name]]] : [])));
  writePrivate(run.config, writeConfig(merged));
  writePrivate(run.plan, JSON.stringify(plan));
  writeOrderPlan(run, order ?? { programs: [], mainLog: null });
  writeState(run, { projectDir: project.dir, options, cwd: world.cwd, told, endpoint });
}

async function launch(
  loaded: LoadedProject,
  options: ProjectOptions,
  { world, quiet }: { readonly world: ProjectWorld; readonly quiet: boolean },
): Promise<Started> {
  const { run, project, endpoint, python } = loaded;
  const [command = '', ...args] = await locateSupervisord(python, world.env);
  // A session of its own: Ctrl-C is for us, who then end it and wait for it.
  const child = spawn(command, [...args, '-c', run.config], {
    cwd: project.dir,
    env: toChildEnvironment(world.env, {
      python,
      settings: project.settings,
      more: { ...loaded.environment, [RUN_VARIABLE]: run.dir },
    }),
    detached: true,
    // What it prints to a pipe would end it, once we are gone; its log says the same.
    stdio: ['ignore', quiet ? 'ignore' : 'inherit', quiet ? 'pipe' : 'inherit'],
  });
  let words = '';
  const keep = (text: string) => (words = (words + text).slice(-KEPT));
  child.stdout?.setEncoding('utf8').on('data', keep);
  child.stderr?.setEncoding('utf8').on('data', keep);
  const failed = new AbortController();
  child.once('error', (error) => failed.abort(new ProjectError(`${command} could not be started: ${error.message}`)));
  const fail = (code: number | null) => {
    const said = words && `:\n${words.trim()}`;
    failed.abort(new ProjectError(`supervisord ended instead of starting${said}`, { exitCode: code || 1 }));
  };
  child.once('exit', (code) => {
    if (options.daemonize && code === 0) return;
    // What it said last may still be on its way, unless somebody else holds its outputs.
    Promise.race([once(child, 'close'), pause(LAST_WORDS_MS, world.signal)])
      .finally(() => fail(code))
      .catch(raise);
  });
  const signal = AbortSignal.any([failed.signal, world.signal]);
  try {
    const pid = await withClient(endpoint, signal, (client) => untilItAnswers(client, signal));
    return { kind: 'started', pid, child: options.daemonize ? null : child };
  } catch (error) {
    if (failed.signal.aborted) throw failed.signal.reason;
    const gone = once(child, 'exit');
    if (child.kill('SIGTERM')) await gone;
    throw error;
  }
}

async function untilItAnswers(client: ControlClient, signal: AbortSignal): Promise<number> {
  const end = performance.now() + ANSWER_MS;
  while (performance.now() < end) {
    const pid = await askPid(client);
    signal.throwIfAborted();
    if (pid !== null) return pid;
    await pause(POLL_EVERY_MS, signal);
    signal.throwIfAborted();
  }
  const { serverurl } = client.endpoint;
  throw new ProjectError(`supervisord does not answer at ${serverurl} after ${ANSWER_MS / 1000} s; see its log`, {
    exitCode: 1,
  });
}

/** Calls for haste until every program has come up or failed to, as supervisord's loop sleeps up to a second. */
export async function settle(client: ControlClient, { signal }: { readonly signal: AbortSignal }): Promise<void> {
  await client.hurry(async () => {
    while (!signal.aborted) {
      const all = await client.readAll();
      if (all.every(({ state }) => state !== 'STARTING')) return;
      await pause(POLL_EVERY_MS * 5, signal);
    }
  });
}
