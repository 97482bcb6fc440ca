// A log file on this machine, line by line as it grows: rotated, emptied, or not yet there.
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';

export type FileFollower = {
  /** The lines that are complete by now. */
  read(): readonly string[];
  /** The same, and what has no line end yet; then it is closed. */
  end(): readonly string[];
};

const CHUNK = 64 * 1024;
/** Of one file at a time: the others have their turn. */
const MOST = 16;
/** What grows beyond is told in pieces. */
const MAX_LINE = 64 * 1024;

/** `from`: what lies before it was there already. */
export function createFileFollower(path: string, from: number): FileFollower {
  const buffer = Buffer.allocUnsafe(CHUNK);
  let decoder = new StringDecoder('utf8');
  let fd: number | null = null;
  let at = from;
  let rest = '';

  const take = (most: number): string[] => {
    const lines: string[] = [];
    if (fd === null) return lines;
    for (let turn = 0; turn < most; turn += 1) {
      // Emptied while it is written to.
      if (fstatSync(fd).size < at) at = 0;
      const length = readSync(fd, buffer, 0, CHUNK, at);
      if (length === 0) break;
      at += length;
      const parts = (rest + decoder.write(buffer.subarray(0, length))).split('\n');
      rest = parts.pop() ?? '';
      lines.push(...parts);
      if (rest.length <= MAX_LINE) continue;
      lines.push(rest);
      rest = '';
    }
    return lines;
  };
  const close = () => {
    if (fd !== null) closeSync(fd);
    fd = null;
  };
  const open = () => {
    const stat = statSync(path, { throwIfNoEntry: false });
    // A device or a pipe is read by somebody else.
    if (stat?.isFile() === true) fd = openSync(path, 'r');
  };
  const isReplaced = () => {
    const stat = statSync(path, { throwIfNoEntry: false });
    return fd !== null && stat !== undefined && stat.ino !== fstatSync(fd).ino;
  };
  return {
    read: () => {
      if (fd === null) open();
      const lines = take(MOST);
      if (lines.length > 0 || !isReplaced()) return lines;
      close();
      at = 0;
      open();
      return take(MOST);
    },
    end: () => {
      if (fd === null) open();
      const lines = take(Number.POSITIVE_INFINITY);
      close();
      const last = rest + decoder.end();
      decoder = new StringDecoder('utf8');
      rest = '';
      return last === '' ? lines : [...lines, last];
    },
  };
}
