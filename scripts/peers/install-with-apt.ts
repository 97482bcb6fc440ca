import { run, type RunResult } from '../run.ts';

const DEADLINE_MS = 600_000;
const DISABLE_MS = 20_000;
const LOCK = '/run/lock/multivisor-apt';

/**
 * Debian starts the services of what it installs unless policy-rc.d says no. Where there is none, it is ours for as long
 * as the lock is held; one of ours that is there already was left by somebody who was killed.
 */
const INSTALL = `
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ] || grep -q 'multivisor: no service' "$policy"; then
  trap 'rm -f "$policy"' EXIT
  trap 'exit 1' HUP INT TERM
  printf '#!/bin/sh\\n# multivisor: no service is started\\nexit 101\\n' > "$policy"
  chmod 755 "$policy"
fi
apt() { apt-get -o DPkg::Lock::Timeout=240 -qq "$@"; }
install() { apt install -y --no-install-recommends "$@"; }
install "$@" || { apt update && install "$@"; }
`;

/** Nobody asked for these at the next boot either. */
const SERVICES: Readonly<Record<string, string>> = {
  supervisor: 'supervisor',
  'nginx-light': 'nginx',
  haproxy: 'haproxy',
  'openssh-server': 'ssh',
  'prometheus-alertmanager': 'prometheus-alertmanager',
};

/** Installs Debian packages as root, all of them in one go, and says so. Null when it worked, else the reason. */
export async function installWithApt(names: readonly string[], signal: AbortSignal): Promise<string | null> {
  const all = names.join(' ');
  const probe = await run('apt-get', ['--version'], { signal, timeoutMs: DISABLE_MS });
  if (!probe.ok) return 'there is no apt-get';
  if (process.getuid?.() !== 0) return `apt-get install ${all} needs root`;
  process.stderr.write(`multivisor: installing with apt-get: ${all}\n`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const installed = await run('flock', [LOCK, 'sh', '-c', INSTALL, 'sh', ...names], {
    signal,
    timeoutMs: DEADLINE_MS,
    env,
  });
  if (!installed.ok) return `apt-get install ${all} failed: ${lastLines(installed)}`;
  for (const service of names.flatMap((name) => SERVICES[name] ?? [])) {
    await run('update-rc.d', [service, 'disable'], { signal, timeoutMs: DISABLE_MS });
  }
  return null;
}

function lastLines({ output }: RunResult): string {
  return output.trim().split('\n').slice(-3).join(' | ');
}
