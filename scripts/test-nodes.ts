// `npm run test:nodes [-- FILE…]`: the build, the tests of what may differ between Nodes, and every command of the bundle, on
// Node 22, 24 and 26, and the commands on the oldest Node that the bundle runs on too. Each of them comes from npm.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { bringNode, privateVersion, withNodeFirst } from './private-node.mjs';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const LINES = ['22', '24', '26'];
/** As in the `engines` of package.json. */
const OLDEST = '22.16.0';
const COMMANDS = 'test/e2e/every-command.test.ts';
const TESTS = ['test/core', 'test/contract', 'test/cli/argv', 'test/cli/output', 'test/tui/keys', 'test/tui/renderer'];

const given = process.argv.slice(2);
const files = given.length > 0 ? given : [...TESTS, COMMANDS];
const results: { readonly what: string; readonly ok: boolean }[] = [];
for (const line of LINES) {
  await on(line, async (node, version) => {
    const env = withNodeFirst(node);
    const build = await succeeds(node, ['scripts/start.mjs', 'build'], env);
    const tests = build && (await succeeds(node, ['scripts/start.mjs', 'test', ...files], env));
    results.push({ what: `Node ${version}`, ok: tests });
  });
}
await on(OLDEST, async (node, version) => {
  const env = { ...process.env, MULTIVISOR_SMOKE_NODE: node };
  const ok = await succeeds(process.execPath, ['scripts/start.mjs', 'test', COMMANDS], env);
  results.push({ what: `the commands on Node ${version}`, ok });
});
console.log('');
for (const { what, ok } of results) console.log(`${ok ? '✔' : '✘'} ${what}`);
process.exitCode = results.every(({ ok }) => ok) ? 0 : 1;

async function on(line: string, act: (node: string, version: string) => Promise<void>): Promise<void> {
  const version = privateVersion(line);
  const brought = version === null ? { failure: 'npm has none for this platform' } : bringNode(version);
  if (version === null || 'failure' in brought) {
    console.log(`no Node ${line}: ${'failure' in brought ? brought.failure : ''}`);
    results.push({ what: `Node ${line}`, ok: false });
    return;
  }
  console.log(`\nNode ${version}`);
  await act(brought.node, version);
}

async function succeeds(node: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<boolean> {
  const child = spawn(node, args, { cwd: ROOT, env, stdio: ['ignore', 'inherit', 'inherit'] });
  const [code] = await once(child, 'exit');
  return code === 0;
}
