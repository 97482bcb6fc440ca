// Every row of the table of exit codes, as a child process, against real supervisords; and what stdout holds then.
import { execFile } from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import test from 'ava';
import { eventually } from '../helpers/deadline.ts';
import type { Supervisord } from '../helpers/supervisord/supervisord.ts';
import { startSupervisord } from '../helpers/supervisord/supervisord.ts';
import type { Folder } from './run-main.ts';
import { makeFolder, runMain, startChild } from './run-main.ts';

const BIN = fileURLToPath(new URL('../../bin/multivisor.ts', import.meta.url));
const SETTLED = ['RUNNING', 'STOPPED', 'FATAL'];
const PROGRAMS = `
[group:up]
programs=a,b
[program:a]
command=sleep 1000
startsecs=0
stdout_logfile=%(here)s/a.log
[program:b]
command=sleep 1000
startsecs=0
[program:off]
command=sleep 1000
startsecs=60
autostart=false
[program:fails]
command=false
startretries=0
`;

const errorSchema: unknown = JSON.parse(readFileSync(new URL('../../schema/error.v1.json', import.meta.url), 'utf8'));
const isError = new Ajv2020().compile<{ error: { exitCode: number } }>(Object(errorSchema));

let host: Supervisord;
let folder: Folder;
/** By what is special about them. */
const configs = new Map<string, string>();

test.before(async () => {
  folder = await makeFolder();
  host = await startSupervisord({ programs: PROGRAMS });
  const real = `[supervisor:s]\nurl = ${host.url}\n`;
  const dead = '[supervisor:dead]\nurl = http://127.0.0.1:1\n';
  for (const [name, text] of [
    ['real', real],
    ['one down', `${real}${dead}`],
    ['all down', dead],
    ['read only', `${real}read_only = yes\n`],
    ['wrong', '[supervisor:s]\nurl = foo://x\nread_only = maybe\n[supervisor:s]\n'],
  ] as const) {
    configs.set(name, await folder.write(`${name.replace(' ', '-')}.conf`, text));
  }
  await eventually(host.readAll, (all) => all.every(({ statename }) => SETTLED.includes(statename)), {
    what: 'every program is where it will be',
    ms: 60_000,
  });
});

test.after.always(async () => {
  await Promise.all([host.stop(), folder.remove()]);
});

/** `json`: a failure that has results to tell, or only the error. */
type Row = readonly [what: string, config: string, line: string, code: number, json: 'data' | 'error' | 'none'];

const ROWS: readonly Row[] = [
  ['all running', 'real', 'status up:*', 0, 'data'],
  ['all running', 'real', 'supervisors', 0, 'data'],
  ['all running', 'real', 'doctor', 0, 'data'],
  ['all running', 'real', 'start up:*', 0, 'data'],
  ['one stopped', 'real', 'status a off', 3, 'data'],
  ['one FATAL', 'real', 'status fails', 3, 'data'],
  ['one FATAL', 'real', 'wait fails --for running', 5, 'none'],
  ['one FATAL', 'real', 'start fails --wait', 5, 'data'],
  ['one supervisor down', 'one down', 'status up:*', 6, 'data'],
  ['one supervisor down', 'one down', 'supervisors', 6, 'data'],
  ['one supervisor down', 'one down', 'doctor', 6, 'data'],
  ['one supervisor down', 'one down', 'start up:*', 6, 'data'],
  ['all down', 'all down', 'status', 7, 'data'],
  ['all down', 'all down', 'supervisors', 7, 'data'],
  ['all down', 'all down', 'doctor', 7, 'data'],
  ['all down', 'all down', 'stop a', 7, 'error'],
  ['all down', 'all down', 'logs a', 7, 'error'],
  ['all down', 'all down', 'wait a --for running', 7, 'none'],
  ['no match', 'real', 'status nope', 4, 'data'],
  ['no match', 'real', 'stop nope', 4, 'error'],
  ['no match', 'real', 'logs nope', 4, 'error'],
  ['no match', 'real', 'watch nope', 4, 'error'],
  ['no match', 'real', 'wait nope --for running', 4, 'none'],
  ['no match', 'real', 'reread nope', 4, 'error'],
  ['no match', 'real', 'supervisors nope', 4, 'error'],
  ['bad usage', 'real', 'stop', 2, 'error'],
  ['bad usage', 'real', 'status --sort size', 2, 'error'],
  ['bad usage', 'real', 'stop up:*', 2, 'error'],
  ['a wrong configuration', 'wrong', 'status', 2, 'error'],
  ['a wrong configuration', 'wrong', 'config check', 2, 'data'],
  ['timeout', 'real', 'wait off --for running --timeout 300ms', 124, 'none'],
  ['timeout', 'real', 'start off --wait --timeout 300ms', 124, 'data'],
  ['not allowed', 'read only', 'stop a', 8, 'data'],
  ['not allowed', 'read only', 'shutdown s -y', 8, 'data'],
  ['partial failure', 'real', 'start fails a --wait', 6, 'data'],
];

