import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, copyFile, mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { WANTED, privateVersion, suits } from '../../scripts/private-node.mjs';
import { run, type RunResult } from '../../scripts/run.ts';
import { findOldNode } from '../helpers/old-node.ts';
import { testUnless } from '../helpers/peers.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const old = findOldNode();
const testOnOld = testUnless('failure' in old ? `no Node 20: ${old.failure}` : null, test);
const oldNode = 'node' in old ? old.node : '';
const version = privateVersion() ?? '';

type Clone = {
  readonly dir: string;
  readonly env: NodeJS.ProcessEnv;
  start(...args: readonly string[]): Promise<RunResult>;
};

/** What the packages hold, for a test without a network: the Node that runs this, under the version that was asked for. */
const NODE = `#!/bin/sh\n[ "$*" = --version ] && echo v${version} || exec "${process.execPath}" "$@"\n`;

/** A clone on a machine whose Node is old, with an npm that does `fetch` in the folder that it is called in. */
async function cloneOnOldNode(t: ExecutionContext, fetch = unpack()): Promise<Clone> {
  const dir = await mkdtemp(join(tmpdir(), 'mv-old-node-'));
  t.teardown(() => rm(dir, { recursive: true, force: true }));
  for (const folder of ['scripts', 'bin', 'node_modules']) await mkdir(join(dir, folder));
  for (const file of ['start.mjs', 'tsx-files.mjs', 'private-node.mjs', 'private-nodes.json']) {
    await copyFile(join(ROOT, 'scripts', file), join(dir, 'scripts', file));
  }
  const files = {
    'package.json': '{"type":"module"}',
    'package-lock.json': '{"packages":{"":{}}}',
    'node_modules/.package-lock.json': '{"packages":{}}',
    'node-in-package': NODE,
    'bin/npm': `#!/bin/sh\necho "$*" >> "${dir}/npm-calls"\n${fetch}\n`,
    'scripts/hello.ts':
      'const [, , name = "you", code = "0"] = process.argv;\nconsole.log(`hello ${name}`);\nprocess.exitCode = Number(code);\n',
    'scripts/node.ts':
      'import { execFileSync } from "node:child_process";\nconsole.log(execFileSync("sh", ["-c", "command -v node"], { encoding: "utf8" }));\n',
    'scripts/echo.ts': 'process.stdin.pipe(process.stdout);\n',
    'scripts/wait.ts':
      'for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(signal, () => { console.log(`got ${signal}`); process.exit(3); });\nsetInterval(() => {}, 1000);\nconsole.log("ready");\n',
    'scripts/die.ts': 'process.kill(process.pid, "SIGKILL");\nsetInterval(() => {}, 1000);\n',
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text);
  for (const name of ['bin/npm', 'node-in-package']) await chmod(join(dir, name), 0o755);
  await symlink(oldNode, join(dir, 'bin', 'node'));
  const env = { ...process.env, PATH: [join(dir, 'bin'), '/usr/bin', '/bin'].join(delimiter) };
  const { signal } = new AbortController();
  const start = (...args: readonly string[]): Promise<RunResult> =>
    run('node', ['scripts/start.mjs', ...args], { cwd: dir, env, signal, timeoutMs: 30_000 });
  return { dir, env, start };
}

function unpack(): string {
  return [
    'package=$(sed "s/.*dependencies\\":{\\"\\([^\\"]*\\)\\".*/\\1/" package.json)',
    'mkdir -p "node_modules/$package/bin" "node_modules/$package/include"',
    'cp "$(dirname "$0")/../node-in-package" "node_modules/$package/bin/node"',
  ].join('\n');
}

const calls = async (clone: Clone): Promise<readonly string[]> =>
  (await readFile(join(clone.dir, 'npm-calls'), 'utf8').catch(() => '')).split('\n').filter((line) => line !== '');

testOnOld('on an old Node a script fetches one for the project alone, says so, and never again', async (t) => {
  const clone = await cloneOnOldNode(t);
  const first = await clone.start('hello', 'world', '7');
  t.is(first.code, 7, first.output);
  t.regex(first.output, new RegExp(`^multivisor: fetching Node ${version} .*\\nhello world\\n$`));
  const [call = ''] = await calls(clone);
  t.regex(call, /^ci --ignore-scripts /);
  const second = await clone.start('hello');
  t.is(second.output, 'hello you\n');
  t.is((await calls(clone)).length, 1);
  t.deepEqual(await readdir(join(clone.dir, '.cache')), [`node-${version}`], 'nothing else is left');
  t.deepEqual((await readdir(join(clone.dir, '.cache', `node-${version}`))).toSorted(), ['bin']);
});

