import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import test from 'ava';
import { eventually } from '../../helpers/deadline.ts';
import { startSupervisord } from '../../helpers/supervisord/supervisord.ts';
import type { Supervisord } from '../../helpers/supervisord/supervisord.ts';
import type { Folder, RunOptions } from '../run-main.ts';
import { makeFolder, runMain, startChild } from '../run-main.ts';

const program = (name: string, more = '') => `[program:${name}]\ncommand=sleep 1000\nstartsecs=0\n${more}\n`;

const schema: unknown = JSON.parse(readFileSync(new URL('../../../schema/outcomes.v1.json', import.meta.url), 'utf8'));
const validate = new Ajv2020({ allowUnionTypes: true }).compile<{ results: Record<string, unknown>[] }>(Object(schema));

let host: Supervisord;
let folder: Folder;
let config: string;

test.before(async () => {
  folder = await makeFolder();
  host = await startSupervisord({
    programs: `${program('a')}${program('off', 'autostart=false')}[program:fails]\ncommand=false\nstartretries=0\n`,
  });
  config = await folder.write('mv.conf', `[supervisor:s]\nurl = ${host.url}\n`);
});

test.after.always(async () => {
  await Promise.all([host.stop(), folder.remove()]);
});

const run = (line: string, options: RunOptions = {}) => runMain([...line.split(' '), '-c', config], options);

test.serial('wait ends when the state is reached, when it cannot be any more, or when the time is over', async (t) => {
  t.like(await run('wait a --for running'), { code: 0, out: 's:a:a  RUNNING\n', err: '' });
  t.is((await run('wait fails --for fatal')).code, 0);
  t.is((await run('wait a off --for running --any')).code, 0);
  const failed = await run('wait a fails --for running');
  t.is(failed.code, 5);
  t.regex(failed.err, /^multivisor: s:fails:fails is FATAL: /);
  const late = await run('wait off --for running --timeout 200ms');
  t.is(late.code, 124);
  t.regex(late.err, /s:off:off is STOPPED: never started/);
  t.is((await run('wait nope --for running')).code, 4);
  t.regex((await run('wait a')).err, /say for which state: --for/);
  t.regex((await run('wait a --for up')).err, /--for is one of running, stopped, exited, fatal/);
  t.regex((await run('wait')).err, /name what to wait for/);
  const coming = run('wait off --for running');
  await host.rpc('supervisor.startProcess', 'off');
  t.is((await coming).code, 0);
  await host.rpc('supervisor.stopProcess', 'off');
});

test.serial('one that becomes FATAL while it is waited for ends the wait with 5 there and then', async (t) => {
  const own = await startSupervisord({
    programs: '[program:late]\ncommand=sh -c "sleep 0.3; exit 1"\nautostart=false\nstartretries=1\n',
  });
  t.teardown(own.stop);
  const path = await folder.write('late.conf', `[supervisor:s]\nurl = ${own.url}\n`);
  const { child, lines, ended, stderr } = startChild([
    'wait',
    'late',
    '--for',
    'running',
    '--timeout',
    '1h',
    '-c',
    path,
  ]);
  t.teardown(() => child.kill('SIGKILL'));
  await own.rpc('supervisor.startProcess', 'late', false);
  // Within the deadline of a child, and so by no means after the hour.
  t.is(await ended, 5);
  t.deepEqual(lines.items, []);
  t.regex(stderr(), /^multivisor: s:late:late is FATAL: /);
});

