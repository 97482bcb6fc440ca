import { StringDecoder } from 'node:string_decoder';

/** Longer lines than any of supervisord's own: what grows beyond is not waited for. */
const MAX_LINE = 64 * 1024;

export type LineSplitter = {
  /** The lines that this chunk completes, without their newlines; characters may be cut anywhere. */
  push(chunk: Buffer): string[];
};

export function createLineSplitter(): LineSplitter {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  return {
    push: (chunk) => {
      const text = decoder.write(chunk);
      const ends = text.includes('\n');
      // A line that drips in byte by byte is not searched again at each of them.
      const lines = ends ? (rest + text).split('\n') : [];
      rest = ends ? (lines.pop() ?? '') : rest + text;
      if (rest.length > MAX_LINE) rest = '';
      return lines;
    },
  };
}
