// The bounded memory of what happened: transitions, newest last.
import type { LastWords, Transition } from '../model.ts';

export const TIMELINE_LIMIT = 2_000;
/** Last words kept per transition. */
export const LAST_WORDS_LINES = 20;
export const LAST_WORDS_BYTES = 4_096;
const LAST_LINE_LENGTH = 200;

export type Timeline = {
  all(): readonly Transition[];
  append(transition: Omit<Transition, 'id'>): Transition;
  /** Replaces fields of a transition that is still kept; null when it has fallen out. */
  amend(id: number, fields: Partial<Omit<Transition, 'id' | 'uid'>>): Transition | null;
  find(id: number): Transition | null;
};

export function createTimeline(limit = TIMELINE_LIMIT): Timeline {
  let entries: Transition[] = [];
  let lastId = 0;
  const indexOf = (id: number) => {
    const first = entries[0];
    const index = first ? id - first.id : -1;
    return index >= 0 && index < entries.length ? index : -1;
  };
  return {
    all: () => entries,
    append: (fields) => {
      const transition = { id: ++lastId, ...fields };
      // Views compare the array by identity, so it is copied; a quarter falls out at a time, not one by one.
      const kept = entries.length < limit ? entries : entries.slice(Math.ceil(limit / 4));
      entries = [...kept, transition];
      return transition;
    },
    amend: (id, fields) => {
      const index = indexOf(id);
      const old = entries[index];
      if (!old) return null;
      const amended = { ...old, ...fields };
      entries = entries.with(index, amended);
      return amended;
    },
    find: (id) => entries[indexOf(id)] ?? null,
  };
}

/** The end of a log as last words; null when there is nothing to quote. */
export function toLastWords(stream: LastWords['stream'], text: string): LastWords | null {
  const lines = text
    .slice(-LAST_WORDS_BYTES)
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
    .slice(-LAST_WORDS_LINES);
  return lines.length > 0 ? { stream, lines } : null;
}

export function lastLineOf(words: LastWords | null): string {
  return (words?.lines.at(-1) ?? '').trim().slice(0, LAST_LINE_LENGTH);
}
