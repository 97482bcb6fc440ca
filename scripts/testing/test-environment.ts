import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findSupervisord } from '../peers/find-supervisord.ts';
import type { Needs } from './test-needs.ts';
import { installPeers } from '../peers/test-peers.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SUPERVISORD = join('scripts', 'find-supervisord.ts');

export type EnvironmentOptions = {
  /** Null: everything. */
  readonly needs: Needs | null;
  readonly signal: AbortSignal;
};

/** The environment of the tests: what they need is installed, and supervisord and the project's tools are on its PATH. */
export async function testEnvironment({ needs, signal }: EnvironmentOptions): Promise<NodeJS.ProcessEnv> {
  const [supervisord] = await Promise.all([
    needs === null || needs.imports(SUPERVISORD) || needs.says('supervisord') ? findSupervisord({ signal }) : null,
    installPeers((word) => needs === null || needs.says(word), signal),
  ]);
  // Last, so that nothing but what is missing is taken from there: a venv brings a python3 of its own.
  const last = supervisord === null ? [] : [dirname(supervisord)];
  const path = [join(ROOT, 'node_modules', '.bin'), process.env['PATH'] ?? '', ...last];
  const own: NodeJS.ProcessEnv = { ...process.env, PATH: path.join(delimiter) };
  // Each Node reads them at its start, which takes longer than the start itself, for connections that no test makes.
  delete own['NODE_EXTRA_CA_CERTS'];
  return own;
}
