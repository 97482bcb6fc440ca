// The file of the audit. What cannot be written, on a full disk, is counted and told in the file as soon as there is room.
import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';

export type AuditFile = {
  /** False: it is not in the file. */
  readonly write: (line: string) => Promise<boolean>;
  /** After it was moved away (logrotate). Rejects, and goes on with the one of before, when there can be no new one. */
  readonly reopen: () => Promise<void>;
  readonly close: () => Promise<void>;
};

/** Lines that wait for a slow disk; more are missed, not held. */
const WAITING = 10_000;
const RETRY_MS = 1_000;

/** Readable by its owner only. Rejects when the file cannot be written: an audit must not be lost in silence. */
export async function openAuditFile(path: string, onTrouble: (text: string) => void): Promise<AuditFile> {
  let file = await openFile(path);
  let turn: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  let missed = 0;
  let since = '';
  /** The last line was cut: the next one must not go on from it. */
  let torn = false;
  let retry: NodeJS.Timeout | null = null;

  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = turn.then(work);
    turn = done.catch(() => 'whoever asked for it is told');
    return done;
  };
  const put = async (text: string): Promise<void> => {
    const bytes = Buffer.from(torn ? `\n${text}` : text);
    for (let at = 0; at < bytes.length;) {
      const { bytesWritten } = await file.write(bytes, at);
      at += bytesWritten;
      torn = at < bytes.length;
    }
  };
  const catchUp = async (): Promise<void> => {
    if (missed === 0) return;
    const count = missed;
    await put(`${JSON.stringify({ at: new Date().toISOString(), event: 'missed', times: count, since })}\n`);
    missed -= count;
    onTrouble(`the audit is written again; ${count} of its lines are missing`);
  };
  const miss = (why: string) => {
    if (missed === 0) {
      since = new Date().toISOString();
      onTrouble(`the audit cannot be written: ${why}; what is missing will be counted`);
    }
    missed += 1;
    tryLater();
  };
  const tryLater = () => {
    retry ??= setTimeout(() => {
      retry = null;
      inTurn(catchUp).catch(tryLater);
    }, RETRY_MS).unref();
  };

  return {
    write: async (line) => {
      if (waiting >= WAITING) {
        miss('the disk is too slow');
        return false;
      }
      waiting += 1;
      try {
        await inTurn(async () => {
          await catchUp();
          await put(line);
        });
        return true;
      } catch (error) {
        miss(error instanceof Error ? error.message : String(error));
        return false;
      } finally {
        waiting -= 1;
      }
    },
    reopen: () =>
      inTurn(async () => {
        const next = await openFile(path);
        const old = file;
        file = next;
        torn = false;
        await old.close();
      }),
    close: async () => {
      if (retry) clearTimeout(retry);
      await inTurn(catchUp).catch(() => onTrouble(`the audit ends with ${missed} of its lines missing`));
      await inTurn(() => file.close());
    },
  };
}

function openFile(path: string): Promise<FileHandle> {
  return open(path, 'a', 0o600);
}
