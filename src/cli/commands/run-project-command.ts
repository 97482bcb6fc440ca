// The glue of `multivisor project`, whose options and commands are its own (src/bridge/project).
import { realpathSync } from 'node:fs';
import { parseProjectArguments } from '../../bridge/project/options.ts';
import { ProjectError } from '../../bridge/project/project-error.ts';
import type { ProjectWorld } from '../../bridge/project/project-world.ts';
import { runProject } from '../../bridge/project/run-project.ts';
import { CliError } from '../cli-error.ts';
import type { Io } from '../io/io.ts';
import { createProjectPrinter } from '../output/project-output.ts';
import { PROJECT_HELP } from './project-help.ts';

/** `argv`: what follows `project`. The exit code is supervisord's or supervisorctl's own, also after a signal. */
export async function runProjectCommand(argv: readonly string[], io: Io): Promise<number> {
  try {
    const asked = parseProjectArguments(argv);
    if (asked.help) {
      io.out(PROJECT_HELP);
      return 0;
    }
    if (asked.command === 'tui') {
      const { runProjectTui } = await import('./project-tui.ts');
      return await runProjectTui(asked, { io, world: toWorld(io) });
    }
    if (asked.command === 'run') return await runProject(asked, { ...toWorld(io), signal: holdKeys(io) });
    return await runProject(asked, toWorld(io));
  } catch (error) {
    if (io.signal.aborted) return io.interruption() ?? 130;
    if (error instanceof ProjectError) throw new CliError(error.message, error.exitCode, { cause: error });
    throw error;
  }
}

/** Ctrl-C is for the command, which the terminal tells by itself; what else ends us, is handed on. */
function holdKeys(io: Io): AbortSignal {
  const stopping = new AbortController();
  io.holdEnd((ending) => {
    if (ending !== 'SIGINT') stopping.abort();
  });
  return stopping.signal;
}

function toWorld(io: Io): ProjectWorld {
  const script = process.argv[1] ?? '';
  return {
    out: io.out,
    err: io.err,
    env: io.env,
    cwd: io.cwd,
    self: [process.execPath, ...process.execArgv, realpathSync(script)],
    printer: (names) => createProjectPrinter(io, names),
    stdin: process.stdin,
    terminal: io.terminal && io.interactive,
    signal: io.signal,
  };
}
