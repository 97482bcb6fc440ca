import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { needsOf } from '../../../scripts/testing/test-needs.ts';

async function project(t: ExecutionContext, files: Readonly<Record<string, string>>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'mv-needs-'));
  t.teardown(() => rm(root, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), text);
  }
  return root;
}

const FILES = {
  'test/pure/a.test.ts': "import '../../src/a.ts';\nimport { b } from '../helpers/b.ts';\n",
  'test/page/c.test.ts': "import {\n  open,\n} from '../helpers/browser.ts';\n",
  'test/helpers/b.ts': 'export const b = 1;\n',
  'test/helpers/browser.ts':
    "import { findPeer } from './peers.ts';\nexport const open = () => findPeer('chromium');\n",
  'test/helpers/peers.ts': "export const ALL = ['chromium', 'zsh'];\n",
  'src/a.ts': "export const a = 'zsh of the tested code';\n",
};

test('a file needs what it and its helpers name, and nothing of what is tested or of the list of all peers', async (t) => {
  const root = await project(t, FILES);
  const pure = needsOf(root, ['test/pure/a.test.ts']);
  t.deepEqual(
    ['chromium', 'zsh'].map((word) => pure?.says(word)),
    [false, false],
  );
  t.true(pure?.imports('test/helpers/b.ts'));
  const page = needsOf(root, ['test/page']);
  t.deepEqual(
    ['chromium', 'chrom', 'zsh'].map((word) => page?.says(word)),
    [true, false, false],
  );
});

test('a folder needs what one of its files needs; options are no files', async (t) => {
  const root = await project(t, FILES);
  t.true(needsOf(root, ['--match=*x*', 'test'])?.says('chromium'));
});

test('of a pattern, and of options alone, everything may be needed', async (t) => {
  const root = await project(t, FILES);
  t.is(needsOf(root, ['test/**/c.test.ts']), null);
  t.is(needsOf(root, ['--match=*x*']), null);
});
