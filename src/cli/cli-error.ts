import { EXIT } from './exit-codes.ts';

/** Ends a command: what is wrong, what to do next, and the exit code. Shown without a stack. */
export class CliError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number = EXIT.usage, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CliError';
    this.exitCode = exitCode;
  }
}
