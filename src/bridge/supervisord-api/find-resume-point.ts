// supervisord's tail streams start up to 1,024 bytes back. Old lines must not be taken for news, and none of the new ones
// may be lost: what was seen before (or read just before) tells where the old ends, byte by byte.

/** How far back a tail stream starts: `tail_f_producer(request, logfile, 1024)` in every version. */
export const BACKLOG_BYTES = 1_024;

/**
 * Index in `stream`, which starts up to 1,024 bytes back, of the first byte that comes after `seen`, the end of what is
 * known already. Null when `seen` is not in it (yet): more than that was written since, or it is another file.
 */
export function findNewsStart(seen: Buffer, stream: Buffer): number | null {
  if (seen.length === 0) return 0;
  const last = lastLine(seen);
  for (let at = stream.lastIndexOf(last); at >= 0; at = at === 0 ? -1 : stream.lastIndexOf(last, at - 1)) {
    const end = at + last.length;
    // The same line may stand there twice; everything before it must agree as well.
    const common = Math.min(end, seen.length);
    if (seen.subarray(seen.length - common).equals(stream.subarray(end - common, end))) return end;
  }
  return null;
}

/** With the newline that ends it: lines begin with the time in milliseconds, so that hardly any two are the same. */
function lastLine(text: Buffer): Buffer {
  const start = text.lastIndexOf(0x0a, text.length - 2);
  return text.subarray(start + 1);
}

/** The end of what was seen, long enough to find it again in a new stream. */
export function keepEnd(seen: Buffer, chunk: Buffer): Buffer {
  const both = chunk.length >= BACKLOG_BYTES ? chunk : Buffer.concat([seen, chunk]);
  return both.length > BACKLOG_BYTES ? Buffer.from(both.subarray(both.length - BACKLOG_BYTES)) : both;
}

/** How many bytes at the start of a stream or a file are the end of what was seen: all that follows is new. */
export function overlapOf(seen: Buffer, start: Buffer): number {
  for (let length = Math.min(seen.length, start.length); length > 0; length -= 1) {
    if (start.subarray(0, length).equals(seen.subarray(seen.length - length))) return length;
  }
  return 0;
}
