import { didYouMean } from '../../../core/config/nearest.ts';
import { ProjectError } from '../project-error.ts';
import { CTL_HELP } from '../supervisorctl/help.ts';
import { programNames } from './built-in-layers.ts';
import type { Merged } from './layers.ts';

/** A word is neither a command nor a program. */
export class UnknownWordError extends ProjectError {}

/** Words that are no command, so programs. Throws UnknownWordError for one that is neither. */
export function knownPrograms(words: readonly string[], merged: Merged): readonly string[] {
  const known = programNames(merged);
  const unknown = words.find((word) => !known.includes(word));
  if (unknown === undefined) return words;
  const hint = didYouMean(unknown, [...Object.keys(CTL_HELP), 'getconfig', 'check', 'init', 'shell', ...known]);
  throw new UnknownWordError(
    `there is no command and no program "${unknown}"${hint || '; see multivisor project --help'}`,
  );
}
