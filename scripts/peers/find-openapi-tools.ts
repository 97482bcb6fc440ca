// Who reads our openapi.json for others: schemathesis, which tries every operation, and a generator of Python clients.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { firstThatRuns, installIntoVenv, onPath } from './private-venv.ts';

const PACKAGES = ['schemathesis==4.32.5', 'openapi-python-client==0.29.1'];

export type OpenApiTools = { readonly schemathesis: string; readonly generator: string; readonly python: string };

/** Where they are when they are installed; nothing is looked at. */
export function openApiTools(): OpenApiTools {
  return { schemathesis: pathOf('schemathesis'), generator: pathOf('openapi-python-client'), python: pathOf('python') };
}

/** Installs them at most once, under `.cache`. Null when they run, else the reason why not. */
export async function installOpenApiTools({ signal }: { readonly signal: AbortSignal }): Promise<string | null> {
  const { schemathesis, generator } = openApiTools();
  const found = await Promise.all([schemathesis, generator].map((path) => firstThatRuns([path], { signal })));
  if (!found.includes(null)) return null;
  const python = await firstThatRuns(onPath('python3'), { signal });
  if (python === null) return 'there is no python3 on PATH';
  const venv = dirname(dirname(schemathesis));
  return installIntoVenv(python, { venv, packages: PACKAGES, binary: generator, signal });
}

function pathOf(name: string): string {
  return fileURLToPath(new URL(`../../.cache/openapi-tools-venv/bin/${name}`, import.meta.url));
}
