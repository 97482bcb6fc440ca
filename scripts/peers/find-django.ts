// Django in environments of its own under `.cache`, for the tests, the benchmarks and the demonstration.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { firstThatRuns, installIntoVenv, onPath } from './private-venv.ts';

const CACHE = fileURLToPath(new URL('../../.cache', import.meta.url));

/** The last release of the two lines with long support that run on the same Python. */
export const DJANGO_VERSIONS = ['5.2', '4.2'] as const;
export type DjangoVersion = (typeof DJANGO_VERSIONS)[number];

const PACKAGES: Readonly<Record<DjangoVersion, string>> = { '5.2': 'django==5.2', '4.2': 'django==4.2.30' };

/** The Python that imports it, when it is installed; nothing is looked at. */
export function djangoPython(version: DjangoVersion): string {
  return join(CACHE, `django-${version}-venv`, 'bin', 'python');
}

/** Installs it at most once. Null when it is there, else the reason why not. */
export async function installDjango(
  version: DjangoVersion,
  { signal }: { readonly signal: AbortSignal },
): Promise<string | null> {
  const binary = join(dirname(djangoPython(version)), 'django-admin');
  if ((await firstThatRuns([binary], { signal })) !== null) return null;
  const python = await firstThatRuns(onPath('python3'), { signal });
  if (python === null) return 'there is no python3 on PATH';
  const venv = dirname(dirname(binary));
  return installIntoVenv(python, { venv, packages: [PACKAGES[version]], binary, signal });
}
