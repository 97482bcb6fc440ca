import type { CliCommand } from './argv/command.ts';
import { ACT_COMMANDS } from './commands/act-commands.ts';
import { alertCommand } from './commands/alert.ts';
import { createCompletionCommand } from './commands/completion.ts';
import { configCommand } from './commands/config.ts';
import { doctorCommand } from './commands/doctor.ts';
import { eventsCommand } from './commands/events.ts';
import { listenerCommand } from './commands/listener.ts';
import { logsCommand } from './commands/logs.ts';
import { MUTE_COMMANDS } from './commands/mute-commands.ts';
import { passwdCommand } from './commands/passwd.ts';
import { projectCommand } from './commands/project.ts';
import { serveCommand } from './commands/serve.ts';
import { reportCommand } from './commands/report.ts';
import type { ShellTools } from './commands/shell.ts';
import { createShellCommand } from './commands/shell.ts';
import { statusCommand } from './commands/status.ts';
import { SUPERVISOR_COMMANDS } from './commands/supervisor-commands.ts';
import { supervisorsCommand } from './commands/supervisors.ts';
import { tokenCommand } from './commands/token.ts';
import { tuiCommand } from './commands/tui.ts';
import { waitCommand } from './commands/wait.ts';
import { watchCommand } from './commands/watch.ts';

/** In the order of the help. `runLine` runs one command line; the shell needs it. */
export function createCommands(runLine: ShellTools['runLine']): readonly CliCommand[] {
  const commands: readonly CliCommand[] = [
    tuiCommand,
    statusCommand,
    watchCommand,
    ...ACT_COMMANDS,
    logsCommand,
    waitCommand,
    alertCommand,
    ...MUTE_COMMANDS,
    eventsCommand,
    reportCommand,
    ...SUPERVISOR_COMMANDS,
    supervisorsCommand,
    doctorCommand,
    configCommand,
    createShellCommand({ commands: () => commands, runLine }),
    createCompletionCommand(() => commands),
    projectCommand,
    serveCommand,
    listenerCommand,
    passwdCommand,
    tokenCommand,
  ];
  return commands;
}
