import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { readChoices, writeChoices } from '../../src/tui/persistence.ts';

test('choices come back as they were written, and nothing else is left in the directory', async (t) => {
  const root = await mkdtemp(join(tmpdir(), 'mv-state-'));
  t.teardown(() => rm(root, { recursive: true, force: true }));
  const directory = join(root, 'deep', 'multivisor');
  t.deepEqual(await readChoices(directory), {});
  const choices = { sort: 'state', reversed: true, groupBy: 'none', theme: 'light' } as const;
  await writeChoices(directory, choices);
  t.deepEqual(await readChoices(directory), choices);
  t.deepEqual(await readdir(directory), ['tui.json']);
  t.is(await readFile(join(directory, 'tui.json'), 'utf8'), `${JSON.stringify(choices)}\n`);
});

test('a file that somebody broke costs only what is broken', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'mv-state-'));
  t.teardown(() => rm(directory, { recursive: true, force: true }));
  for (const [text, choices] of [
    ['', {}],
    ['{', {}],
    ['[]', {}],
    ['null', {}],
    ['{"sort":"colour","theme":"light","more":1}', { theme: 'light' }],
    ['{"reversed":"yes","groupBy":"supervisor"}', { groupBy: 'supervisor' }],
  ] as const) {
    await writeFile(join(directory, 'tui.json'), text);
    t.deepEqual(await readChoices(directory), choices, text);
  }
});
