import { escapeText } from '../core/view/escape.ts';
import { CliError } from './cli-error.ts';
import type { Io } from './io/io.ts';
import type { FailureReport } from './output/error-schema.ts';
import { toJson } from './output/json.ts';

/** Runs one command line to its end. The exit code; what nobody foresaw is thrown. */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  try {
    const [word, ...words] = argv;
    if (word === 'project') {
      const { runProjectCommand } = await import('./commands/run-project-command.ts');
      return await runProjectCommand(words, io);
    }
    // All other commands load far more than a project's, which stand beside manage.py's own start-up time.
    const { runArgv } = await import('./run-argv.ts');
    const code = await runArgv(argv, io, main);
    return io.interruption() ?? code;
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    const text = error.message.split('\n').map(escapeText).join('\n');
    io.err(`multivisor: ${text}\n`);
    const exitCode = io.interruption() ?? error.exitCode;
    // Whoever reads stdout alone must be able to parse it even so.
    if (wantsJson(argv)) {
      const report: FailureReport = { schema: 'multivisor.error/v1', error: { exitCode, message: error.message } };
      io.out(`${toJson(report)}\n`);
    }
    return exitCode;
  }
}

function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  const options = end < 0 ? argv : argv.slice(0, end);
  return options.some((word, index) => {
    if (/^--(?:nd)?json$/u.test(word)) return true;
    return /^(?:nd)?json$/u.test(word) && /^(?:-o|--output)$/u.test(options[index - 1] ?? '');
  });
}
