// Whatever a server behind --remote says is text on the terminal, in every command that shows some of it.
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { createLocalSession } from '../../../src/core/session/local-session.ts';
import { complete } from '../../../src/cli/completion/complete.ts';
import { toJson } from '../../../src/cli/output/json.ts';
import { escapeText } from '../../../src/core/view/escape.ts';
import { createFakeLink } from '../../helpers/core/fake-link.ts';
import { reading, reported, spec } from '../../helpers/core/readings.ts';
import { realClock } from '../../helpers/core/world.ts';
import { eventually } from '../../helpers/deadline.ts';
import { startLyingServer } from '../../helpers/server/lying-server.ts';
import { testWith } from '../../helpers/peers.ts';
import { openTerminal } from '../../helpers/terminal/terminal.ts';
import { makeFolder, runMain, startChild } from '../run-main.ts';

const BIN = fileURLToPath(new URL('../../../bin/multivisor.ts', import.meta.url));

/** Writes the clipboard, clears the screen, turns the direction round, and shows nothing of a space and a tag. */
const EVIL = 'e\u001b]52;c;QUJD\u0007\u001b[2J\u009b31m\u202e\u200b\u{e0041}\u0085v';
const ACTS = /(?!\n)[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}]/u;
const NAME = `p${EVIL}`;

type Scope = { teardown(end: () => Promise<void>): void };

async function serveLies(t: Scope) {
  const link = createFakeLink();
  const supervisors = [{ spec: spec(`s${EVIL}`, { url: `http://${EVIL}` }), link }];
  const session = createLocalSession({ name: `lab${EVIL}`, epoch: 'e', by: EVIL, supervisors, clock: realClock });
  const more = { spawnError: EVIL, stdoutLog: `/log/${EVIL}`, stderrLog: '', description: EVIL };
  link.emitAll([
    { ...reading('g:x', 'FATAL', more), group: `g${EVIL}`, name: NAME },
    reading('g:plain', 'RUNNING', { stdoutLog: '/log/plain' }),
  ]);
  const agent = { identification: EVIL, version: EVIL, apiVersion: '3.0', pid: 1, state: 'RUNNING' } as const;
  link.emit({ type: 'identity', identity: agent });
  link.emit({ type: 'transitions', transitions: [reported('g:plain', 'EXITED', { from: 'RUNNING' })] });
  const server = await startLyingServer(session, EVIL);
  t.teardown(async () => {
    await server.close();
    await session.close();
  });
  return server;
}

const LINES: readonly (readonly string[])[] = [
  ...['table', 'wide', 'name', 'json', 'ndjson', 'csv'].map((format) => ['status', '-o', format]),
  ['status', '--group-by', 'group'],
  ['status', 'nobody'],
  ['supervisors'],
  ['supervisors', '-o', 'name'],
  ['supervisors', '--json'],
  ['events'],
  ['events', '--json'],
  ['logs', '*', '--stream', 'stderr'],
  ['logs', '*'],
  ['logs', '*', '--json'],
  ['restart', '*', '-y'],
  ['restart', '*', '-y', '--json'],
  ['restart', '*', '-y', '--ascii'],
  ['restart', '*'],
  ['wait', '*', '--for', 'running', '--timeout', '50ms'],
  ['doctor'],
  ['doctor', '--json'],
];

test('no command hands on what a lying server would have the terminal do', async (t) => {
  const { url } = await serveLies(t);
  for (const line of LINES) {
    const ran = await runMain([...line, '--remote', url], { answer: 'n' });
    const said = ran.out + ran.err;
    t.is(ACTS.exec(said.replaceAll('\r\n', '\n')), null, `${line.join(' ')}: ${JSON.stringify(said)}`);
    t.true(said.length > 20, `${line.join(' ')} says something`);
  }
});

test('what is told for as long as one looks is text too', async (t) => {
  const { url } = await serveLies(t);
  for (const line of [['events', '-f'], ['events', '-f', '--json'], ['watch'], ['watch', '--json']]) {
    const running = startChild([...line, '--remote', url], { unbounded: true });
    t.teardown(() => void running.child.kill('SIGKILL'));
    await eventually(
      () => running.lines.items.join('\n') + running.stderr(),
      (said) => said.includes('52;c'),
      { what: `${line.join(' ')} has told of it`, ms: 30_000 },
    );
    running.child.kill('SIGINT');
    await running.ended;
    const said = running.lines.items.join('\n') + running.stderr();
    t.is(ACTS.exec(said), null, `${line.join(' ')}: ${JSON.stringify(said)}`);
  }
});

testWith('tmux', test)('the prompt of the shell shows the name of a lying server as text', async (t) => {
  const { url } = await serveLies(t);
  const folder = await makeFolder();
  t.teardown(folder.remove);
  const terminal = await openTerminal({
    command: `${process.execPath} ${BIN} shell --remote ${url}`,
    columns: 200,
    env: { HOME: folder.path, XDG_STATE_HOME: folder.path, LANG: 'C.UTF-8' },
  });
  t.teardown(terminal.close);
  const screen = await terminal.until((shown) => /^lab.* 1\/1 .*>/mu.test(shown), { what: 'the prompt', ms: 60_000 });
  t.true(screen.includes(escapeText(`lab${EVIL}`)), screen);
});

test('a name that a terminal could act on is not offered to a tab', async (t) => {
  const commands = [
    { name: 'logs', summary: '', args: '', completes: 'processes', options: [], examples: [] },
  ] as const;
  const offered = await complete({ words: ['logs', ''], commands: commands.map((each) => ({ ...each, run })), names });
  t.deepEqual(offered, ['plain', 'g:', 's:']);
});

const names = () => Promise.resolve({ processes: [`s:g:${NAME}`, 's:g:plain'], supervisors: ['s', `s${EVIL}`] });
const run = () => Promise.resolve(0);

test('JSON hides nothing from who reads it and changes nothing for who parses it', (t) => {
  const json = toJson({ text: EVIL });
  t.is(ACTS.exec(json), null);
  t.deepEqual(JSON.parse(json), { text: EVIL });
  t.is(toJson('❤\ufe0f'), '"❤\ufe0f"');
});
