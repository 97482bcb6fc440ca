import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { text } from 'node:stream/consumers';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { createCommands } from '../../../src/cli/commands.ts';
import { makeFolder, runMain, startChild } from '../run-main.ts';

const BIN = fileURLToPath(new URL('../../../bin/multivisor.ts', import.meta.url));
const COMMANDS = createCommands(() => Promise.resolve(0));

const MISTAKES: readonly (readonly [string, RegExp])[] = [
  ['stpo', /no command "stpo"; did you mean "stop"\?/],
  ['frobnicate', /no command "frobnicate"; see multivisor --help/],
  ['status --jsn', /multivisor status has no option --jsn; did you mean "--json"\?/],
  ['--jsn', /multivisor has no option --jsn; did you mean "--json"\?/],
  ['status -q', /multivisor status has no option -q; see multivisor status --help/],
  ['config check --wait', /multivisor config has no option --wait/],
  ['status -c', /--config needs a value: --config FILE/],
  ['status -c a -c b', /--config can only be set once/],
  ['status -o yaml', /--output is one of table, wide, name, csv, json, ndjson, not "yaml"/],
  ['status --sort size', /--sort is one of order, state, name, supervisor, uptime, restarts, not "size"/],
  ['status --group-by host', /--group-by is one of supervisor, group, none, not "host"/],
  ['status --expect rnning', /--expect names states, and "rnning" is none; known: .*running/],
  ['status --timeout soon', /--timeout is a time such as 500ms, 5s or 2m, not "soon"/],
  ['status state=fatl', /"state=fatl": unknown state "fatl"/],
  ['status colour=red', /"colour=red": unknown field "colour"/],
  ['stop', /name what to stop, such as NAME, group:\* or supervisor:\*; '\*' means everything/],
  ['signal', /say which signal and to what/],
  ['signal HUP', /say which signal and to what/],
  ['signal HPU web', /"HPU" is no signal; did you mean "HUP"\?/],
  ['signal 65 web', /"65" is no signal/],
  ['restart web --batch none', /--batch is a number such as 5 or a share such as 25%/],
  ['restart web --pause 3s', /--pause is about batches: give --batch/],
  ['restart web --batch 2 --max-failures x', /--max-failures is a whole number, not "x"/],
  ['logs', /name whose logs to show/],
  ['logs web -n many', /--lines is a whole number, not "many"/],
  ['logs web --grep (', /--grep is no regular expression/],
  ['config', /multivisor config check/],
  ['tui', /needs a terminal; without one: multivisor status/],
  ['tui web', /--filter 'web'/],
];

test('a wrong command line ends with 2 and names the next step, on stderr alone', async (t) => {
  for (const [line, expected] of MISTAKES) {
    const { code, out, err } = await runMain(line.split(' '));
    t.is(code, 2, line);
    t.is(out, '', line);
    t.regex(err, expected, line);
    t.true(err.startsWith('multivisor: ') && err.endsWith('\n'), line);
  }
});

test('control characters of what was typed do not reach the terminal', async (t) => {
  const { err } = await runMain(['\u001b[31mred']);
  t.false(err.includes('\u001b'));
});

test('every command has help with examples first, and all of its options', async (t) => {
  // `project` takes the whole line and has help of its own.
  for (const command of COMMANDS.filter(({ name }) => name !== 'project')) {
    const { code, out, err } = await runMain([command.name, '--help']);
    t.is(code, 0);
    t.is(err, '');
    t.true(out.indexOf('Examples') < out.indexOf('Usage'), command.name);
    for (const { line } of command.examples) t.true(out.includes(line), line);
    t.true(Math.max(...out.split('\n').map((line) => line.length)) <= 100, command.name);
  }
  const general = await runMain(['--help']);
  for (const command of COMMANDS) t.true(general.out.includes(`  ${command.name} `), command.name);
});

test('the version is that of the package', async (t) => {
  const text = await readFile(new URL('../../../package.json', import.meta.url), 'utf8');
  const version: unknown = Reflect.get(Object(JSON.parse(text)), 'version');
  for (const flag of ['--version', '-V']) t.is((await runMain([flag])).out, `${String(version)}\n`);
});

test('a reader that has seen enough ends the command quietly', async (t) => {
  const { child, stderr } = startChild(['--help']);
  child.stdout?.destroy();
  const [code]: unknown[] = await once(child, 'exit');
  t.is(code, 0);
  t.is(stderr(), '');
});

test('output that cannot be written ends the command with one line about it', async (t) => {
  const full = openSync('/dev/full', 'w');
  t.teardown(() => closeSync(full));
  const child = spawn(process.execPath, [BIN, '--help'], { stdio: ['ignore', full, 'pipe'] });
  const said = child.stderr === null ? '' : text(child.stderr);
  const [code]: unknown[] = await once(child, 'exit');
  t.is(code, 1);
  t.regex(await said, /^multivisor: the output cannot be written: ENOSPC[^\n]*\n$/);
});

test('neither help nor status loads React or Ink', async (t) => {
  const folder = await makeFolder();
  t.teardown(folder.remove);
  const config = await folder.write('mv.conf', '[supervisor:a]\nurl = http://127.0.0.1:1\n');
  for (const args of [['--help'], ['status', '-c', config]]) {
    await startChild(args, { env: { NODE_V8_COVERAGE: folder.path } }).ended;
  }
  const reports = (await readdir(folder.path)).filter((name) => name.startsWith('coverage'));
  const loaded = (await Promise.all(reports.map((name) => readFile(join(folder.path, name), 'utf8')))).join('\n');
  t.regex(loaded, /\/src\/cli\/commands\/status\.ts"/);
  t.notRegex(loaded, /\/node_modules\/(ink|react)\//);
});
