import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import test from 'ava';
import { run } from '../../scripts/run.ts';
import { makeFolder } from '../cli/run-main.ts';
import { collect, eventually } from '../helpers/deadline.ts';
import { startSupervisord } from '../helpers/supervisord/supervisord.ts';

const SCRIPTS = fileURLToPath(new URL('../../examples/scripts/', import.meta.url));
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const { signal } = new AbortController();
const MS = 60_000;

/** Comes up as long as there is no file `broken` beside its supervisord. */
const web = (count: number) => `
[program:web]
command=sh -c '[ -e %(here)s/broken ] && { echo no database; exit 1; }; exec sleep 1000'
process_name=%(program_name)s_%(process_num)d
numprocs=${count}
startretries=0
redirect_stderr=true
`;

/** Two supervisords, and a way to run the scripts with a `multivisor` on PATH. */
async function setUp(t: ExecutionContext) {
  const folder = await makeFolder();
  const [one, two] = await Promise.all([
    startSupervisord({ programs: web(2) }),
    startSupervisord({ programs: `${web(2)}[program:other]\ncommand=sleep 1000\nstartsecs=0\nautostart=false\n` }),
  ]);
  t.teardown(async () => {
    await Promise.all([one.stop(), two.stop()]);
    await folder.remove();
  });
  const config = await folder.write(
    'mv.conf',
    `[supervisor:one]\nurl = ${one.url}\n[supervisor:two]\nurl = ${two.url}\n`,
  );
  const bin = join(folder.path, 'bin');
  await mkdir(bin);
  const command = `#!/bin/sh\ncd ${ROOT} && exec ${process.execPath} bin/multivisor.ts "$@"\n`;
  await writeFile(join(bin, 'multivisor'), command, { mode: 0o755 });
  const env = {
    ...process.env,
    PATH: [bin, process.env['PATH']].join(delimiter),
    MULTIVISOR_CONFIG: config,
    HOME: folder.path,
    NO_COLOR: '1',
  };
  const script = (name: string, args: readonly string[] = [], more: Readonly<Record<string, string>> = {}) =>
    run(join(SCRIPTS, name), args, { env: { ...env, ...more }, signal, timeoutMs: MS });
  const all = () => Promise.all([one.readAll(), two.readAll()]).then((lists) => lists.flat());
  const webs = async () => (await all()).filter(({ group }) => group === 'web');
  await eventually(webs, (list) => list.every(({ statename }) => statename === 'RUNNING'), { what: 'all run', ms: MS });
  const breaks = (host: typeof one) => writeFile(join(host.dir, 'broken'), '');
  return { one, two, folder, env, script, webs, breaks };
}

test('every example script can be executed and is explained in docs/scripts.md', async (t) => {
  const text = await readFile(join(ROOT, 'docs', 'scripts.md'), 'utf8');
  const names = await readdir(SCRIPTS);
  t.deepEqual(names.toSorted(), ['alert.sh', 'check.sh', 'ci-wait.sh', 'deploy.sh']);
  for (const name of names) {
    t.true(((await stat(join(SCRIPTS, name))).mode & 0o111) === 0o111, name);
    t.true(text.includes(`(../examples/scripts/${name})`), name);
  }
});

test('deploy.sh restarts batch by batch, stops at one that does not come up, and does not begin on what is down', async (t) => {
  const { two, script, webs, breaks } = await setUp(t);
  const before = await webs();
  const good = await script('deploy.sh', ['web:*', '2']);
  t.is(good.code, 0, good.output);
  t.regex(good.output, /deploy: web:\* restarted, 2 at a time/);
  const after = await webs();
  t.true(after.every(({ statename }) => statename === 'RUNNING'));
  t.is(after.filter(({ pid }) => before.some((old) => old.pid === pid)).length, 0);

  const kept = after.at(-1)?.pid ?? 0;
  await breaks(two);
  const bad = await script('deploy.sh', ['two:web:*', '1']);
  t.is(bad.code, 6, bad.output);
  t.regex(bad.output, /^- two:web:web_1/m);
  t.regex(bad.output, /no database/);
  t.is((await two.info('web:web_1')).pid, kept, 'the second was not touched');

  const refused = await script('deploy.sh', ['web:*']);
  t.is(refused.code, 3, refused.output);
  t.regex(refused.output, /not begun/);
  t.is((await two.info('web:web_1')).pid, kept);
  t.regex((await script('deploy.sh')).output, /name what to restart/);
});

test('check.sh says nothing while all is well, and prints what is not', async (t) => {
  const { one, two, script } = await setUp(t);
  t.deepEqual(await script('check.sh', ['web:*']), { ok: true, code: 0, output: '' });
  const all = await script('check.sh');
  t.is(all.code, 3);
  t.regex(all.output, /STOPPED +two:other/);
  t.is((await script('check.sh', [], { CHECK_EXPECT: 'running,stopped' })).output, '');
  await two.halt();
  const half = await script('check.sh', ['web:*']);
  t.is(half.code, 6, half.output);
  t.regex(half.output, /two/);
  await one.halt();
  t.is((await script('check.sh')).code, 7);
});

test('alert.sh tells of each process that becomes FATAL, and of those that are', async (t) => {
  const { one, two, folder, env, breaks } = await setUp(t);
  await breaks(one);
  await one.rpc('supervisor.stopProcess', 'web:web_0');
  await t.throwsAsync(one.rpc('supervisor.startProcess', 'web:web_0'));
  const hook = await folder.write('hook.sh', 'echo "alert for $1: $2"\n');
  const said = collect<string>();
  const child = spawn(join(SCRIPTS, 'alert.sh'), ['sh', hook], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  child.stdout.setEncoding('utf8').on('data', (text: string) => text.trimEnd().split('\n').forEach(said.push));
  const closed = once(child, 'close');
  t.teardown(async () => {
    // The whole pipeline, which is a process group of its own.
    process.kill(-(child.pid ?? 0), 'SIGKILL');
    await closed;
  });
  const told = (start: string) =>
    said.until((line) => (line.startsWith(start) ? line : undefined), { what: start, ms: MS });
  t.is(await told('alert for one:web:web_0'), 'alert for one:web:web_0: is FATAL since before');
  // What stops, starts or is only missing is no alert.
  await two.rpc('supervisor.startProcess', 'other');
  await two.rpc('supervisor.stopProcess', 'other');
  await breaks(two);
  process.kill((await two.info('web:web_1')).pid, 'SIGKILL');
  t.regex(await told('alert for two:web:web_1'), /: too many start retries/);
  t.is(said.items.length, 2, said.items.join('\n'));
});

test('ci-wait.sh ends when all run, or with the last words of what does not', async (t) => {
  const { one, two, script, breaks } = await setUp(t);
  await one.halt();
  await two.halt();
  // Started before the supervisords listen, as in a pipeline.
  const coming = script('ci-wait.sh', ['web:*']);
  await Promise.all([one.start(), two.start()]);
  const good = await coming;
  t.is(good.code, 0, good.output);

  await breaks(one);
  await one.rpc('supervisor.stopProcess', 'web:web_0');
  await t.throwsAsync(one.rpc('supervisor.startProcess', 'web:web_0'));
  const bad = await script('ci-wait.sh', ['web:*']);
  t.is(bad.code, 5, bad.output);
  t.regex(bad.output, /--- the last lines of one:web:web_0\n(?:.*\n)*no database\n/);
  const late = await script('ci-wait.sh', ['other'], { CI_TIMEOUT: '2' });
  t.is(late.code, 124, late.output);
});
