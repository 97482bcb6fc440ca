// honcho, which runs Procfiles: what they mean is read off it.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { firstThatRuns, installIntoVenv, onPath } from './private-venv.ts';

/** Where it is when it is installed; nothing is looked at. */
export function honchoPath(): string {
  return fileURLToPath(new URL('../../.cache/honcho-venv/bin/honcho', import.meta.url));
}

/** Installs it at most once, under `.cache`. Null when it runs, else the reason why not. */
export async function installHoncho({ signal }: { readonly signal: AbortSignal }): Promise<string | null> {
  const binary = honchoPath();
  if ((await firstThatRuns([binary], { signal })) !== null) return null;
  const python = await firstThatRuns(onPath('python3'), { signal });
  if (python === null) return 'there is no python3 on PATH';
  const venv = dirname(dirname(binary));
  return installIntoVenv(python, { venv, packages: ['honcho==2.0.0'], binary, signal });
}
