import { run } from './run.ts';

const DEADLINE_MS = 300_000;

/** Installs a Debian package as root and says so. Null when it worked, else the reason. */
export async function installWithApt(name: string, signal: AbortSignal): Promise<string | null> {
  const probe = await run('apt-get', ['--version'], { signal, timeoutMs: 20_000 });
  if (!probe.ok) return 'there is no apt-get';
  if (process.getuid?.() !== 0) return `apt-get install ${name} needs root`;
  process.stderr.write(`multivisor: installing the package ${name} with apt-get\n`);
  const step = { signal, timeoutMs: DEADLINE_MS, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  // apt serialises its callers itself; without the option the second one fails at once.
  const wait = ['-o', 'DPkg::Lock::Timeout=240', '-qq'];
  // A failed update is no reason to stop: the lists that are there may do.
  const updated = await run('apt-get', [...wait, 'update'], step);
  const installed = await run('apt-get', [...wait, 'install', '-y', '--no-install-recommends', name], step);
  if (installed.ok) return null;
  const failures = [updated, installed].filter((result) => !result.ok);
  const words = failures.map((result) => result.output.trim().split('\n').slice(-3).join(' | '));
  return `apt-get install ${name} failed: ${words.join(' | ')}`;
}
