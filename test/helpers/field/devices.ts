// Logs that are no files, as Docker makes them: a pipe or a terminal of the test's own, which somebody empties.
import { spawn } from 'node:child_process';
import { once } from 'node:events';

export type Device = { readonly path: string; readonly stop: () => Promise<void> };

const PIPE = `
import os, sys
path = sys.argv[1]
os.mkfifo(path)
print(path, flush=True)
end = os.open(path, os.O_RDWR)
while True: os.read(end, 65536)
`;
const TERMINAL = `
import os, pty
end, other = pty.openpty()
print(os.ttyname(other), flush=True)
while True: os.read(end, 65536)
`;

/** `path`: where the pipe is to be; a terminal has its own. */
export async function openDevice(kind: 'pipe' | 'terminal', path: string): Promise<Device> {
  const program = kind === 'pipe' ? PIPE : TERMINAL;
  const child = spawn('python3', ['-c', program, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const end = () => child.kill('SIGKILL');
  process.once('exit', end);
  const [chunk] = await once(child.stdout, 'data');
  return {
    path: String(chunk).trim(),
    stop: async () => {
      process.off('exit', end);
      child.kill('SIGKILL');
      await exited;
    },
  };
}
