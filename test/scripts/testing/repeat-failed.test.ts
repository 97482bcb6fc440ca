import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { run } from '../../../scripts/run.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** Fails in its first run of all, passes from then on. */
const FLAKY = `import test from 'ava';
import { existsSync, writeFileSync } from 'node:fs';
test('now and then', (t) => {
  const first = !existsSync('ran');
  writeFileSync('ran', '');
  t.false(first);
});
test('always well', (t) => t.pass());
`;
const BROKEN = "import test from 'ava';\ntest('never', (t) => t.is(1, 2));\n";

/** What a run of these test files, and then of those that failed once more, says of them. */
async function repeat(t: ExecutionContext, files: Readonly<Record<string, string>>): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'mv-repeat-'));
  t.teardown(() => rm(dir, { recursive: true, force: true }));
  await mkdir(join(dir, 'test'));
  await symlink(join(ROOT, 'node_modules'), join(dir, 'node_modules'));
  await writeFile(join(dir, 'package.json'), '{"type":"module"}');
  await writeFile(join(dir, 'ava.config.js'), "export default { extensions: ['ts'], files: ['test/*.test.ts'] };\n");
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, 'test', `${name}.test.ts`), text);
  const scripts = pathToFileURL(join(ROOT, 'scripts', 'testing', '/')).href;
  await writeFile(
    join(dir, 'repeat.ts'),
    `import { runAva } from '${scripts}run-ava.ts';
import { repeatFailed } from '${scripts}repeat-failed.ts';
const options = { cwd: process.cwd(), env: process.env };
const first = await runAva([], options);
const flaky = await repeatFailed(first.failures, options);
console.log(JSON.stringify({ failures: first.failures.toSorted(), flaky }));
`,
  );
  const path = [join(ROOT, 'node_modules', '.bin'), process.env['PATH'] ?? ''].join(delimiter);
  const { signal } = new AbortController();
  const result = await run(process.execPath, ['repeat.ts'], {
    cwd: dir,
    env: { ...process.env, PATH: path, NO_COLOR: '1' },
    signal,
    timeoutMs: 90_000,
  });
  t.true(result.ok, result.output);
  return result.output.trimEnd().split('\n').at(-1) ?? '';
}

test('what passes the second time is told apart from what never does', async (t) => {
  const said = await repeat(t, { flaky: FLAKY, broken: BROKEN });
  t.is(said, '{"failures":["broken › never","flaky › now and then"],"flaky":["flaky › now and then"]}');
});

test('when more than three files failed, none runs again: that is no accident', async (t) => {
  const said = await repeat(t, { flaky: FLAKY, one: BROKEN, two: BROKEN, three: BROKEN });
  t.regex(said, /"flaky":\[\]\}$/);
});
