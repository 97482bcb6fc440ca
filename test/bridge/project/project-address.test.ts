import { fileURLToPath } from 'node:url';
import test from 'ava';
import { findProjectAddress } from '../../../src/bridge/project/project-address.ts';
import { parseConfig } from '../../../src/core/config/parse-config.ts';
import type { ConfigWorld } from '../../../src/core/config/types.ts';
import { openProject, runIn } from '../../helpers/project/project.ts';

const BUNDLE = fileURLToPath(new URL('../../../dist/multivisor.js', import.meta.url));

test('[supervisor:x] project = DIR puts a project beside the others, before and after its start', async (t) => {
  const project = await openProject(t, 'node');
  await project.write('multivisor.conf', `[supervisor:shop]\nproject = ${project.dir}\ntags = dev\n`);
  const status = async () => runIn(project, process.execPath, BUNDLE, 'status', '-c', 'multivisor.conf');
  const before = await status();
  t.is(before.code, 7, before.out);
  await project.mv('-d', '--noreload');
  await project.untilState('RUNNING', 'web', 'mail', 'images');
  const running = await status();
  t.is(running.code, 0, running.out);
  t.regex(running.out, /web.*shop|shop.*web/su);
});

const REFUSED: readonly (readonly [lines: string, words: RegExp])[] = [
  ['project = /nowhere', /there is no directory \/nowhere/u],
  ['project = /tmp\nurl = localhost:9001', /take "url" away/u],
  ['project = /tmp\npassword = x', /take "password" away/u],
];

for (const [lines, words] of REFUSED) {
  test(`a project that cannot be meant is refused: ${lines.replaceAll('\n', ', ')}`, (t) => {
    const world: ConfigWorld = {
      env: {},
      resolve: (path) => path,
      read: () => ({ ok: false, message: 'none' }),
      list: () => [],
      project: (dir) => findProjectAddress(dir, {}),
    };
    const { config, diagnostics } = parseConfig({ file: 'm.conf', text: `[supervisor:x]\n${lines}\n` }, world);
    t.is(config, null);
    t.regex(diagnostics.map(({ message }) => message).join('\n'), words);
  });
}
