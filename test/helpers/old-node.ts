// A Node that is older than the floor: what somebody may have who installs the command or clones the project.
import { spawnSync } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { bringNode, privateVersion } from '../../scripts/private-node.mjs';

/** Its path: one of this machine's when it has one, else one from npm. Or why there is none. */
export function findOldNode(): { readonly node: string } | { readonly failure: string } {
  const onPath = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'node'));
  const own = onPath.find((node) => /^v(?:18|20)\./.test(spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout));
  if (own !== undefined) return { node: own };
  const version = privateVersion('20');
  return version === null ? { failure: 'npm has none for this platform' } : bringNode(version);
}
