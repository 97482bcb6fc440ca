// What may come next on a command line. The shells ask through `multivisor completion words`.
import { escapeText } from '../../core/view/escape.ts';
import type { CliCommand } from '../argv/command.ts';
import { COMMON_OPTIONS, OPTION_NAMES, optionOf } from '../argv/options.ts';
import type { Option, OptionName } from '../argv/options.ts';

export type Names = { readonly processes: readonly string[]; readonly supervisors: readonly string[] };

export type Completing = {
  /** What stands after `multivisor`; the last one is being typed and may be ''. */
  readonly words: readonly string[];
  readonly commands: readonly CliCommand[];
  /** Asked for only when names are to be completed. */
  readonly names: () => Promise<Names>;
};

/** Null: a file name. */
export async function complete({ words, commands, names }: Completing): Promise<readonly string[] | null> {
  const current = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const takesValue = before.at(-1) === undefined ? null : optionWith(before.at(-1) ?? '');
  const plain = before.filter(
    (word, i) => !word.startsWith('-') && optionWith(before[i - 1] ?? '')?.value === undefined,
  );
  const command = commands.find(({ name }) => name === plain[0]);
  if (takesValue?.value !== undefined) {
    // Where something else stands for it, its words mean nothing.
    const isOther = command?.options.some(
      (entry) => typeof entry !== 'string' && entry.length === 3 && optionOf(entry[0]) === takesValue,
    );
    return takesValue.choices === undefined || isOther ? null : startingWith(current, takesValue.choices);
  }
  if (current.startsWith('-')) return startingWith(current, optionWords(command));
  if (plain.length === 0) return startingWith(current, ['help', ...commands.map(({ name }) => name)]);
  const { completes } = command ?? {};
  if (completes === undefined) return [];
  if (completes === 'supervisors') return startingWith(current, (await names()).supervisors);
  if (completes === 'processes') return selectors(current, await names());
  return startingWith(current, completes);
}

/** Names while there is no colon; then whole uids and `group:name`. */
function selectors(current: string, { processes, supervisors }: Names): string[] {
  const rpcNames = processes.map((uid) => uid.slice(uid.indexOf(':') + 1));
  if (current.includes(':')) return startingWith(current, [...processes, ...rpcNames]);
  const short = rpcNames.map((name) => name.slice(name.indexOf(':') + 1));
  const groups = rpcNames.map((name) => name.slice(0, name.indexOf(':') + 1));
  return startingWith(current, [...short, ...groups, ...supervisors.map((name) => `${name}:`)]);
}

function optionWords(command: CliCommand | undefined): string[] {
  const own = command?.options.map((option) => (typeof option === 'string' ? option : option[0])) ?? [];
  return [...own, ...COMMON_OPTIONS].map((name: OptionName) => {
    const { name: long, negative } = optionOf(name);
    return `--${negative ? 'no-' : ''}${long}`;
  });
}

function optionWith(word: string): Option | null {
  const name = OPTION_NAMES.find((each) => {
    const { name: long, short } = optionOf(each);
    return word === `--${long}` || word === `-${short}`;
  });
  return name === undefined ? null : optionOf(name);
}

/** A name that a terminal could act on is not offered: it cannot be shown as it is, nor typed as it is shown. */
function startingWith(current: string, words: readonly string[]): string[] {
  return [...new Set(words)].filter((word) => word.startsWith(current) && escapeText(word) === word);
}