test.serial('each outcome has its exit code, and with --json stdout alone is JSON', async (t) => {
  for (const [what, config, line, code, json] of ROWS) {
    const args = [...line.split(' '), '-c', configs.get(config) ?? ''];
    const title = `${what}: ${line}`;
    const plain = await runMain(args);
    t.is(plain.code, code, `${title}\n${plain.err}`);
    const shown = plain.out + plain.err;
    t.false(
      shown.includes('\u001b') || shown.includes('[y/N]'),
      `${title}: no colour and no question without a terminal`,
    );
    if (json === 'none') continue;
    const told = await runMain([...args, '--json']);
    t.is(told.code, code, `${title} --json\n${told.err}`);
    const value: unknown = JSON.parse(told.out);
    t.is(isError(value), json === 'error', `${title} --json\n${told.out}`);
    if (isError(value)) t.is(value.error.exitCode, code, title);
  }
});

test.serial('what is interrupted ends with 130', async (t) => {
  if ((await host.info('off')).statename !== 'STOPPED') await host.rpc('supervisor.stopProcess', 'off');
  const acting = startChild(['start', 'off', '--wait', '--json', '-c', configs.get('real') ?? '']);
  t.teardown(() => acting.child.kill('SIGKILL'));
  await eventually(
    () => host.info('off'),
    ({ statename }) => statename === 'STARTING',
    { what: 'it has begun', ms: 60_000 },
  );
  acting.child.kill('SIGINT');
  t.is(await acting.ended, 130, acting.stderr());
  t.like(JSON.parse(acting.lines.items.join('\n')), { schema: 'multivisor.outcomes/v1' });
  const watching = startChild(['watch', '--json', '-c', configs.get('real') ?? '']);
  t.teardown(() => watching.child.kill('SIGKILL'));
  await watching.lines.until((line) => line, { what: 'the first line', ms: 60_000 });
  watching.child.kill('SIGINT');
  t.is(await watching.ended, 130, watching.stderr());
});

const execute = promisify(execFile);

test.serial('a reader that has seen one line ends each command quietly, with 0', async (t) => {
  appendFileSync(`${host.dir}/a.log`, 'a line\n'.repeat(50_000));
  for (const line of [
    'logs a -n 50000',
    'status up:*',
    'status up:* --ndjson',
    'supervisors',
    'doctor',
    'config check',
  ]) {
    const command = `${process.execPath} ${BIN} ${line} -c "$1" | head -1; exit \${PIPESTATUS[0]}`;
    const { stdout, stderr } = await execute('bash', ['-c', command, 'bash', configs.get('real') ?? '']);
    t.is(stderr, '', line);
    t.regex(stdout, /^[^\n]+\n$/, line);
  }
});

test('a configuration with three mistakes tells all three, each with its line', async (t) => {
  const { err } = await runMain(['status', '-c', configs.get('wrong') ?? '']);
  const places = Array.from(err.matchAll(/\/wrong\.conf:(\d+): error: \S+/g), ([, line]) => line);
  t.deepEqual(places, ['2', '3', '4']);
});
