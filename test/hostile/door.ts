import type { Arbitrary } from 'fast-check';
import type { Manner } from './badness.ts';

/** What was made of it, in words. */
export type Told = Promise<string> | string;

/** A way by which something comes in. */
export type Door = {
  readonly name: string;
  readonly take: (text: string) => Told;
  /** A text: why nothing behaves so at this door. */
  readonly manners: Readonly<Record<Manner, (() => Told) | string>>;
  /** Whether it is told as an error of the one who said it, or as nothing at all where nobody need hear of it. */
  readonly isOwn: (told: string) => boolean;
  readonly close: () => Promise<void>;
};

/** A door at which each of them may be tried in the same way. */
export function inEachManner(act: (manner: Manner) => Told): Record<Manner, () => Told> {
  return {
    endless: () => act('endless'),
    slow: () => act('slow'),
    silent: () => act('silent'),
    cut: () => act('cut'),
    'lying about its length': () => act('lying about its length'),
  };
}

export const nothingOpen = async (): Promise<void> => {};

/** What is made up for one door, and how it is taken. */
export type Fuzz<T> = Pick<Door, 'name' | 'isOwn' | 'close'> & {
  readonly arbitrary: Arbitrary<T>;
  readonly take: (made: T) => Told;
  /** Of a whole round; what takes a connection each is taken less often. */
  readonly share: number;
};
