// supervisord of earlier years, in environments of their own under `.cache`: what runs on hosts that nobody touches.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { firstThatRuns, installIntoVenv, onPath } from './private-venv.ts';

const CACHE = fileURLToPath(new URL('../../.cache', import.meta.url));

export const OLD_SUPERVISORS = ['4.0.4', '4.1.0', '4.2.5'] as const;
export type OldSupervisor = (typeof OLD_SUPERVISORS)[number];

/** They look themselves up by pkg_resources, which Python 3.12 does not bring along and setuptools 81 leaves out. */
const SETUPTOOLS = 'setuptools==80.9.0';

/** 4.0 wants it from where Python 3.8 has taken it away, in a module that 3.13 does not have. */
const CGI_ESCAPE = `import html, sys, types
try:
    import cgi
except ImportError:
    cgi = sys.modules['cgi'] = types.ModuleType('cgi')
if not hasattr(cgi, 'escape'):
    cgi.escape = html.escape
`;

/** Where it is when it is installed; nothing is looked at. */
export function oldSupervisord(version: OldSupervisor): string {
  return join(CACHE, `supervisor-${version}-venv`, 'bin', 'supervisord');
}

/** Installs it at most once. Null when it runs, else the reason why there is none. */
export async function installOldSupervisor(
  version: OldSupervisor,
  { signal }: { readonly signal: AbortSignal },
): Promise<string | null> {
  const binary = oldSupervisord(version);
  if ((await firstThatRuns([binary], { signal })) !== null) return null;
  const python = await firstThatRuns(onPath('python3'), { signal });
  if (python === null) return 'there is no python3 on PATH';
  const venv = dirname(dirname(binary));
  const packages = [`supervisor==${version}`, SETUPTOOLS];
  return installIntoVenv(python, { venv, packages, binary, prelude: CGI_ESCAPE, signal });
}
