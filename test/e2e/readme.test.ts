import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import * as v from 'valibot';
import { findSupervisord } from '../../scripts/peers/find-supervisord.ts';
import { endMarked } from '../../scripts/demonstration/marked-processes.ts';
import { run } from '../../scripts/run.ts';
import { startExample } from '../../scripts/demonstration/start-example.ts';
import { collect, deadline, eventually } from '../helpers/deadline.ts';
import { testUnless } from '../helpers/peers.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const { signal } = new AbortController();
const free = await Promise.all([isFree(9011), isFree(9013)]);
/** Run by test/e2e/package.test.ts, or this run itself. */
const ELSEWHERE = ['npm pack', 'npm install --global ./multivisor-0.1.0.tgz'];
/** These go on until they are interrupted. */
const ENDLESS = [/^multivisor watch\b/, / -f\b/];

/** Every line of every `sh` block, without its comment. */
async function readCommands(): Promise<readonly string[]> {
  const text = await readFile(join(ROOT, 'README.md'), 'utf8');
  const blocks = Array.from(text.matchAll(/^```sh\n([\s\S]*?)^```$/gm), ([, block = '']) => block);
  const lines = blocks.flatMap((block) => block.split('\n')).map((line) => line.replace(/\s+#.*$/, ''));
  return lines.filter((line) => line !== '');
}

/** A directory with the built command in it, by the name that users type. */
async function makeBin(): Promise<{
  readonly dir: string;
  readonly path: string;
  readonly remove: () => Promise<void>;
}> {
  const dir = await mkdtemp(join(tmpdir(), 'mv-readme-'));
  await symlink(join(ROOT, 'dist', 'multivisor.js'), join(dir, 'multivisor'));
  const supervisord = await findSupervisord();
  await symlink(supervisord, join(dir, 'supervisord'));
  const path = [dir, process.env['PATH'] ?? ''].join(delimiter);
  return { dir, path, remove: () => rm(dir, { recursive: true, force: true }) };
}

test.before('build', async () => {
  const built = await run(process.execPath, ['scripts/start.mjs', 'build'], { cwd: ROOT, signal, timeoutMs: 90_000 });
  if (!built.ok) throw new Error(built.output);
});

test('README shows the screen and the first command in its first 20 lines', async (t) => {
  const top = (await readFile(join(ROOT, 'README.md'), 'utf8')).split('\n').slice(0, 20).join('\n');
  t.regex(top, /```sh\n\S/);
  t.regex(top, /FATAL/);
});

test('every file that README links to is there', async (t) => {
  const text = await readFile(join(ROOT, 'README.md'), 'utf8');
  const links = Array.from(text.matchAll(/\]\((?!https?:)([^)#]+)\)/g), ([, path = '']) => path);
  t.true(links.length > 5);
  for (const path of links) await t.notThrowsAsync(access(join(ROOT, path)), path);
});

test('every npm script that README names is there', async (t) => {
  const schema = v.object({ version: v.string(), scripts: v.record(v.string(), v.string()) });
  const { version, scripts } = v.parse(schema, JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')));
  const named = (await readCommands()).filter((line) => line.startsWith('npm '));
  t.true(named.length > 3);
  for (const line of named) {
    const script = /^npm (?:run (?<named>\S+)|(?<own>test))(?: -- .+)?$/.exec(line)?.groups;
    if (script === undefined) t.true(ELSEWHERE.includes(line), line);
    else t.true((script['named'] ?? script['own'] ?? '') in scripts, line);
  }
  t.true(named.join('\n').includes(`multivisor-${version}.tgz`));
});

test('every command line of README works on the example', async (t) => {
  const lines = (await readCommands()).filter((line) => /^multivisor\b/.test(line) && !line.includes('examples/full'));
  t.true(lines.length > 8);
  const bin = await makeBin();
  t.teardown(bin.remove);
  const example = await startExample(await findSupervisord(), signal);
  t.teardown(example.stop);
  const env = { ...process.env, PATH: bin.path, MULTIVISOR_CONFIG: example.configPath, NO_COLOR: '1' };
  for (const line of lines) {
    if (ENDLESS.some((pattern) => pattern.test(line))) {
      const said = collect<string>();
      const child = spawn('sh', ['-c', `exec ${line}`], { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'inherit'] });
      child.stdout.setEncoding('utf8').on('data', said.push);
      const closed = once(child, 'close');
      await said.until((text) => text || undefined, { what: `${line} says something`, ms: 15_000 });
      child.kill('SIGINT');
      const [code]: unknown[] = await deadline(closed, 10_000, `${line} ends`);
      t.is(code, 130, line);
    } else {
      // A program that has only just started has written nothing yet, and `logs` says so by saying nothing.
      const result = await eventually(
        () => run('sh', ['-c', line], { cwd: ROOT, env, signal, timeoutMs: 40_000 }),
        ({ output }) => output !== '',
        { what: `${line} says something`, ms: 40_000 },
      );
      // 3: something does not run, as it should be on the example.
      t.true(result.code === 0 || result.code === 3, `${line}\n${result.output}`);
    }
  }
});

const taken = [9011, 9013].filter((_, index) => !free[index]);
const testOnFixedPorts = testUnless(taken.length > 0 ? `somebody listens on port ${taken.join(', ')}` : null, test);

testOnFixedPorts('the example starts by hand as README says', async (t) => {
  const bin = await makeBin();
  t.teardown(bin.remove);
  const mark = `MULTIVISOR_BY_HAND=${bin.path}`;
  const env = {
    ...process.env,
    PATH: bin.path,
    MULTIVISOR_BY_HAND: bin.path,
    // Where supervisord puts the logs of programs for which no file is named, and leaves them at its end.
    TMPDIR: bin.dir,
    LC_ALL: 'C.UTF-8',
    NO_COLOR: '1',
  };
  const lines = (await readCommands()).filter((line) => line.includes('examples/full'));
  t.is(lines.length, 4);
  t.teardown(async () => {
    const pids = await Promise.all(
      ['lid001', 'lid002', 'baslid001'].map((name) =>
        readFile(`/tmp/multivisor-${name}.pid`, 'utf8').then(Number, () => []),
      ),
    );
    await endMarked(mark, pids.flat());
    for (const name of ['lid001', 'lid002', 'baslid001']) await rm(`/tmp/multivisor-${name}.log`, { force: true });
  });
  const [look = '', ...starts] = lines.toReversed();
  for (const line of starts) {
    const result = await run('sh', ['-c', line], { cwd: ROOT, env, signal, timeoutMs: 20_000 });
    t.is(result.code, 0, `${line}\n${result.output}`);
  }
  const ask = async (): Promise<string> =>
    (await run('sh', ['-c', look], { cwd: ROOT, env, signal, timeoutMs: 20_000 })).output;
  const table = await eventually(ask, (text) => /RUNNING\s+lid002:Température:温度計/.test(text), {
    what: 'all run',
    ms: 15_000,
  });
  for (const uid of ['lid001:PLC:wcid00a', 'baslid001:PLC:wcid01c']) t.true(table.includes(uid), table);
});

async function isFree(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port });
  try {
    await once(socket, 'connect');
    return false;
  } catch {
    return true;
  } finally {
    socket.destroy();
  }
}
