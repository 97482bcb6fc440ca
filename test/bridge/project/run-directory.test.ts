import { chmod, chown, link, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test from 'ava';
import { findProjectAddress } from '../../../src/bridge/project/project-address.ts';
import { createRunDirectory, toRunDirectory } from '../../../src/bridge/project/run-directory/paths.ts';
import { readState, writeState } from '../../../src/bridge/project/run-directory/state-file.ts';
import { parseProjectArguments } from '../../../src/bridge/project/options.ts';
import { run as runCommand } from '../../../scripts/run.ts';

const STRANGER = 54_321;
const isRoot = process.getuid?.() === 0;

async function prepare(t: { teardown(end: () => Promise<void>): void }) {
  const base = await mkdtemp(join(tmpdir(), 'mv-run-'));
  t.teardown(() => rm(base, { recursive: true, force: true }));
  const project = join(base, 'project');
  await mkdir(project);
  const env = { XDG_RUNTIME_DIR: base };
  const run = toRunDirectory(project, env);
  createRunDirectory(run);
  const address = { kind: 'tcp', protocol: 'http', host: 'evil.example', port: 1, path: '/RPC2' } as const;
  const endpoint = { address, credentials: null, serverurl: 'http://evil.example:1' };
  writeState(run, {
    projectDir: project,
    options: parseProjectArguments([]).options,
    cwd: project,
    told: {},
    endpoint,
  });
  return { base, project, env, run, parent: dirname(run.dir) };
}

type Prepared = Awaited<ReturnType<typeof prepare>>;

const PLANTED: readonly (readonly [title: string, spoil: (prepared: Prepared) => Promise<unknown>])[] = [
  ['a directory that others may write to', ({ run }) => chmod(run.dir, 0o757)],
  ['a directory of a group that may write', ({ run }) => chmod(run.dir, 0o770)],
  ['a parent that others may write to', ({ parent }) => chmod(parent, 0o777)],
  [
    'a link in its place',
    async ({ run, base }) => {
      await rename(run.dir, join(base, 'elsewhere'));
      await symlink(join(base, 'elsewhere'), run.dir);
    },
  ],
  [
    'a state that is a link',
    async ({ run, base }) => {
      await rename(run.state, join(base, 'elsewhere'));
      await symlink(join(base, 'elsewhere'), run.state);
    },
  ],
  ['a state that others may write', ({ run }) => chmod(run.state, 0o666)],
  [
    'a state that is a pipe',
    async ({ run }) => {
      await rm(run.state);
      await runCommand('mkfifo', [run.state], { signal: new AbortController().signal, timeoutMs: 10_000 });
    },
  ],
  ...(isRoot
    ? ([
        ["somebody else's directory", ({ run }: Prepared) => chown(run.dir, STRANGER, STRANGER)],
        ["somebody else's parent", ({ parent }: Prepared) => chown(parent, STRANGER, STRANGER)],
        ["somebody else's state", ({ run }: Prepared) => chown(run.state, STRANGER, STRANGER)],
      ] as const)
    : []),
];

for (const [title, spoil] of PLANTED) {
  test(`a run directory that is not ours alone is not believed, also when only read: ${title}`, async (t) => {
    const prepared = await prepare(t);
    t.truthy(readState(prepared.run));
    await spoil(prepared);
    t.throws(() => readState(prepared.run), { name: 'ProjectError', message: /is not ours alone: .*remove it/ });
    const address = findProjectAddress(prepared.project, prepared.env);
    t.false(address.ok, 'and a configuration that names the project tells it');
  });
}

test('what is not there, cut short or of another shape is as if it had never been written', async (t) => {
  const { run } = await prepare(t);
  await writeFile(run.state, '{"projectDir":');
  t.is(readState(run), null);
  await rm(run.dir, { recursive: true });
  t.is(readState(run), null);
});

test('a hard link to a file of ours somewhere else has our shape or is nothing', async (t) => {
  const { run, base } = await prepare(t);
  await writeFile(join(base, 'mine'), '{"my":"secrets"}', { mode: 0o600 });
  await rm(run.state);
  await link(join(base, 'mine'), run.state);
  t.is(readState(run), null);
});
