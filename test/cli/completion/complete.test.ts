import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { createCommands } from '../../../src/cli/commands.ts';
import { complete } from '../../../src/cli/completion/complete.ts';
import { splitWords } from '../../../src/cli/shell/split-words.ts';
import { eventually } from '../../helpers/deadline.ts';
import { startSupervisord } from '../../helpers/supervisord/supervisord.ts';
import { makeFolder, runMain, startChild } from '../run-main.ts';

const commands = createCommands(() => Promise.resolve(0));
const names = () => Promise.resolve({ processes: ['s1:g:web', 's2:g:web', 's1:cron:cron'], supervisors: ['s1', 's2'] });

const ROWS: readonly (readonly [string, readonly string[] | null])[] = [
  ['sto', ['stop']],
  ['status --so', ['--sort']],
  ['status --sort u', ['uptime']],
  ['status --no-', ['--no-color']],
  ['watch --no-s', ['--no-snapshot']],
  ['-c ', null],
  ['status --token-file ', null],
  ['-c some.conf stop c', ['cron', 'cron:']],
  ['stop ', ['web', 'cron', 'g:', 'cron:', 's1:', 's2:']],
  ['stop s1:', ['s1:g:web', 's1:cron:cron']],
  ['stop g:', ['g:web']],
  ['stop --json web s2:', ['s2:g:web']],
  ['doctor s', ['s1', 's2']],
  ['config ', ['check']],
  ['completion z', ['zsh']],
  ['tui ', []],
  ['frobnicate ', []],
];

test('what may come next depends on what stands before', async (t) => {
  for (const [line, expected] of ROWS)
    t.deepEqual(await complete({ words: line.split(' '), commands, names }), expected, line);
});

test('every command is offered', async (t) => {
  const offered = await complete({ words: [''], commands, names });
  t.deepEqual(offered, ['help', ...commands.map(({ name }) => name)]);
});

test('a line is split as a shell splits it', (t) => {
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ['', []],
    ['  status   a  ', ['status', 'a']],
    [`stop 'web:*' "a b" c\\ d`, ['stop', 'web:*', 'a b', 'c d']],
    [`a"b c"'d'e`, ['ab cde']],
    [String.raw`logs --grep "a\"b" \*`, ['logs', '--grep', 'a"b', '*']],
    [`''`, ['']],
  ];
  for (const [line, words] of rows) t.deepEqual(splitWords(line), [...words], line);
});

test('names come from the supervisors and are remembered; older ones are shown while new ones are fetched', async (t) => {
  const host = await startSupervisord({ programs: '[program:web]\ncommand=sleep 1000\n' });
  const folder = await makeFolder();
  t.teardown(async () => {
    await host.stop();
    await folder.remove();
  });
  const config = await folder.write('mv.conf', `[supervisor:s]\nurl = ${host.url}\n`);
  const env = { XDG_CACHE_HOME: folder.path };
  const ask = async () => {
    const { lines, ended } = startChild(['completion', 'words', '--', 'stop', '-c', config, 'we'], { env });
    t.is(await ended, 0);
    return lines.items.join(' ');
  };
  const known = ['web web:', 'web webhook web: webhook:'] as const;
  const asked = (words: string) => eventually(ask, (answer) => answer === words, { what: words, ms: 60_000 });
  await asked(known[0]);
  const [cache = ''] = readdirSync(join(folder.path, 'multivisor'));
  const path = join(folder.path, 'multivisor', cache);
  const age = () => writeFileSync(path, readFileSync(path, 'utf8').replace(/"at":\d+/, '"at":1'));

  await host.halt();
  age();
  t.is(await ask(), known[0], 'nobody is waited for');
  await host.setPrograms('[program:web]\ncommand=sleep 1000\n[program:webhook]\ncommand=sleep 1000\n');
  await host.start();
  age();
  await asked(known[1]);
  t.is((await runMain(['completion', 'words', '--', 'status', '-c', ''], { env })).code, 9);
});

test('the script for bash completes, also behind a colon', async (t) => {
  const folder = await makeFolder();
  t.teardown(folder.remove);
  const bin = join(folder.path, 'bin');
  mkdirSync(bin);
  const entry = fileURLToPath(new URL('../../../bin/multivisor.ts', import.meta.url));
  const root = fileURLToPath(new URL('../../..', import.meta.url));
  writeFileSync(join(bin, 'multivisor'), `#!/bin/sh\ncd ${root} && exec ${process.execPath} ${entry} "$@"\n`, {
    mode: 0o755,
  });
  const script = await folder.write('completion.bash', (await runMain(['completion', 'bash'])).out);
  const completeIn = (line: string) =>
    execFileSync(
      'bash',
      [
        '-c',
        `source ${script}; COMP_LINE=$1 COMP_POINT=\${#1}; _multivisor; printf '%s\\n' "\${COMPREPLY[@]}"`,
        'bash',
        line,
      ],
      { encoding: 'utf8', env: { ...process.env, PATH: `${bin}:${process.env['PATH']}`, HOME: folder.path } },
    )
      .trimEnd()
      .split('\n');
  t.deepEqual(completeIn('multivisor sto'), ['stop']);
  t.deepEqual(completeIn('multivisor status --group-by s'), ['supervisor']);
  const host = await startSupervisord({
    programs: '[group:g]\nprograms=a,b\n[program:a]\ncommand=sleep 9\n[program:b]\ncommand=sleep 9\n',
  });
  t.teardown(host.stop);
  const config = await folder.write('mv.conf', `[supervisor:s]\nurl = ${host.url}\n`);
  await eventually(
    () => completeIn(`multivisor -c ${config} stop s:g:`).join(' '),
    (words) => words === 'a b',
    { what: 'the names are known', ms: 60_000 },
  );
  t.pass();
});
