import { createLineReader } from '../../core/log-lines.ts';

/** Longer than any line of supervisord's own. A part of a line would say something that nobody wrote. */
const LIMIT = { longest: 64 * 1024, beyond: 'drop' } as const;

export type LineSplitter = {
  /** The lines that this chunk completes, without their newlines; characters may be cut anywhere. */
  push(chunk: Uint8Array): string[];
};

export function createLineSplitter(): LineSplitter {
  return createLineReader(LIMIT);
}
