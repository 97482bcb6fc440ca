import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import test from 'ava';
import { format } from 'prettier';
import { createCommands } from '../../../src/cli/commands.ts';
import { cliMarkdown, manPage } from '../../../src/cli/argv/manual.ts';
import { findPeer, testWith } from '../../helpers/peers.ts';

const commands = createCommands(() => Promise.resolve(0));
const read = (path: string) => readFile(new URL(`../../../${path}`, import.meta.url), 'utf8');
const NEXT = 'npm run documents';

test('docs/cli.md is what the tables say', async (t) => {
  t.is(await read('docs/cli.md'), await format(cliMarkdown(commands), { parser: 'markdown', printWidth: 120 }), NEXT);
});

test('the manual page is what the tables say', async (t) => {
  const page = await read('docs/multivisor.1');
  const version = String(Reflect.get(Object(JSON.parse(await read('package.json'))), 'version'));
  t.is(page, manPage(commands, version), NEXT);
  for (const line of page.split('\n')) t.notRegex(line, /^\.(?!TH|SH|TP|PP|RS|RE|BR?\b)/, line);
});

testWith('groff', test)('a manual page viewer has nothing to complain of', async (t) => {
  const input = await read('docs/multivisor.1');
  const shown = spawnSync(findPeer('groff') ?? '', ['-man', '-Tutf8', '-Kutf8', '-ww'], { input, encoding: 'utf8' });
  t.is(shown.stderr, '');
  t.regex(shown.stdout, /see and steer every supervisord/);
});