testOnOld('what a script starts by the name of node is the same one', async (t) => {
  const clone = await cloneOnOldNode(t);
  const { output } = await clone.start('node');
  t.true(output.includes(join(clone.dir, '.cache', `node-${version}`, 'bin', 'node')), output);
});

testOnOld("many at once fetch it without getting into one another's way", async (t) => {
  const clone = await cloneOnOldNode(t);
  const results = await Promise.all(Array.from({ length: 6 }, (_, index) => clone.start('hello', String(index))));
  results.forEach(({ ok, output }, index) => t.true(ok && output.includes(`hello ${index}\n`), output));
  t.deepEqual(await readdir(join(clone.dir, '.cache')), [`node-${version}`]);
});

testOnOld('stdin and stdout are those of the script', async (t) => {
  const clone = await cloneOnOldNode(t);
  await clone.start('hello');
  const child = spawn('node', ['scripts/start.mjs', 'echo'], {
    cwd: clone.dir,
    env: clone.env,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end('one\ntwo\n');
  t.is((await child.stdout.setEncoding('utf8').toArray()).join(''), 'one\ntwo\n');
});

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  testOnOld(`${signal} reaches the script once, and how it ended is told`, async (t) => {
    const clone = await cloneOnOldNode(t);
    await clone.start('hello');
    const child = spawn('node', ['scripts/start.mjs', 'wait'], {
      cwd: clone.dir,
      env: clone.env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (text.includes('ready')) child.kill(signal);
    });
    t.deepEqual(await once(child, 'close'), [3, null]);
    t.is(output, `ready\ngot ${signal}\n`);
  });
}

testOnOld('a script that a signal killed looks so from outside', async (t) => {
  const clone = await cloneOnOldNode(t);
  await clone.start('hello');
  const child = spawn('node', ['scripts/start.mjs', 'die'], { cwd: clone.dir, env: clone.env, stdio: 'ignore' });
  t.deepEqual(await once(child, 'close'), [null, 'SIGKILL']);
});

testOnOld('without a way to one, a line says what is needed and why it is not there', async (t) => {
  const refused = 'echo "npm error code ENOTFOUND" >&2; echo "npm error network request failed" >&2; exit 1';
  const clone = await cloneOnOldNode(t, refused);
  const { code, output } = await clone.start('hello');
  t.is(code, 1);
  const [, line = '', ...more] = output.trimEnd().split('\n');
  t.true(line.includes(WANTED) && line.includes('code ENOTFOUND: network request failed'), output);
  t.deepEqual(more, []);
  t.deepEqual(await readdir(join(clone.dir, '.cache')), [], 'nothing is left');
});

testOnOld('one that does not run here, as on another C library, is not kept', async (t) => {
  const clone = await cloneOnOldNode(t, unpack().replace('cp "$(dirname "$0")/../node-in-package"', 'cp /bin/false'));
  const { code, output } = await clone.start('hello');
  t.is(code, 1);
  t.regex(output, /could not be fetched: the one from npm does not run here/);
  t.deepEqual(await readdir(join(clone.dir, '.cache')), []);
});

testOnOld('what npm fetches is compared with a checksum that is known beforehand', async (t) => {
  const clone = await cloneOnOldNode(t, `cp package-lock.json "$(dirname "$0")/.."/asked\n${unpack()}`);
  await clone.start('hello');
  t.regex(await readFile(join(clone.dir, 'asked'), 'utf8'), new RegExp(`"version":"${version}","integrity":"sha512-`));
});

test('the tools run on Node 22.22.2, 24.15 and 26, and on what is newer within those', (t) => {
  const good = ['22.22.2', '22.23.0', '24.15.0', '24.21.0', '26.0.0', '27.1.0'];
  const bad = ['18.20.8', '20.20.2', '22.13.0', '22.22.1', '23.11.1', '24.14.9', '25.9.0'];
  t.deepEqual([...good, ...bad].filter(suits), good);
});

test('each platform has a Node that suits the tools, and one of its line', (t) => {
  t.true(suits(version), version);
  t.is(privateVersion('26')?.split('.')[0], '26');
  t.is(privateVersion('2'), null, 'a line is a whole number');
  t.is(privateVersion('17'), null);
});
