export type OutputStream = 'stdout' | 'stderr';

export type OutputPrinter = {
  line(name: string, stream: OutputStream, text: string): void;
  /** What happened to a program. */
  notice(name: string, words: string): void;
};
