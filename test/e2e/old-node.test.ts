import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { run } from '../../scripts/run.ts';
import { findOldNode } from '../helpers/old-node.ts';
import { testUnless } from '../helpers/peers.ts';

const COMMAND = fileURLToPath(new URL('../../dist/multivisor.js', import.meta.url));
const old = findOldNode();
const testOnOld = testUnless('failure' in old ? `no Node 20: ${old.failure}` : null, test);
const node = 'node' in old ? old.node : '';
const { signal } = new AbortController();

for (const args of [[], ['status', '--json'], ['tui'], ['--version'], ['__complete', 'st']]) {
  testOnOld(
    `on an old Node the command says in a line what it needs: ${args.join(' ') || 'no arguments'}`,
    async (t) => {
      const result = await run(node, [COMMAND, ...args], { signal, timeoutMs: 20_000 });
      t.is(result.code, 1, result.output);
      t.regex(
        result.output,
        /^multivisor: Node 22\.16 or newer is needed, and this is \d+\.\d+\.\d+: .*npx -p node-\S+@24 multivisor\n$/,
      );
    },
  );
}

testOnOld('on an old Node nothing but that one file is read: the rest may be of any year', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'mv-old-command-'));
  t.teardown(() => rm(dir, { recursive: true, force: true }));
  await copyFile(COMMAND, join(dir, 'multivisor.js'));
  for (const file of ['plain.cjs', 'full.mjs']) await writeFile(join(dir, file), 'using of = years to come;');
  const { code, output } = await run(node, [join(dir, 'multivisor.js'), 'status'], { signal, timeoutMs: 20_000 });
  t.is(code, 1);
  t.is(output.split('\n').length, 2, output);
});
