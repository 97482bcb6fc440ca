// The command line of the original multivisor, as its users run it: the other side of a test, never more than a program.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { firstThatRuns, installIntoVenv, onPath } from './private-venv.ts';

const PACKAGES = ['multivisor[cli]==7.1.0'];
/** It knows no --version, and answers --help without a server. */
const PROBE = '--help';

/** Where it is when it is installed; nothing is looked at. */
export function multivisorCliPath(): string {
  return fileURLToPath(new URL('../../.cache/multivisor-cli-venv/bin/multivisor-cli', import.meta.url));
}

/** Installs it at most once, under `.cache`. Null when it runs, else the reason why there is none. */
export async function installMultivisorCli({ signal }: { readonly signal: AbortSignal }): Promise<string | null> {
  const binary = multivisorCliPath();
  if ((await firstThatRuns([binary], { signal, probe: PROBE })) !== null) return null;
  const python = await firstThatRuns(onPath('python3'), { signal });
  if (python === null) return 'there is no python3 on PATH';
  return installIntoVenv(python, { venv: dirname(dirname(binary)), packages: PACKAGES, binary, probe: PROBE, signal });
}