test.serial('reread only tells what differs, update does it', async (t) => {
  await host.setPrograms(`${program('a')}${program('off', 'autostart=true')}${program('new')}`);
  const reread = await run('reread s');
  t.is(reread.code, 0);
  t.regex(reread.out, /added: new; changed: off; removed: fails/);
  t.deepEqual((await host.readAll()).map(({ name }) => name).toSorted(), ['a', 'fails', 'off']);
  const { pid } = await host.info('a');
  const { out, code } = await run('update s --json');
  t.is(code, 0);
  const value: unknown = JSON.parse(out);
  if (!validate(value)) throw new Error(JSON.stringify(validate.errors));
  const difference = { added: ['new'], changed: ['off'], removed: ['fails'] };
  t.like(value.results[0], { supervisor: 's', ok: true, difference });
  t.deepEqual((await host.readAll()).map(({ name }) => name).toSorted(), ['a', 'new', 'off']);
  t.is((await host.info('a')).pid, pid);
});

test.serial('what ends everything is asked for at a terminal, and refused without one', async (t) => {
  t.regex((await run('shutdown')).err, /name the supervisors to shutdown; '\*' means all of them/);
  const missing = await run('shutdown nope');
  t.is(missing.code, 4);
  t.regex(missing.err, /there is no supervisor "nope"/);
  for (const action of ['reload', 'shutdown']) {
    const declined = await run(`${action} s`, { answer: '' });
    t.is(declined.code, 1);
    t.regex(declined.err, new RegExp(`${action} s\\? Type s to go on: `));
    t.is((await run(`${action} s`, { answer: 'y' })).code, 1);
    t.regex((await run(`${action} s`)).err, new RegExp(`${action} needs -y`));
    t.regex((await run(`${action} s --dry-run`)).out, new RegExp(`would ${action}`));
  }
  const two = await folder.write('two.conf', `[supervisor:s]\nurl = ${host.url}\n[supervisor:t]\nurl = ${host.url}\n`);
  const refused = await runMain(['shutdown', '*', '-c', two]);
  t.is(refused.code, 2);
  t.regex(refused.err, /shutdown needs -y.*about 2 targets/);
  t.is((await host.info('a')).statename, 'RUNNING');
});

test.serial('a shutdown ends the supervisor', async (t) => {
  const own = await startSupervisord({ programs: program('a') });
  t.teardown(own.stop);
  const path = await folder.write('own.conf', `[supervisor:s]\nurl = ${own.url}\n`);
  const { code } = await runMain(['shutdown', 's', '-y', '-c', path]);
  t.is(code, 0);
  t.is((await runMain(['status', '-c', path])).code, 7);
});

test.serial('events tells what happens, with what came to be known of it', async (t) => {
  const { lines, child, ended } = startChild(['events', '-f', '--json', 'a', '-c', config]);
  t.teardown(() => child.kill('SIGKILL'));
  // Nothing tells that it has connected, so the program dies until it was seen.
  const killed = await eventually(
    async () => {
      const { pid } = await host.info('a');
      if (pid > 0) process.kill(pid, 'SIGTERM');
      return lines.items.find((line) => line.includes('"to":"EXITED"') && line.includes('"source":"log"')) ?? '';
    },
    (line) => line !== '',
    { what: 'a death is told', ms: 20_000, everyMs: 500 },
  );
  t.like(JSON.parse(killed), { uid: 's:a:a', from: 'RUNNING', to: 'EXITED', source: 'log', by: null });
  child.kill('SIGINT');
  t.is(await ended, 130);
});

test.serial('the shell runs commands one after the other, and ends with the code of the last', async (t) => {
  const session = async (input: string) => {
    const { child, lines, ended, stderr } = startChild(['shell', '-c', config], { input });
    t.teardown(() => child.kill('SIGKILL'));
    const code = await ended;
    return { code, out: lines.items.join('\n'), err: stderr() };
  };
  const first = await session('status -o name a\n\nrefresh-status "a" -o name\nhelp status\n');
  t.is(first.code, 0);
  t.regex(first.out, /^s:a:a\ns:a:a\nShow supervisors and processes\./);
  t.is((await session('status nope\n')).code, 4);
  t.is((await session('status nope\nexit\nstatus -o name\n')).out, '');
  const inner = await session('shell\n');
  t.is(inner.code, 2);
  t.regex(inner.err, /shell is not for within the shell; exit ends it/);
});
