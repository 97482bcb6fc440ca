import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import type { FileText } from '../../core/config/types.ts';

/** Far more than any configuration; a wrong path may name something endless. */
const MOST_BYTES = 8 * 1024 * 1024;
const FIRST_BYTES = 64 * 1024;

export type TextFile = FileText & { readonly missing?: true };

/** A text file, or in words why it could not be read. */
export function readText(path: string): TextFile {
  try {
    const stat = statSync(path);
    if (stat.isDirectory()) return { ok: false, message: 'it is a directory; name a file in it' };
    if (stat.isSocket() || stat.isBlockDevice() || stat.isCharacterDevice()) {
      return { ok: false, message: 'it is a socket or a device, not a file' };
    }
    if (stat.size > MOST_BYTES) return { ok: false, message: `it has ${stat.size} bytes; that is no configuration` };
    const bytes = readAtMost(path, MOST_BYTES);
    return bytes === null
      ? { ok: false, message: `it does not end within ${MOST_BYTES} bytes; that is no configuration` }
      : decode(bytes);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (code === 'ENOENT' || code === 'ENOTDIR') return { ok: false, message: 'there is no such file', missing: true };
    if (code === 'EACCES' || code === 'EPERM') {
      return { ok: false, message: `${userName()} may not read it (permission denied); see ls -l ${path}` };
    }
    return { ok: false, message: error instanceof Error ? error.message : String(error) };
  }
}

/** Null: there is more. A pipe, and what the kernel makes up, has a size of 0 and may go on for ever. */
function readAtMost(path: string, most: number): Buffer | null {
  const fd = openSync(path, 'r');
  try {
    let bytes = Buffer.allocUnsafe(FIRST_BYTES);
    for (let size = 0; size <= most;) {
      if (size === bytes.length) bytes = Buffer.concat([bytes], 2 * size);
      const read = readSync(fd, bytes, size, bytes.length - size, null);
      if (read === 0) return bytes.subarray(0, size);
      size += read;
    }
    return null;
  } finally {
    closeSync(fd);
  }
}

function decode(bytes: Buffer): FileText {
  const zero = bytes.indexOf(0);
  if (zero >= 0) return { ok: false, message: `it is not a text file (a zero byte at offset ${zero})` };
  try {
    return { ok: true, text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return { ok: false, message: 'it is not a text file in UTF-8' };
  }
}

function userName(): string {
  try {
    return `user ${userInfo().username}`;
  } catch {
    // Containers run with user ids that no table knows.
    return `user id ${process.getuid?.() ?? '?'}`;
  }
}
