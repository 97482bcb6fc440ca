import packageJson from '../../package.json' with { type: 'json' };
import { CliError } from './cli-error.ts';
import type { CliCommand, Invocation } from './argv/command.ts';
import { createCommands } from './commands.ts';
import { EXIT } from './exit-codes.ts';
import { generalHelp, helpOf } from './argv/help.ts';
import type { Io } from './io/io.ts';
import { optionOf } from './argv/options.ts';
import type { ParsedArgv } from './argv/parse-argv.ts';
import { parseArgv } from './argv/parse-argv.ts';

/** Runs another command line, as the shell does. */
export type Main = (argv: readonly string[], io: Io) => Promise<number>;

/** Any command line but those of `project`. */
export async function runArgv(argv: readonly string[], io: Io, main: Main): Promise<number> {
  const commands = createCommands(main);
  // `help stop` is `stop --help`, as people type it.
  const parsed = parseArgv(argv[0] === 'help' ? [...argv.slice(1), '--help'] : argv, commands);
  if (parsed.flags.get('version')) {
    io.out(`${packageJson.version}\n`);
    return EXIT.ok;
  }
  if (parsed.flags.get('help')) {
    io.out(parsed.command ? helpOf(parsed.command) : generalHelp(commands));
    return EXIT.ok;
  }
  const command = parsed.command ?? defaultCommand(io, commands);
  return command.run(toInvocation(parsed, await withPassword(parsed, io)));
}

/** Loaded only where it may have to be asked for. */
async function withPassword({ flags }: ParsedArgv, io: Io): Promise<Io> {
  const remote = flags.get('remote');
  if (typeof remote !== 'string' || !remote.includes('@') || flags.has('tokenFile')) return io;
  const { askPassword } = await import('./io/ask-password.ts');
  return askPassword(io, remote);
}

/** A person at a terminal wants to look; a script wants the facts. */
function defaultCommand({ terminal, interactive }: Io, commands: readonly CliCommand[]): CliCommand {
  const wanted = terminal && interactive ? 'tui' : 'status';
  const command = commands.find(({ name }) => name === wanted);
  if (!command) throw new CliError('name a command; see multivisor --help');
  return command;
}

function toInvocation({ args, flags }: ParsedArgv, io: Io): Invocation {
  return {
    io,
    args,
    isOn: (option) => {
      const value = flags.get(option);
      return typeof value === 'boolean' ? value : optionOf(option).negative === true;
    },
    text: (option) => {
      const value = flags.get(option);
      return typeof value === 'string' ? value : null;
    },
  };
}
