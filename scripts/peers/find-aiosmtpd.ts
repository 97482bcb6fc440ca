// aiosmtpd, a mail server that keeps what it takes.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { firstThatRuns, installIntoVenv, onPath } from './private-venv.ts';

/** The Python that imports it, when it is installed; nothing is looked at. */
export function aiosmtpdPython(): string {
  return fileURLToPath(new URL('../../.cache/aiosmtpd-venv/bin/python', import.meta.url));
}

/** Installs it at most once, under `.cache`. Null when it runs, else the reason why not. */
export async function installAiosmtpd({ signal }: { readonly signal: AbortSignal }): Promise<string | null> {
  const binary = `${dirname(aiosmtpdPython())}/aiosmtpd`;
  if ((await firstThatRuns([binary], { signal })) !== null) return null;
  const python = await firstThatRuns(onPath('python3'), { signal });
  if (python === null) return 'there is no python3 on PATH';
  const venv = dirname(dirname(binary));
  return installIntoVenv(python, { venv, packages: ['aiosmtpd==1.4.6'], binary, signal });
}
