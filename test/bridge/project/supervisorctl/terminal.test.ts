// What is typed at `fg` and in the shell, in a real terminal.
import test from 'ava';
import { testWith } from '../../../helpers/peers.ts';
import type { TestProject } from '../../../helpers/project/project.ts';
import { openProject } from '../../../helpers/project/project.ts';
import type { Terminal } from '../../../helpers/terminal/terminal.ts';
import { openTerminal } from '../../../helpers/terminal/terminal.ts';

const BUNDLE = new URL('../../../../dist/multivisor.js', import.meta.url).pathname;
const testTerminal = testWith('tmux', test);

const ECHO = '[program:echo]\ncommand=sh -c "echo ready; while read line; do echo got $line; done"\n';

const prompts = (screen: string) => screen.match(/^supervisor>/gmu)?.length ?? 0;

function open(project: TestProject, command: string): Promise<Terminal> {
  const names = ['XDG_RUNTIME_DIR', 'PORT', 'MULTIVISOR_TEST', 'PATH'];
  const env = Object.fromEntries(names.map((name) => [name, project.env[name] ?? '']));
  return openTerminal({ command: `${process.execPath} ${BUNDLE} project ${command}`, cwd: project.dir, env });
}

testTerminal('fg of a program whose stderr is in its stdout: typed, echoed, left; no stack trace', async (t) => {
  const project = await openProject(t, 'node', { files: { 'supervisord.conf': ECHO } });
  await project.mv('-d', '--noreload');
  await project.untilState('RUNNING', 'echo');
  const terminal = await open(project, 'fg echo');
  try {
    await terminal.until((screen) => /echo\/stderr there is no such log/u.test(screen), { what: 'the one line' });
    await terminal.press('hello', 'Enter');
    await terminal.until((screen) => screen.includes('got hello'), { what: 'the answer' });
    await terminal.press('C-d');
    const screen = await terminal.until((text) => /^exit 0$/mu.test(text), { what: 'its end' });
    t.false(/at async|node:internal|Error:/u.test(screen), screen);
  } finally {
    await terminal.close();
  }
});

testTerminal(
  'in the shell ctrl-C ends tail -f and fg, which has the words that are typed, and not the shell',
  async (t) => {
    const project = await openProject(t, 'node', { files: { 'supervisord.conf': ECHO } });
    await project.mv('-d', '--noreload');
    await project.untilState('RUNNING', 'echo');
    const terminal = await open(project, 'shell');
    try {
      await terminal.until((screen) => prompts(screen) === 1, { what: 'the prompt' });
      await terminal.press('tail -f echo', 'Enter');
      await terminal.until((screen) => screen.includes('ready'), { what: 'the log' });
      await terminal.press('C-c');
      await terminal.until((screen) => prompts(screen) === 2, { what: 'the prompt again' });
      await terminal.press('fg echo', 'Enter');
      await terminal.until((screen) => /echo\/stderr there is no such log/u.test(screen), {
        what: 'it stands in the foreground',
      });
      await terminal.press('status', 'Enter');
      await terminal.until((screen) => screen.includes('got status'), { what: 'the program has the word' });
      await terminal.press('C-c');
      await terminal.until((screen) => prompts(screen) === 3, { what: 'the prompt once more' });
      await terminal.press('pid echo', 'Enter');
      const screen = await terminal.until((text) => prompts(text) === 4, { what: 'the next command' });
      t.true(screen.includes(String(await project.pid('echo'))));
      await terminal.press('C-c');
      await terminal.until((text) => /^exit 0$/mu.test(text), { what: 'its end' });
    } finally {
      await terminal.close();
    }
  },
);

test('fg with nothing to type goes on to its end, and ends', async (t) => {
  const project = await openProject(t, 'node', { files: { 'supervisord.conf': ECHO } });
  await project.mv('-d', '--noreload');
  await project.untilState('RUNNING', 'echo');
  const fed = await project.feed('one\ntwo\n', 'fg', 'echo');
  t.is(fed.code, 0);
  t.regex(fed.out, /Exiting foreground/u);
  const missing = await project.mv('tail', '-f', 'nobody');
  t.is(missing.code, 1);
  t.is(missing.err.trim().split('\n').length, 1);
});
