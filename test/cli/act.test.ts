import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import test from 'ava';
import { eventually } from '../helpers/deadline.ts';
import type { Supervisord } from '../helpers/supervisord/supervisord.ts';
import { startSupervisord } from '../helpers/supervisord/supervisord.ts';
import type { Folder, RunOptions } from './run-main.ts';
import { makeFolder, runMain } from './run-main.ts';

const PROGRAMS = `
[group:g]
programs=a,b,c,d
[program:a]
command=sleep 1000
startsecs=0
[program:b]
command=sleep 1000
startsecs=0
[program:c]
command=sleep 1000
startsecs=0
[program:d]
command=sleep 1000
startsecs=0
[program:fails]
command=false
autostart=false
startretries=0
[program:trap]
command=python3 -uc "import signal; signal.signal(signal.SIGHUP, lambda *_: print('hupped')); print('ready'); [signal.pause() for _ in range(99)]"
startsecs=0
stdout_logfile=%(here)s/trap.log
`;

const text = readFileSync(new URL('../../schema/outcomes.v1.json', import.meta.url), 'utf8');
const validate = new Ajv2020({ allowUnionTypes: true }).compile<{ results: Record<string, unknown>[] }>(
  Object(JSON.parse(text)),
);

let host: Supervisord;
let folder: Folder;
let config: string;

test.before(async () => {
  folder = await makeFolder();
  host = await startSupervisord({ programs: PROGRAMS });
  config = await folder.write('mv.conf', `[supervisor:s]\nurl = ${host.url}\n`);
});

test.after.always(async () => {
  await Promise.all([host.stop(), folder.remove()]);
});

const run = (line: string, options: RunOptions = {}) => runMain([...line.split(' '), '-c', config], options);

async function results(line: string): Promise<Record<string, unknown>[]> {
  const { out } = await run(`${line} --json`);
  const value: unknown = JSON.parse(out);
  if (!validate(value)) throw new Error(`${JSON.stringify(validate.errors)}\n${out}`);
  return value.results;
}

const pids = async () => Promise.all(['g:a', 'g:b', 'g:c', 'g:d'].map(async (name) => (await host.info(name)).pid));

const stateOf = async (name: string) => (await host.info(name)).statename;

test.serial('each target has its outcome, and what is so already is no failure', async (t) => {
  t.deepEqual(await results('stop s:g:a --wait'), [
    { uid: 's:g:a', from: 'RUNNING', to: 'STOPPED', ok: true, code: 'ok', message: '' },
  ]);
  t.is(await stateOf('g:a'), 'STOPPED');
  t.like((await results('stop s:g:a'))[0], { ok: true, code: 'unchanged', from: 'STOPPED', to: 'STOPPED' });
  t.like((await results('start s:g:a --wait'))[0], { ok: true, code: 'ok', from: 'STOPPED', to: 'RUNNING' });
  t.like((await results('start s:g:a'))[0], { ok: true, code: 'unchanged' });
  t.is(await stateOf('g:a'), 'RUNNING');
});

test.serial('a restart is another process', async (t) => {
  const { pid } = await host.info('g:a');
  const { code, out } = await run('restart a --wait');
  t.is(code, 0);
  t.regex(out, /^✔ s:g:a /);
  t.not((await host.info('g:a')).pid, pid);
});

test.serial('a process that does not come up ends with 5 and says why; among others it is 6', async (t) => {
  const { code, out } = await run('start fails --wait');
  t.is(code, 5);
  // Of one that ends at once, supervisord sees the end at times before it answers.
  t.regex(out, /^✖ s:fails:fails {2}(?:\w+ → FATAL {2}it is FATAL|\w+ .*could not be spawned)/);
  const both = await run('start fails a --wait');
  t.is(both.code, 6);
  t.regex(both.err, /start: 1 done, 1 failed/);
});

const REFUSED: readonly (readonly [string, RegExp])[] = [
  ['stop g:*', /stop needs -y, because there is no terminal to ask at: it is about 4 targets/],
  ['restart g:a g:b', /restart needs -y.*about 2 targets/],
  ['stop *', /needs -y/],
  ['signal KILL *', /signal needs -y.*about 6 targets/],
  ['signal HUP g:*', /signal needs -y/],
  ['clear g:*', /clear needs -y/],
];

