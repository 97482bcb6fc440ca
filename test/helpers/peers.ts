// Programs that some tests need and a machine may lack. What is missing skips those tests, and is said at the end.
import { accessSync, appendFileSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { aiosmtpdPython } from '../../scripts/peers/find-aiosmtpd.ts';
import { honchoPath } from '../../scripts/peers/find-honcho.ts';
import { multivisorCliPath } from '../../scripts/peers/find-multivisor-cli.ts';
import { multivisorRpcPaths } from '../../scripts/peers/find-multivisor-rpc.ts';
import { openApiTools } from '../../scripts/peers/find-openapi-tools.ts';
import type { SkipFn, TestFn } from 'ava';

const COMMANDS = {
  tmux: ['tmux'],
  chromium: ['chromium', 'chromium-browser', 'google-chrome'],
  python3: ['python3'],
  supervisorctl: ['supervisorctl'],
  groff: ['groff'],
  bash: ['bash'],
  zsh: ['zsh'],
  fish: ['fish'],
  'multivisor-rpc': ['multivisor-rpc'],
  'multivisor-cli': ['multivisor-cli'],
  curl: ['curl'],
  nginx: ['nginx'],
  haproxy: ['haproxy'],
  sshd: ['sshd'],
  logrotate: ['logrotate'],
  faketime: ['faketime'],
  schemathesis: ['schemathesis'],
  honcho: ['honcho'],
  alertmanager: ['prometheus-alertmanager'],
  aiosmtpd: ['aiosmtpd'],
} as const;

export type Peer = keyof typeof COMMANDS;

/** Where servers are, and not on everybody's PATH. */
const ADMIN_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** Its path, or null when this machine has none. */
export function findPeer(peer: Peer): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...ADMIN_FOLDERS];
  const candidates = COMMANDS[peer].flatMap((command) => folders.map((folder) => join(folder, command)));
  // Of the original's programs the installed ones are meant: their versions are known.
  const installed: Partial<Record<Peer, string>> = {
    'multivisor-rpc': multivisorRpcPaths().agent,
    'multivisor-cli': multivisorCliPath(),
    schemathesis: openApiTools().schemathesis,
    honcho: honchoPath(),
    aiosmtpd: aiosmtpdPython(),
  };
  const own = installed[peer];
  const wanted = own === undefined ? candidates : [own];
  return wanted.find(isExecutable) ?? null;
}

/** `test` where the peer is there, `test.skip` where it is not: `const testInTerminal = testWith('tmux', test)`. */
export function testWith<Context>(peer: Peer, test: TestFn<Context>): TestFn<Context> | SkipFn<Context> {
  return testUnless(findPeer(peer) === null ? `${peer} is not installed` : null, test);
}

/** `test`, or `test.skip` when there is a reason, which `npm test` prints once, after everything else. */
export function testUnless<Context>(reason: string | null, test: TestFn<Context>): TestFn<Context> | SkipFn<Context> {
  if (reason === null) return test;
  const report = process.env['MULTIVISOR_SKIPS'];
  if (report === undefined) process.stderr.write(`skipped: ${reason}\n`);
  else appendFileSync(report, `${reason}\n`);
  return test.skip;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
