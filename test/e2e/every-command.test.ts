// Each command of the bundle once, against a real supervisord: on the oldest Node that it is said to run on, too, where
// these tests' own tools do not run (`npm run test:nodes` gives it in MULTIVISOR_SMOKE_NODE).
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { run, type RunResult } from '../../scripts/run.ts';
import { createCommands } from '../../src/cli/commands.ts';
import { freePort, portOpens } from '../helpers/free-port.ts';
import { testWith } from '../helpers/peers.ts';
import { eventually } from '../helpers/deadline.ts';
import { startSupervisord } from '../helpers/supervisord/supervisord.ts';
import { openTerminal } from '../helpers/terminal/terminal.ts';

const NODE = process.env['MULTIVISOR_SMOKE_NODE'] ?? process.execPath;
const COMMAND = fileURLToPath(new URL('../../dist/multivisor.js', import.meta.url));
const PROGRAMS = `[program:web]
command=sh -c "echo hello; exec sleep 1000"

[program:beat]
command=sleep 1
startsecs=0
autorestart=true
`;
const { signal } = new AbortController();

type Step = {
  readonly args: readonly string[];
  readonly says: RegExp;
  readonly code?: number;
  /** It goes on until it is ended, which is when it has said that. */
  readonly endless?: boolean;
};

/** In this order: the last ones end what the others look at. */
const STEPS: readonly Step[] = [
  { args: ['--version'], says: /^\d+\.\d+\.\d+$/m },
  { args: ['--help'], says: /Every supervisord/ },
  { args: ['status', 'web'], says: /RUNNING\s+s:web:web/ },
  { args: ['status', 'web', '--json'], says: /"RUNNING"|"running"/ },
  { args: ['supervisors'], says: /^\S*\s*.*\bs\b/m },
  { args: ['watch'], says: /web/, endless: true },
  { args: ['events', '-f'], says: /beat/, endless: true },
  { args: ['report', '--since', '1h'], says: /web/ },
  { args: ['logs', 'web', '-n', '5'], says: /hello/ },
  { args: ['signal', 'HUP', 'web', '-y'], says: /web/ },
  { args: ['start', 'web', '--wait'], says: /web/ },
  { args: ['restart', 'web', '--wait', '-y'], says: /web/ },
  { args: ['clear', 'web', '-y'], says: /web/ },
  { args: ['stop', 'web', '--wait', '-y'], says: /web/ },
  { args: ['wait', 'web', '--for', 'stopped'], says: /web/ },
  { args: ['doctor'], says: /s/ },
  { args: ['config', 'check'], says: /./ },
  { args: ['completion', 'bash'], says: /multivisor/ },
  { args: ['token', 'new', 'ci'], says: /\[token:ci\]/ },
  { args: ['serve', '--bind', '127.0.0.1:0'], says: /127\.0\.0\.1:\d+/, endless: true },
  { args: ['reread', 's'], says: /s/ },
  { args: ['update', 's', '-y'], says: /s/ },
  { args: ['reload', 's', '-y'], says: /s/ },
  { args: ['shutdown', 's', '-y'], says: /s/ },
];

