// Where a log goes on after a break, by what was seen of it.
import type { TailChunk } from '../../../core/ports.ts';
import type { Attached } from './attach.ts';

const BROKEN = 'the connection was lost for a moment';
export const REPLACED = 'the log was rotated, cleared or truncated: lines around that moment may be missing';

/** Where the reading stands: offset of the next byte, what came before it, and whether that was another file. */
export type Position = { offset: number | null; seen: Buffer; replaced: boolean };

export type Old = { readonly bytes: Buffer; readonly gap: string | null };

export function openLog({ end }: Pick<Attached, 'end'>, backlogBytes: number): Old {
  if (end === null) return { bytes: Buffer.alloc(0), gap: null };
  return { bytes: fromCharacter(end.subarray(Math.max(0, end.length - backlogBytes))), gap: null };
}

/** Without the rest of a character that the cut went through. */
export function fromCharacter(bytes: Buffer): Buffer {
  const start = bytes.findIndex((byte) => (byte & 0xc0) !== 0x80);
  return start > 0 && start < 4 ? bytes.subarray(start) : bytes;
}

/** What was written since, if that can be told. */
export function resumeLog({ end, size }: Pick<Attached, 'end' | 'size'>, { offset, seen, replaced }: Position): Old {
  if (end === null || size === null) return { bytes: Buffer.alloc(0), gap: BROKEN };
  const start = size - end.length;
  if (!replaced && offset !== null && offset <= size && offset >= start) {
    const known = end.subarray(Math.max(0, offset - start - seen.length), offset - start);
    if (known.equals(seen.subarray(seen.length - known.length)))
      return { bytes: end.subarray(offset - start), gap: null };
  }
  // Another file by now, or the same one emptied. What was seen of it must not be told twice.
  const from = resumePoint(seen, end);
  const whole = !replaced && seen.length > 0 && end.subarray(0, from).lastIndexOf(seen) === from - seen.length;
  return { bytes: end.subarray(from), gap: whole ? null : REPLACED };
}

/** Shorter ends of what was seen are found everywhere. */
const TELLING_BYTES = 8;

/** Behind the longest end of what was seen that is in it, from a line's start on; 0 when none is: all of it is new. */
function resumePoint(seen: Buffer, end: Buffer): number {
  let start = 0;
  while (start < seen.length && (start === 0 || seen.length - start >= TELLING_BYTES)) {
    const known = seen.subarray(start);
    const at = end.lastIndexOf(known);
    if (at >= 0) return at + known.length;
    const newline = seen.indexOf(0x0a, start);
    if (newline < 0) break;
    start = newline + 1;
  }
  return 0;
}

export function text(content: string): TailChunk {
  return { type: 'text', text: content };
}

export function gap(reason: string): TailChunk {
  return { type: 'gap', reason };
}
