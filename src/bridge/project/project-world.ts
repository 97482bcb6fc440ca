import type { OutputPrinter } from './foreground/output-printer.ts';
import type { CallerPlace } from './find-project.ts';

/** What a project command is given by whoever runs it: the command line, or a test. */
export type ProjectWorld = CallerPlace & {
  /** Data. */
  out(text: string): void;
  /** Narration. */
  err(text: string): void;
  /** The command line that runs `multivisor` again. */
  readonly self: readonly string[];
  /** Shows the outputs of programs with these names; null: as supervisord prints them. */
  readonly printer: ((names: readonly string[]) => OutputPrinter) | null;
  readonly stdin: NodeJS.ReadableStream;
  /** Somebody sits there. */
  readonly terminal: boolean;
  /** Aborted when the user wants it to end. */
  readonly signal: AbortSignal;
};
