// Ink keeps a paste until its end has come, and looks for that end in all of it with each piece: one without an end would
// take ever more memory and time. No line of ours takes as much as is let through.

import type { Readable } from 'node:stream';

/** In characters. */
export const LONGEST_PASTE = 16 * 1024;

const START = '\u001b[200~';
const END = '\u001b[201~';

/** Chunks as a terminal sends them → the same, pastes cut to their beginning. Takes time for what comes, however it is cut. */
export function createPasteBound(): (chunk: string) => string {
  let within = false;
  let room = 0;
  /** The end of what came before, in which a bracket may have begun. */
  let before = '';

  return (chunk) => {
    let out = '';
    let rest = chunk;
    while (rest !== '') {
      const bracket = within ? END : START;
      const at = (before + rest).indexOf(bracket);
      const upTo = at < 0 ? rest.length : at + bracket.length - before.length;
      const part = rest.slice(0, upTo);
      rest = rest.slice(upTo);
      before = at < 0 ? (before + part).slice(1 - bracket.length) : '';
      if (!within) out += part;
      else {
        const kept = part.slice(0, room);
        room -= kept.length;
        // Its end comes whole, whatever of it has been let through.
        out += at < 0 || kept.length === part.length ? kept : `${kept}${END}`;
      }
      if (at < 0) continue;
      within = !within;
      room = LONGEST_PASTE;
    }
    return out;
  };
}

/** The same stream, but for the text that is read of it, which is what Ink asks for. */
export function withBoundPastes<Stream extends Readable>(stdin: Stream): Stream {
  const bound = createPasteBound();
  const read = (size?: number): unknown => {
    for (;;) {
      const chunk: unknown = stdin.read(size);
      if (typeof chunk !== 'string') return chunk;
      const text = bound(chunk);
      if (text !== '') return text;
    }
  };
  return new Proxy(stdin, {
    get: (target, name) => {
      if (name === 'read') return read;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
