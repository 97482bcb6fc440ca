// A supervisord that really runs, for the demonstration, the benchmarks and the tests, on a machine that may have none.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installWithApt } from './install-with-apt.ts';
import { firstThatRuns, installIntoVenv, onPath } from './private-venv.ts';

// 4.3.0 is the first release that does without pkg_resources, which Python 3.12 no longer brings along.
const PINNED = 'supervisor==4.3.0';
const VENV = fileURLToPath(new URL('../../.cache/supervisor-venv', import.meta.url));
const DEBIAN_PATH = '/usr/bin/supervisord';

/**
 * The absolute path of a supervisord that runs: the one on PATH, else a private one under `.cache`, else the
 * distribution's. Installs at most once, says on stderr what it installs, and may be called by many processes at once.
 */
export async function findSupervisord(options: { readonly signal?: AbortSignal } = {}): Promise<string> {
  const signal = options.signal ?? new AbortController().signal;
  const venvBinary = join(VENV, 'bin', 'supervisord');
  const present =
    (await firstThatRuns(onPath('supervisord'), { signal })) ?? (await firstThatRuns([venvBinary], { signal }));
  if (present !== null) return present;

  const reasons: string[] = [];
  const python = await firstThatRuns(onPath('python3'), { signal });
  if (python === null) reasons.push('there is no python3 on PATH');
  else {
    const failure = await installIntoVenv(python, { venv: VENV, packages: [PINNED], binary: venvBinary, signal });
    if (failure === null) return venvBinary;
    reasons.push(failure);
  }
  const failure = await installDebianPackage(signal);
  if (failure === null) return DEBIAN_PATH;
  reasons.push(failure);
  throw new Error(
    `No supervisord was found and none could be installed:\n  - ${reasons.join('\n  - ')}\n` +
      'Install one (apt-get install supervisor, or pip install supervisor) and put it on PATH.',
  );
}

/** Null when it worked, else the reason. */
async function installDebianPackage(signal: AbortSignal): Promise<string | null> {
  const failure = await installWithApt(['supervisor'], signal);
  if (failure !== null) return failure;
  return (await firstThatRuns([DEBIAN_PATH], { signal })) === null ? `${DEBIAN_PATH} does not run` : null;
}
