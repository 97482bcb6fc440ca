// A project in a configuration of many supervisors: where it listens, whether or not it runs.
import type { ProjectAddress } from '../../core/config/types.ts';
import { ProjectError } from './project-error.ts';
import type { Environment } from './project-files.ts';
import { isDirectory } from './project-files.ts';
import { readState } from './run-directory/state-file.ts';
import { createRunDirectory, readPassword, toRunDirectory } from './run-directory/paths.ts';

/** What its last start said; before the first one, the socket that it will have unless it brings a server section. */
export function findProjectAddress(dir: string, env: Environment): ProjectAddress {
  if (!isDirectory(dir)) return { ok: false, message: `there is no directory ${dir}` };
  const run = toRunDirectory(dir, env);
  try {
    const state = readState(run);
    if (state) {
      const { serverurl, address, credentials } = state.endpoint;
      return { ok: true, url: serverurl, address, credentials, runDir: run.dir };
    }
    createRunDirectory(run);
  } catch (error) {
    if (!(error instanceof ProjectError)) throw error;
    return { ok: false, message: error.message };
  }
  const credentials = { username: 'project', password: readPassword(run) };
  return {
    ok: true,
    url: `unix://${run.socket}`,
    address: { kind: 'unix', path: run.socket },
    credentials,
    runDir: run.dir,
  };
}