async function until({ says }: Step, args: readonly string[], env: NodeJS.ProcessEnv): Promise<RunResult> {
  const child = spawn(NODE, [COMMAND, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const limit = setTimeout(() => child.kill('SIGKILL'), 30_000);
  const take = (text: string): void => {
    output += text;
    if (says.test(output)) child.kill('SIGTERM');
  };
  child.stdout.setEncoding('utf8').on('data', take);
  child.stderr.setEncoding('utf8').on('data', take);
  await once(child, 'close');
  clearTimeout(limit);
  return { ok: child.signalCode !== 'SIGKILL', code: child.exitCode, output };
}

async function scratch(t: ExecutionContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'mv-every-'));
  t.teardown(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

const isWarning = (output: string): boolean => /\bWarning: |\(node:\d+\)/.test(output);

test('each command of the bundle does what it is for, and warns of nothing', async (t) => {
  const dir = await scratch(t);
  const supervisord = await startSupervisord({ programs: PROGRAMS });
  t.teardown(supervisord.stop);
  const config = join(dir, 'multivisor.conf');
  await writeFile(config, `[supervisor:s]\nurl = ${supervisord.url}\n`);
  const env = { ...process.env, NO_COLOR: '1', HOME: dir, MULTIVISOR_CONFIG: config };
  await eventually(
    () => supervisord.info('web'),
    ({ statename }) => statename === 'RUNNING',
    { what: 'web runs, which takes its startsecs' },
  );
  for (const step of STEPS) {
    const result = step.endless
      ? await until(step, step.args, env)
      : await run(NODE, [COMMAND, ...step.args], { env, signal, timeoutMs: 60_000 });
    const what = `${step.args.join(' ')}: ${result.code}\n${result.output}`;
    if (step.endless) t.true(result.ok, what);
    else t.is(result.code, step.code ?? 0, what);
    t.regex(result.output, step.says, what);
    t.false(isWarning(result.output), what);
  }
});

test('a project is started, told of and stopped by the bundle, without a warning', async (t) => {
  const dir = await scratch(t);
  await writeFile(join(dir, 'Procfile'), 'web: sleep 1000\n');
  const env = { ...process.env, NO_COLOR: '1', HOME: dir, XDG_RUNTIME_DIR: dir };
  const project = (...args: readonly string[]): Promise<RunResult> =>
    run(NODE, [COMMAND, 'project', ...args], { cwd: dir, env, signal, timeoutMs: 60_000 });
  t.teardown(() => project('shutdown'));
  for (const [args, says] of [
    [['getconfig'], /\[program:web\]/],
    [['-d'], /^/],
    [['status'], /web\s+(STARTING|RUNNING)/],
    [['shutdown'], /^/],
  ] as const) {
    const { code, output } = await project(...args);
    t.is(code, 0, `${args.join(' ')}: ${output}`);
    t.regex(output, says);
    t.false(isWarning(output), output);
  }
});

test('the listener of the bundle runs under supervisord, and warns of nothing', async (t) => {
  const port = await freePort();
  const command = `${NODE} ${COMMAND} listener --bind 127.0.0.1:${port}`;
  const events = 'events=PROCESS_STATE\nstderr_logfile=%(here)s/listener.err';
  const programs = `[eventlistener:multivisor]\ncommand=${command}\n${events}\n`;
  const supervisord = await startSupervisord({ programs });
  t.teardown(supervisord.stop);
  await portOpens(port);
  t.false(isWarning(await readFile(join(supervisord.dir, 'listener.err'), 'utf8')));
});

test('a server of the bundle tells, is asked and muted, and warns of nothing', async (t) => {
  const dir = await scratch(t);
  const supervisord = await startSupervisord({ programs: PROGRAMS });
  t.teardown(supervisord.stop);
  const config = join(dir, 'multivisor.conf');
  const told = join(dir, 'told');
  const to = `to = exec:/bin/sh -c cat>>${told}`;
  await writeFile(config, `[supervisor:s]\nurl = ${supervisord.url}\n[alert:a]\nwhen = fatal\n${to}\n`);
  const env = { ...process.env, NO_COLOR: '1', HOME: dir, XDG_STATE_HOME: dir };
  const args = [COMMAND, 'serve', '-c', config, '--bind', '127.0.0.1:0'];
  const server = spawn(NODE, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(server, 'close');
  t.teardown(async () => {
    server.kill('SIGKILL');
    await ended;
  });
  let said = '';
  server.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const url = await eventually(
    () => /at (http:\S+)/.exec(said)?.[1] ?? '',
    (found) => found !== '',
    { what: 'it serves' },
  );
  const here = ['-c', config];
  const there = ['--remote', url];
  for (const [words, says] of [
    [['alert', 'test', 'a', ...here], /exec:\/bin\/sh: exit 0/],
    [['alert', 'test', 'a', ...there], /exec:\/bin\/sh: exit 0/],
    [['mute', 'web', '--for', '1h', ...there], /muted for/],
    [['alert', 'list', ...there], /no incidents\n.*muted for/],
    [['unmute', 'web', ...there], /nothing is muted/],
  ] as const) {
    const { code, output } = await run(NODE, [COMMAND, ...words], { env, signal, timeoutMs: 60_000 });
    t.is(code, 0, `${words.join(' ')}: ${output}`);
    t.regex(output, says);
    t.false(isWarning(output), output);
  }
  t.is((await readFile(told, 'utf8')).trimEnd().split('\n').length, 2);
  t.false(isWarning(said), said);
});

test('the shell and passwd of the bundle take what comes from another program', async (t) => {
  for (const [args, input, says] of [
    [['passwd'], 'correct horse battery\n', /\$/],
    [['shell'], 'help\nexit\n', /status/],
  ] as const) {
    const dir = await scratch(t);
    await writeFile(join(dir, 'multivisor.conf'), '[supervisor:s]\nurl = http://127.0.0.1:1\n');
    const env = { ...process.env, NO_COLOR: '1', HOME: dir, MULTIVISOR_CONFIG: join(dir, 'multivisor.conf') };
    const child = spawn(NODE, [COMMAND, ...args], { env, stdio: ['pipe', 'pipe', 'pipe'] });
    child.stdin.end(input);
    const [out, err] = await Promise.all([
      child.stdout.setEncoding('utf8').toArray(),
      child.stderr.setEncoding('utf8').toArray(),
    ]);
    t.regex([...out, ...err].join(''), says);
    t.false(isWarning([...out, ...err].join('')));
  }
});

testWith('tmux', test)('the full screen of the bundle comes up and goes, without a warning', async (t) => {
  const dir = await scratch(t);
  const supervisord = await startSupervisord({ programs: PROGRAMS });
  t.teardown(supervisord.stop);
  const config = join(dir, 'multivisor.conf');
  await writeFile(config, `[supervisor:s]\nurl = ${supervisord.url}\n`);
  const terminal = await openTerminal({
    command: `${NODE} ${COMMAND} tui -c ${config}`,
  });
  t.teardown(terminal.close);
  await terminal.until((screen) => screen.includes('RUNNING'), { what: 'the process' });
  await terminal.press('q');
  const end = await terminal.until((screen) => /^exit \d+$/m.test(screen), { what: 'the end' });
  t.false(isWarning(end), end);
});

test('no command is left out here', (t) => {
  const elsewhere = ['tui', 'project', 'listener', 'shell', 'passwd', 'alert', 'mute', 'unmute'];
  const shown = new Set([...STEPS.map(({ args }) => args[0]), ...elsewhere]);
  const all = createCommands(() => Promise.resolve(0)).map(({ name }) => name);
  t.deepEqual(
    all.filter((name) => !shown.has(name.split(' ')[0])),
    [],
  );
});
