import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import type { Io } from './io.ts';

/** One line of stdin; at a terminal it is asked for and not shown. '' when there is none. */
export function askSecret(io: Io, question: string): Promise<string> {
  // readline echoes to its output what is typed: an output that writes nothing keeps it to itself.
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: process.stdin, output: silent, terminal: io.interactive });
  if (io.interactive) io.err(question);
  return new Promise((resolve) => {
    reader.once('line', (line) => {
      resolve(line);
      reader.close();
    });
    reader.once('close', () => {
      if (io.interactive) io.err('\n');
      resolve('');
    });
    // In raw mode ctrl-c is a key; it is to end the command all the same.
    reader.once('SIGINT', () => process.kill(process.pid, 'SIGINT'));
    io.signal.addEventListener('abort', () => reader.close(), { once: true });
  });
}
