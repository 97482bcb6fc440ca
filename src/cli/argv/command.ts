import type { Io } from '../io/io.ts';
import type { OptionName } from './options.ts';

/** One call of a command. */
export type Invocation = {
  readonly io: Io;
  /** What is neither the command nor an option. */
  readonly args: readonly string[];
  isOn(option: OptionName): boolean;
  /** Null when it was not given. */
  text(option: OptionName): string | null;
};

export type Example = { readonly line: string; readonly says: string };

/** With what it means here, and what stands for its value here when that is something else. */
export type CommandOption = OptionName | readonly [OptionName, string] | readonly [OptionName, string, string];

export type CliCommand = {
  readonly name: string;
  readonly summary: string;
  /** After the name, as in "SELECTOR…"; '' when there is nothing. */
  readonly args: string;
  /** What to complete an argument with. */
  readonly completes?: 'processes' | 'supervisors' | readonly string[];
  /** Besides the common ones. */
  readonly options: readonly CommandOption[];
  readonly examples: readonly Example[];
  /** Paragraphs for the help, when a summary does not say enough. */
  readonly details?: readonly string[];
  /** The exit code. */
  readonly run: (invocation: Invocation) => Promise<number>;
};
