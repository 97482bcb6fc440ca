// The agents of the original multivisor, as its users run them: the other side of our tests, never more than a program.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { firstThatRuns, installIntoVenv, onPath } from './private-venv.ts';

const VENV = fileURLToPath(new URL('../../.cache/multivisor-rpc-venv', import.meta.url));
/** Its second form is loaded by supervisord itself, which must therefore live in the same environment. */
const PACKAGES = ['multivisor[rpc]==6.0.3', 'supervisor==4.3.0'];
/** It knows no --version, and answers --help without a supervisord. */
const PROBE = '--help';

export type MultivisorRpc = { readonly agent: string; readonly supervisord: string };

/** Where they are when they are installed; nothing is looked at. */
export function multivisorRpcPaths(): MultivisorRpc {
  const folder = join(VENV, 'bin');
  return { agent: join(folder, 'multivisor-rpc'), supervisord: join(folder, 'supervisord') };
}

/** Installs them at most once, under `.cache`. Null when they run, else the reason why there are none. */
export async function installMultivisorRpc({ signal }: { readonly signal: AbortSignal }): Promise<string | null> {
  const { agent } = multivisorRpcPaths();
  if ((await firstThatRuns([agent], { signal, probe: PROBE })) !== null) return null;
  const python = await firstThatRuns(onPath('python3'), { signal });
  if (python === null) return 'there is no python3 on PATH';
  return installIntoVenv(python, {
    venv: dirname(dirname(agent)),
    packages: PACKAGES,
    binary: agent,
    probe: PROBE,
    signal,
  });
}
