// What the scripts for completion do in the shells themselves, at a terminal.
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import test from 'ava';
import { eventually } from '../../helpers/deadline.ts';
import { findPeer, testWith } from '../../helpers/peers.ts';
import { startSupervisord } from '../../helpers/supervisord/supervisord.ts';
import { openTerminal } from '../../helpers/terminal/terminal.ts';
import { makeFolder, runMain, startChild } from '../run-main.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const PROGRAMS =
  '[group:grp]\nprograms=alpha,beta\n[program:alpha]\ncommand=sleep 1000\n[program:beta]\ncommand=sleep 1000\n';

/** How each shell is started for a person, and told of the script; `$s` is the script. */
const SHELLS = {
  bash: { command: 'bash --norc --noprofile -i', source: (script: string) => `source ${script}` },
  zsh: {
    command: 'zsh -f -i',
    source: (script: string) => `autoload -U compinit; compinit -u -D; source ${script}`,
  },
  fish: { command: 'fish --no-config -i', source: (script: string) => `source ${script}` },
} as const;

/** A supervisor that answers and one that never does, and `multivisor` on PATH. */
async function setUp(t: ExecutionContext) {
  const folder = await makeFolder();
  const host = await startSupervisord({ programs: PROGRAMS });
  const hole = createServer(() => {}).listen(0, '127.0.0.1');
  await once(hole, 'listening');
  t.teardown(async () => {
    hole.close();
    await host.stop();
    await folder.remove();
  });
  const address = hole.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const sections = `[supervisor:s]\nurl = ${host.url}\n[supervisor:hole]\nurl = http://127.0.0.1:${port}\n`;
  const config = await folder.write('mv.conf', sections);
  const bin = join(folder.path, 'bin');
  await mkdir(bin);
  const command = `#!/bin/sh\ncd ${ROOT} && exec ${process.execPath} bin/multivisor.ts "$@"\n`;
  await writeFile(join(bin, 'multivisor'), command, { mode: 0o755 });
  const env = {
    PATH: [bin, process.env['PATH']].join(delimiter),
    HOME: folder.path,
    XDG_CACHE_HOME: folder.path,
    MULTIVISOR_CONFIG: config,
    LANG: 'C.UTF-8',
    LC_ALL: 'C.UTF-8',
  };
  return { folder, env };
}

for (const [name, { command, source }] of Object.entries(SHELLS)) {
  const shell = name === 'bash' || name === 'zsh' || name === 'fish' ? name : 'bash';
  const testInShell = findPeer('tmux') === null ? testWith('tmux', test) : testWith(shell, test);

  testInShell(`${shell} completes commands, options, live names and what stands behind a colon`, async (t) => {
    const { folder, env } = await setUp(t);
    const script = await folder.write(`_multivisor.${shell}`, (await runMain(['completion', shell])).out);
    await eventually(
      async () => {
        const { lines, ended } = startChild(['completion', 'words', '--', 'stop', 'al'], { env });
        await ended;
        return lines.items;
      },
      (words) => words.includes('alpha'),
      { what: 'the names are known', ms: 60_000 },
    );
    const terminal = await openTerminal({ command, env, columns: 160 });
    t.teardown(terminal.close);
    await terminal.press('-l', source(script));
    await terminal.press('Enter');
    for (const [typed, completed] of [
      ['multivisor resta', 'multivisor restart '],
      ['multivisor status --group-', 'multivisor status --group-by '],
      ['multivisor stop alp', 'multivisor stop alpha '],
      ['multivisor stop gr', 'multivisor stop grp:'],
      ['multivisor stop s:grp:al', 'multivisor stop s:grp:alpha '],
    ] as const) {
      await terminal.press('C-u');
      await terminal.press('-l', typed);
      await terminal.until((screen) => screen.includes(typed), { what: `the echo of ${typed}` });
      await terminal.press('Tab');
      await terminal.press('-l', '#');
      await terminal.until((screen) => screen.includes(`${completed}#`), {
        what: `${typed} becomes ${completed}`,
        ms: 60_000,
      });
    }
    t.pass();
  });
}
