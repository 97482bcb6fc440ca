import { appendFileSync, readFileSync } from 'node:fs';
import test from 'ava';
import { eventually } from '../../helpers/deadline.ts';
import type { Supervisord } from '../../helpers/supervisord/supervisord.ts';
import { startSupervisord } from '../../helpers/supervisord/supervisord.ts';
import type { Folder } from '../run-main.ts';
import { makeFolder, runMain, startChild } from '../run-main.ts';

// What a program wrote is a file that the test may write to just as well.
const PROGRAMS = `
[program:many]
command=sleep 1000
stdout_logfile=%(here)s/many.log
stderr_logfile=NONE
[program:both]
command=sleep 1000
stdout_logfile=%(here)s/both.out
stderr_logfile=%(here)s/both.err
[program:none]
command=sleep 1000
stdout_logfile=NONE
stderr_logfile=NONE
[program:live]
command=sleep 1000
stdout_logfile=%(here)s/live.log
redirect_stderr=true
`;

let host: Supervisord;
let folder: Folder;
let config: string;
const write = (name: string, text: string) => appendFileSync(`${host.dir}/${name}`, text);
const numbered = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => `line ${from + i} ${'é'.repeat((from + i) % 90)}`);

test.before(async () => {
  folder = await makeFolder();
  host = await startSupervisord({ programs: PROGRAMS });
  config = await folder.write('mv.conf', `[supervisor:s]\nurl = ${host.url}\n`);
  write('many.log', `${numbered(1, 3_000).join('\n')}\n`);
  write('both.out', 'out 1\nout \u001b[32mgreen\u001b[0m\nbell\u0007 \u001b]0;title\u0007\u202e\nlast without end');
  write('both.err', 'err 1\n');
});

test.after.always(async () => {
  await Promise.all([host.stop(), folder.remove()]);
});

const run = (line: string) => runMain([...line.split(' '), '-c', config]);
const linesOf = (text: string) => (text === '' ? [] : text.replace(/\n$/, '').split('\n'));

test('-n counts lines, however long they are', async (t) => {
  for (const count of [1, 2, 10, 500, 2_999, 3_000, 5_000]) {
    const { out, code } = await run(`logs many -n ${count}`);
    t.is(code, 0);
    t.deepEqual(linesOf(out), numbered(Math.max(1, 3_001 - count), 3_000), String(count));
  }
  t.is((await run('logs many -n 0')).out, '');
  t.is(linesOf((await run('logs many')).out).length, 10);
});

test('both streams are shown, or the one that is asked for', async (t) => {
  t.deepEqual(linesOf((await run('logs both --stream stderr')).out), ['err 1']);
  const both = linesOf((await run('logs both')).out);
  t.deepEqual(both, ['out 1', 'out green', String.raw`bell\x07 \u202e`, 'last without end', 'err 1']);
});

test('--raw leaves control sequences as they were written', async (t) => {
  const { out } = await run('logs both --stream stdout --raw');
  t.is(out, `${readFileSync(`${host.dir}/both.out`, 'utf8')}\n`);
});

test('--grep counts the lines that match, as far back as they are', async (t) => {
  const matching = numbered(101, 3_000).filter((_, index) => index % 100 === 6);
  for (const count of [1, 3, 10, 28, 29, 99]) {
    const { out } = await run(`logs many -n ${count} --grep ^line\\s\\d*07\\s`);
    t.deepEqual(linesOf(out), matching.slice(-count), String(count));
  }
  t.deepEqual(await run('logs many --grep nowhere'), { code: 0, out: '', err: '' });
});

test('--grep keeps what matches, and several processes have their names in front', async (t) => {
  t.deepEqual(linesOf((await run('logs many --grep 29[78]0')).out), [
    ...numbered(2_970, 2_970),
    ...numbered(2_980, 2_980),
  ]);
  const { out } = await run('logs many both --grep 1$|3000');
  t.regex(out, /^s:many:many │ line 3000 /m);
  t.regex(out, /^s:both:both │ out 1$/m);
  t.regex(out, /^s:both:both ┃ err 1$/m);
});

test('--json is one object a line; old lines have no time of receipt', async (t) => {
  const { out } = await run('logs both --json --stream stderr');
  t.deepEqual(JSON.parse(out), { type: 'line', ts: null, uid: 's:both:both', stream: 'stderr', line: 'err 1' });
  const raw = (await run('logs both --json --stream stdout')).out;
  t.notRegex(raw.replaceAll('\n', ''), /\p{Cc}|\p{Bidi_Control}/u);
  const third: unknown = JSON.parse(linesOf(raw)[2] ?? '');
  t.is(Reflect.get(Object(third), 'line'), 'bell\u0007 \u001b]0;title\u0007\u202e');
});

test('a process without a log says so', async (t) => {
  const { code, out, err } = await run('logs none');
  t.is(code, 1);
  t.is(out, '');
  t.regex(err, /s:none:none has no log \(redirect_stderr, NONE or syslog\)/);
  const one = await run('logs many --stream stderr');
  t.is(one.code, 1);
  t.regex(one.err, /s:many:many has no stderr log/);
  t.is((await run('logs many none -n 1')).code, 0);
});

test('following begins with the last lines, goes on without gap or repetition, and ends with 130', async (t) => {
  write('live.log', `${numbered(1, 20).join('\n')}\n`);
  const { lines, child, ended, stderr } = startChild(['logs', 'live', '-f', '-n', '3', '-c', config]);
  t.teardown(() => child.kill('SIGKILL'));
  await lines.until((line) => (line.startsWith('line 20 ') ? line : undefined), {
    what: 'the last old line',
    ms: 15_000,
  });
  for (let next = 21; next <= 60; next += 10) {
    write('live.log', `${numbered(next, next + 9).join('\n')}\n`);
    await lines.until((line) => (line.startsWith(`line ${next + 9} `) ? line : undefined), {
      what: `line ${next + 9}`,
    });
  }
  write('live.log', 'not yet ');
  write('live.log', 'ended\n');
  await lines.until((line) => (line === 'not yet ended' ? line : undefined), { what: 'a line in two parts' });
  t.deepEqual(lines.items, [...numbered(18, 60), 'not yet ended']);
  child.kill('SIGINT');
  t.is(await ended, 130);
  t.is(stderr(), '');
});

test('a log that is emptied while it is followed shows a gap, not silence', async (t) => {
  const own = await startSupervisord({
    programs: '[program:w]\ncommand=sleep 1000\nstdout_logfile=%(here)s/w.log\nredirect_stderr=true\n',
  });
  t.teardown(own.stop);
  const path = await folder.write('own.conf', `[supervisor:s]\nurl = ${own.url}\n`);
  appendFileSync(`${own.dir}/w.log`, 'before\n');
  const { lines, child } = startChild(['logs', 'w', '-f', '--json', '-c', path]);
  t.teardown(() => child.kill('SIGKILL'));
  await lines.until((line) => (line.includes('before') ? line : undefined), { what: 'the old line', ms: 15_000 });
  await own.rpc('supervisor.clearProcessLogs', 'w');
  const gap = await lines.until((line) => (line.includes('"gap"') ? line : undefined), { what: 'the gap', ms: 15_000 });
  t.like(JSON.parse(gap), { type: 'gap', uid: 's:w:w', stream: 'stdout' });
  await eventually(
    () => {
      appendFileSync(`${own.dir}/w.log`, 'after\n');
      return lines.items.some((line) => line.includes('after'));
    },
    (seen) => seen,
    { what: 'a new line after the gap', ms: 15_000, everyMs: 200 },
  );
});
