// One start of a project at a time. What holds it is a socket in the run directory, where nobody but us can make one, and
// which the kernel answers for as long as its holder lives: no number of a process is believed.
//
// Whoever wants the lock first shows a socket and then looks for others that live. Of two, the later has seen the earlier:
// so two never hold it. Each shows one under a name that was never there before, so that one which is dead stays dead, and
// anybody may take it away.
import { randomBytes } from 'node:crypto';
import { closeSync, constants, openSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { pause } from '../../link/pause.ts';
import { ProjectError } from '../project-error.ts';

const SHOWN = /^lock\.[0-9a-f]{16}\.(\d+)$/u;
/** Being made: it does not answer yet. */
const MAKING = 'lock-making.';
/** Also when who holds it has no room for connections, and cuts them off. */
const AGAIN_MS = 25;

type Folder = {
  readonly dir: string;
  /** The same in few letters, however long its path is: an address of a socket has room for 107. */
  readonly short: string;
};

type Claim = { readonly name: string; readonly release: () => void };
/** Somebody else's that lives. */
type Other = { readonly name: string; readonly pid: string; gone(signal: AbortSignal): Promise<void> };

/**
 * Resolves with the function that gives it back; waits for whoever holds it. Rejects when aborted; by a deadline, with a
 * ProjectError that names who holds it. The directory must be ours alone.
 */
export async function lockRunDirectory(dir: string, { signal }: { readonly signal: AbortSignal }): Promise<() => void> {
  const open = openSync(dir, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    return await take({ dir, short: `/proc/self/fd/${open}` }, signal);
  } finally {
    closeSync(open);
  }
}

async function take(folder: Folder, signal: AbortSignal): Promise<() => void> {
  let own: Claim | null = null;
  let other: Other | null = null;
  try {
    for (;;) {
      if (signal.aborted) throw toReason(signal, other);
      own ??= await claim(folder);
      other = own && (await findOther(folder, own.name));
      if (own && other === null) {
        const { release } = own;
        own = null;
        return release;
      }
      // Of two that want it at once, one must not wait for the other.
      if (own && other && other.name < own.name) {
        own.release();
        own = null;
      }
      await other?.gone(signal);
      await pause(AGAIN_MS, signal);
    }
  } finally {
    own?.release();
  }
}

function toReason(signal: AbortSignal, other: Other | null): unknown {
  const { reason } = signal;
  if (other === null || !(reason instanceof Error) || reason.name !== 'TimeoutError') return reason;
  const next = `wait for it, or end it with: kill ${other.pid}`;
  return new ProjectError(`process ${other.pid} has been starting this project for too long; ${next}`, {
    cause: reason,
    exitCode: 1,
  });
}

/** Null: what was being made was taken for what somebody left, and is gone. */
async function claim({ dir, short }: Folder): Promise<Claim | null> {
  const id = randomBytes(8).toString('hex');
  const making = `${MAKING}${id}`;
  const name = `lock.${id}.${process.pid}`;
  // Who waits is connected to us, and learns of our end by being cut off.
  const waiting = new Set<Socket>();
  const server = createServer((socket) => {
    waiting.add(socket.unref());
    socket.on('error', () => socket.destroy());
    socket.once('close', () => waiting.delete(socket));
    socket.resume();
  }).unref();
  const release = () => {
    rmSync(join(dir, name), { force: true });
    server.close();
    waiting.forEach((socket) => socket.destroy());
  };
  try {
    await listen(server, join(short, making));
    // Only now: under its name it is never seen before it answers.
    renameSync(join(dir, making), join(dir, name));
    return { name, release };
  } catch (error) {
    release();
    if (codeOf(error) === 'ENOENT') return null;
    const why = error instanceof Error ? error.message : String(error);
    throw new ProjectError(`${dir} cannot be locked: ${why}`, { cause: error, exitCode: 1 });
  }
}

async function listen(server: Server, path: string): Promise<void> {
  server.listen({ path, backlog: 511 });
  await once(server, 'listening');
}

/** The first by name that lives; what is dead is taken away. */
async function findOther(folder: Folder, own: string): Promise<Other | null> {
  const names = readdirSync(folder.dir).toSorted();
  for (const name of names.filter((each) => each.startsWith(MAKING))) (await reach(folder, name))?.destroy();
  for (const name of names) {
    const pid = SHOWN.exec(name)?.[1];
    if (pid === undefined || name === own) continue;
    const socket = await reach(folder, name);
    if (socket) return { name, pid, gone: (signal) => untilCut(socket, signal) };
  }
  return null;
}

/** Null: it is dead, and taken away. */
function reach({ dir, short }: Folder, name: string): Promise<Socket | null> {
  return new Promise((resolve, reject) => {
    const socket = connect(join(short, name)).resume();
    socket.once('connect', () => resolve(socket));
    socket.on('error', (error) => {
      const code = codeOf(error);
      // Nobody listens there, or just stopped to: nobody will again.
      const isDead = code === 'ECONNREFUSED' || code === 'ECONNRESET';
      if (isDead) rmSync(join(dir, name), { force: true });
      if (isDead || code === 'ENOENT') resolve(null);
      // It lives, but as many wait for it as can.
      else if (code === 'EAGAIN') resolve(socket);
      else reject(error);
    });
  });
}

async function untilCut(socket: Socket, signal: AbortSignal): Promise<void> {
  const leave = () => socket.destroy();
  signal.addEventListener('abort', leave, { once: true });
  if (signal.aborted) leave();
  // An error comes before it, and is no other news.
  if (!socket.closed) await new Promise<void>((resolve) => void socket.once('close', () => resolve()));
  signal.removeEventListener('abort', leave);
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : null;
}
