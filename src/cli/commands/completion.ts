import { spawn } from 'node:child_process';
import { cachedNames, refreshNames } from '../completion/cached-names.ts';
import { CliError } from '../cli-error.ts';
import type { CliCommand, Invocation } from '../argv/command.ts';
import { complete } from '../completion/complete.ts';
import { COMPLETION_SCRIPTS, FILE_STATUS } from '../completion/scripts.ts';
import { EXIT } from '../exit-codes.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** `all`: every command, this one included; it is handed in because their table names this command. */
export function createCompletionCommand(all: () => readonly CliCommand[]): CliCommand {
  return {
    name: 'completion',
    summary: 'Print what a shell needs to complete commands, options and live names',
    args: SHELLS.join('|'),
    completes: SHELLS,
    options: [],
    examples: [
      { line: 'source <(multivisor completion bash)', says: 'in ~/.bashrc' },
      { line: 'multivisor completion zsh > ~/.zfunc/_multivisor', says: 'once, in a folder of $fpath' },
      {
        line: 'multivisor completion fish > ~/.config/fish/completions/multivisor.fish',
        says: 'once',
      },
    ],
    details: [
      'A tab never waits for a host: names are those seen last, kept below $XDG_CACHE_HOME/multivisor (~/.cache) and ' +
        'fetched again in the background when they are older than 15 seconds.',
    ],
    run: (invocation) => run(invocation, all()),
  };
}

async function run(invocation: Invocation, commands: readonly CliCommand[]): Promise<number> {
  const { io, args } = invocation;
  const [what, ...words] = args;
  if (what === 'words') return answer(invocation, words, commands);
  if (what === 'refresh') {
    await refreshNames(sameSource(invocation, words));
    return EXIT.ok;
  }
  const shell = SHELLS.find((name) => name === what);
  if (!shell) throw new CliError(`name the shell: multivisor completion ${SHELLS.join('|')}`);
  io.out(COMPLETION_SCRIPTS[shell]);
  return EXIT.ok;
}

async function answer(
  invocation: Invocation,
  words: readonly string[],
  commands: readonly CliCommand[],
): Promise<number> {
  const names = () => cachedNames(sameSource(invocation, words), () => startRefresh(invocation, words));
  const completed = await complete({ words, commands, names });
  if (completed === null) return FILE_STATUS;
  invocation.io.out(completed.map((word) => `${word}\n`).join(''));
  return EXIT.ok;
}

/** The shell waits for our end, so what takes time goes on in a process of its own. */
function startRefresh({ io }: Invocation, words: readonly string[]): void {
  const [, entry = ''] = process.argv;
  const args = [...process.execArgv, entry, 'completion', 'refresh', '--', ...words];
  const child = spawn(process.execPath, args, { cwd: io.cwd, env: { ...io.env }, detached: true, stdio: 'ignore' });
  child.on('error', () => 'names stay as old as they are');
  child.unref();
}

/** Names are those of the configuration or server that the line being typed names. */
function sameSource(invocation: Invocation, words: readonly string[]): Invocation {
  const valueOf = (...names: readonly string[]) => {
    const at = words.findIndex((word) => names.includes(word));
    return at < 0 ? null : (words[at + 1] ?? null);
  };
  const config = valueOf('-c', '--config');
  const remote = valueOf('--remote');
  const tokenFile = valueOf('--token-file');
  return {
    ...invocation,
    text: (option) => {
      if (option === 'config') return config;
      if (option === 'remote') return remote;
      return option === 'tokenFile' ? tokenFile : invocation.text(option);
    },
  };
}
