// One start of a project at a time. An abstract socket is a lock that the kernel takes away with its holder.
import { statSync } from 'node:fs';
import type { Socket } from 'node:net';
import { connect, createServer } from 'node:net';

/** Resolves with the function that gives it back; waits for whoever holds it. Rejects when aborted. */
export async function lockRunDirectory(dir: string, { signal }: { readonly signal: AbortSignal }): Promise<() => void> {
  const { dev, ino } = statSync(dir);
  const name = `\0multivisor-project-${dev}-${ino}`;
  for (;;) {
    signal.throwIfAborted();
    const release = await take(name);
    if (release) return release;
    await untilReleased(name, signal);
  }
}

/** Null when somebody else listens there. */
function take(name: string): Promise<(() => void) | null> {
  return new Promise((resolve, reject) => {
    // Who waits is connected to us, and learns of our end by being cut off.
    const waiting = new Set<Socket>();
    const server = createServer((socket) => {
      waiting.add(socket.unref());
      socket.on('error', () => socket.destroy());
      socket.once('close', () => waiting.delete(socket));
    });
    const release = () => {
      server.close();
      waiting.forEach((socket) => socket.destroy());
    };
    server.unref();
    server.once('listening', () => resolve(release));
    server.once('error', (error) => {
      if ('code' in error && error.code === 'EADDRINUSE') resolve(null);
      else reject(error);
    });
    server.listen(name);
  });
}

function untilReleased(name: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(name);
    const abort = () => socket.destroy();
    signal.addEventListener('abort', abort, { once: true });
    // Also when it went away before we were connected.
    socket.on('error', () => socket.destroy());
    socket.resume();
    socket.once('close', () => {
      signal.removeEventListener('abort', abort);
      if (signal.aborted) reject(signal.reason);
      else resolve();
    });
  });
}