test.serial('without a terminal several are not stopped, signalled or emptied by accident', async (t) => {
  for (const [line, expected] of REFUSED) {
    const { code, err, out } = await run(line);
    t.is(code, 2, line);
    t.is(out, '', line);
    t.regex(err, expected, line);
  }
  for (const name of ['g:a', 'g:b', 'g:c', 'g:d']) t.is(await stateOf(name), 'RUNNING');
  t.is((await run('start g:*')).code, 0);
  t.is((await run('stop g:a')).code, 0);
  t.is((await run('restart g:* -y --wait')).code, 0);
  t.is(await stateOf('g:a'), 'RUNNING');
});

test.serial('at a terminal it asks for more than one, with no as the answer', async (t) => {
  for (const answer of ['', 'n', 'nope', 'yay']) {
    const { code, err } = await run('stop g:*', { answer });
    t.is(code, 1, answer);
    t.regex(err, /s:g:a\n.*\n.*\n.*s:g:d\nstop 4 processes on s\? \[y\/N\] /, answer);
    t.regex(err, /nothing was done/, answer);
  }
  t.is(await stateOf('g:a'), 'RUNNING');
  t.is((await run('stop g:* --wait', { answer: 'y' })).code, 0);
  t.is(await stateOf('g:d'), 'STOPPED');
  t.notRegex((await run('start a --wait', { answer: 'n' })).err, /\?/);
  t.is((await run('start g:* -y --wait', { answer: 'n' })).code, 0);
});

test.serial('a dry run says what would be done, and does nothing', async (t) => {
  const { code, out } = await run('stop g:a g:b --dry-run');
  t.is(code, 0);
  t.is(out, '✔ s:g:a  RUNNING  would stop\n✔ s:g:b  RUNNING  would stop\n');
  t.is(await stateOf('g:a'), 'RUNNING');
});

test.serial('a roll goes batch by batch and stops after too many failures', async (t) => {
  const before = await pids();
  t.is((await run('restart g:* -y --batch 50%')).code, 0);
  const after = await pids();
  t.true(after.every((pid, index) => pid > 0 && pid !== before[index]));

  const { code, out } = await run('start fails a b -y --batch 1');
  t.is(code, 6);
  const untouched = out.split('\n').filter((line) => line.startsWith('- '));
  t.true(untouched.length <= 2);
  const rolled = await results('restart fails c -y --batch 1');
  t.is(rolled.length, 2);
  t.is((await pids()).filter((pid) => pid > 0).length, 4);
});

test.serial('a signal arrives by name and by number', async (t) => {
  const hups = async () => {
    const { stdout_logfile: path } = await host.info('trap');
    return readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line === 'hupped').length;
  };
  await eventually(
    () => readFileSync(`${host.dir}/trap.log`, 'utf8'),
    (log) => log.includes('ready'),
    { what: 'the program is ready' },
  );
  for (const [index, name] of ['HUP', 'SIGHUP', 'hup', '1'].entries()) {
    t.is((await run(`signal ${name} trap`)).code, 0, name);
    await eventually(hups, (count) => count === index + 1, { what: `the signal ${name} arrives` });
  }
  t.is((await run('clear trap')).code, 0);
  t.is(readFileSync(`${host.dir}/trap.log`, 'utf8'), '');
});

test.serial('read_only is refused with 8, protected asks for one, too', async (t) => {
  const guarded = await folder.write('ro.conf', `[supervisor:s]\nurl = ${host.url}\nread_only = yes\n`);
  const refused = await runMain(['stop', 'g:a', '-c', guarded]);
  t.is(refused.code, 8);
  t.regex(refused.out, /s is read_only in the configuration/);
  const kept = await folder.write('protected.conf', `[supervisor:s]\nurl = ${host.url}\nprotected = yes\n`);
  const asked = await runMain(['stop', 'g:a', '-c', kept]);
  t.is(asked.code, 2);
  t.regex(asked.err, /stop needs -y, .*: s is protected in the configuration/);
  const declined = await runMain(['stop', 'g:a', '-c', kept], { answer: 'n' });
  t.is(declined.code, 1);
  t.is(await stateOf('g:a'), 'RUNNING');
  t.is((await runMain(['stop', 'g:a', '-c', kept, '-y', '--wait'])).code, 0);
  t.is(await stateOf('g:a'), 'STOPPED');
});

test.serial('a wait that takes too long ends with 124', async (t) => {
  const slow = await startSupervisord({
    programs: '[program:slow]\ncommand=sleep 1000\nstartsecs=60\nautostart=false\n',
  });
  t.teardown(slow.stop);
  const path = await folder.write('slow.conf', `[supervisor:s]\nurl = ${slow.url}\n`);
  const { code, out } = await runMain(['start', 'slow', '--wait', '--timeout', '300ms', '-c', path]);
  t.is(code, 124);
  t.regex(out, /still STARTING, not RUNNING, after 0\.3 s/);
});
