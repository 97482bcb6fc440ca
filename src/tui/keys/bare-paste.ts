// A terminal that does not bracket pastes hands them over as keys, thousands at once, each of which would act.
import { toCharacter } from './decode.ts';

/** Nobody types as many between two looks; a key that is held comes as often when its line stood still for a while. */
const MOST_AT_ONCE = 80;

export type Typed = { readonly keys: readonly string[] } | { readonly pasted: string };

/** What came as one chunk: what was typed, or the text that it must have been. */
export function readChunk(keys: readonly string[]): Typed {
  if (keys.length <= MOST_AT_ONCE) return { keys };
  const isHeld = keys.every((key) => key === keys[0]);
  return isHeld
    ? { keys: keys.slice(0, MOST_AT_ONCE) }
    : { pasted: keys.map((key) => (key === 'space' ? ' ' : (toCharacter(key) ?? '\n'))).join('') };
}
