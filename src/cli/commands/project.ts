import type { CliCommand } from '../argv/command.ts';

export const projectCommand: CliCommand = {
  name: 'project',
  summary: 'The processes of the project one stands in, under a supervisord of its own',
  args: '[options] [command …]',
  options: [],
  examples: [
    { line: 'multivisor project', says: 'start them in the foreground; Ctrl-C stops all' },
    { line: 'multivisor project tui', says: 'start them, and watch' },
    { line: 'multivisor project --help', says: 'everything else' },
  ],
  // Its options are django-supervisor's and what follows its commands is theirs: main hands them over unparsed.
  run: async ({ io, args }) => {
    const { runProjectCommand } = await import('./run-project-command.ts');
    return runProjectCommand(args, io);
  },
};
