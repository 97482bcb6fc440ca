// The programs that tests need, brought before they run: Debian's packages in one go, Python's side by side with them.
import { findPeer, type Peer } from '../../test/helpers/peers.ts';
import { installAiosmtpd } from './find-aiosmtpd.ts';
import { DJANGO_VERSIONS, installDjango } from './find-django.ts';
import { installOldSupervisor, OLD_SUPERVISORS } from './find-old-supervisors.ts';
import { installHoncho } from './find-honcho.ts';
import { installMultivisorCli } from './find-multivisor-cli.ts';
import { installOpenApiTools } from './find-openapi-tools.ts';
import { installMultivisorRpc } from './find-multivisor-rpc.ts';
import { installWithApt } from './install-with-apt.ts';

/** By the package that brings them. */
const PACKAGES = {
  tmux: 'tmux',
  curl: 'curl',
  chromium: 'chromium',
  groff: 'groff-base',
  zsh: 'zsh',
  fish: 'fish',
  nginx: 'nginx-light',
  haproxy: 'haproxy',
  sshd: 'openssh-server',
  logrotate: 'logrotate',
  faketime: 'faketime',
  alertmanager: 'prometheus-alertmanager',
} as const satisfies Partial<Record<Peer, string>>;

type PythonPeer = {
  readonly name: string;
  /** What a test says that needs it. */
  readonly word: string;
  readonly install: (options: { readonly signal: AbortSignal }) => Promise<string | null>;
};

const PYTHON: readonly PythonPeer[] = [
  { name: 'multivisor-rpc', word: 'multivisor-rpc', install: installMultivisorRpc },
  { name: 'multivisor-cli', word: 'multivisor-cli', install: installMultivisorCli },
  { name: 'aiosmtpd', word: 'aiosmtpd', install: installAiosmtpd },
  { name: 'honcho', word: 'honcho', install: installHoncho },
  { name: 'schemathesis', word: 'schemathesis', install: installOpenApiTools },
  ...OLD_SUPERVISORS.map((version) => ({
    name: `supervisor ${version}`,
    word: 'oldSupervisord',
    install: (options: { readonly signal: AbortSignal }) => installOldSupervisor(version, options),
  })),
  ...DJANGO_VERSIONS.map((version) => ({
    name: `Django ${version}`,
    word: 'django',
    install: (options: { readonly signal: AbortSignal }) => installDjango(version, options),
  })),
];

/** Installs what is missing of those that `isNeeded` says yes to. What cannot be had is told; its tests are skipped. */
export async function installPeers(isNeeded: (word: string) => boolean, signal: AbortSignal): Promise<void> {
  const missing = peersOf(PACKAGES).filter((peer) => isNeeded(peer) && findPeer(peer) === null);
  const python = PYTHON.filter(({ word }) => isNeeded(word));
  await Promise.all([
    missing.length > 0 &&
      tell(
        missing.join(', '),
        installWithApt(
          missing.map((peer) => PACKAGES[peer]),
          signal,
        ),
      ),
    ...python.map(({ name, install }) => tell(name, install({ signal }))),
  ]);
}

function peersOf<Key extends string>(packages: Readonly<Record<Key, string>>): readonly Key[] {
  const all: Key[] = [];
  for (const key in packages) all.push(key);
  return all;
}

async function tell(name: string, installing: Promise<string | null>): Promise<void> {
  const failure = await installing;
  if (failure !== null) process.stderr.write(`multivisor: no ${name}: ${failure}\n`);
}
