// The supervisord of a project that runs already: found by what its start left in the run directory, or by what its
// configuration says. Nothing of the project is imported while that is there.
import { LinkFailure } from '../../link/link-failure.ts';
import { pause } from '../../link/pause.ts';
import { RpcFault } from '../../supervisord-api/xml-rpc/rpc.ts';
import type { ControlClient } from './supervisord-client.ts';
import { createControlClient } from './supervisord-client.ts';
import type { ControlEndpoint } from '../supervisord-conf/control-channel.ts';
import { FAULT } from '../../supervisord-api/xml-rpc/faults.ts';
import { findProjectDir } from '../find-project.ts';
import { loadProject } from '../load-project.ts';
import type { ProjectOptions } from '../options.ts';
import type { ProjectState } from '../run-directory/state-file.ts';
import { readState } from '../run-directory/state-file.ts';
import type { ProjectWorld } from '../project-world.ts';
import type { RunDirectory } from '../run-directory/paths.ts';
import { toRunDirectory } from '../run-directory/paths.ts';

export type KnownProject = {
  readonly dir: string;
  readonly run: RunDirectory;
  /** Null: nobody started it through us. */
  readonly state: ProjectState | null;
  readonly endpoint: ControlEndpoint;
};

/** Where the supervisord of this project is, or would be. Throws ProjectError when neither says. */
export async function findRunning(options: ProjectOptions, world: ProjectWorld): Promise<KnownProject> {
  const dir = findProjectDir(options, world);
  const run = toRunDirectory(dir, world.env);
  const state = readState(run);
  if (state) return { dir, run, state, endpoint: state.endpoint };
  const { endpoint } = await loadProject({ options, place: world, self: world.self, signal: world.signal });
  return { dir, run, state, endpoint };
}

const POLL_EVERY_MS = 20;

/** Its pid when it answers; null when nobody is there, or not any more. Whoever hangs is a LinkFailure. */
export async function askPid(client: ControlClient): Promise<number | null> {
  for (;;) {
    try {
      return Number(await client.ask('supervisor.getPID'));
    } catch (error) {
      if (isAbsent(error)) return null;
      if (!isEnding(error)) throw error;
      // It is about to go, or to come again; the client's own signal ends this.
      await pause(POLL_EVERY_MS, client.signal);
    }
  }
}

/** It is shutting down or restarting. */
export function isEnding(error: unknown): boolean {
  return error instanceof RpcFault && error.faultCode === FAULT.SHUTDOWN_STATE;
}

/** Nobody listens there, or went away in the middle of it. */
export function isAbsent(error: unknown): boolean {
  return error instanceof LinkFailure && ['refused', 'unreachable', 'closed'].includes(error.code);
}

export async function withClient<T>(
  endpoint: ControlEndpoint,
  signal: AbortSignal,
  work: (client: ControlClient) => Promise<T>,
): Promise<T> {
  const client = createControlClient(endpoint, signal);
  try {
    return await work(client);
  } finally {
    client.close();
  }
}
