// The full-screen view in a pseudo-terminal: keys in, what is painted out, each frame with its time.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { deadline } from '../../test/helpers/deadline.ts';
import { plain } from '../../test/helpers/terminal/plain.ts';

const PTY = fileURLToPath(new URL('pty_relay.py', import.meta.url));
const LIMIT_MS = 60_000;
const ESC = '\u001b';
const END_OF_FRAME = `${ESC}[?2026l`;
/** Whatever empties the whole screen. */
const CLEAR = new RegExp(`${ESC}(?:\\[[23]J|c)`, 'gu');
const ROW = new RegExp(`${ESC}\\[(\\d+);1H${ESC}\\[2K`, 'u');

export type Screen = {
  /** Of the command itself. */
  readonly pid: number;
  /** Milliseconds since it was started. */
  age(): number;
  press(bytes: string): void;
  /** Lines by row, the first is 1. */
  rows(): ReadonlyMap<number, string>;
  /** Resolves after the first frame, or now, on which this holds, to the age of that frame. */
  until(fits: (rows: ReadonlyMap<number, string>) => boolean): Promise<number>;
  /** How often the whole screen was emptied after the first frame. */
  clears(): number;
  frames(): number;
  stop(): Promise<void>;
};

export type ScreenOptions = {
  readonly command: readonly string[];
  readonly columns: number;
  readonly rows: number;
  readonly env: Readonly<Record<string, string>>;
};

export async function openScreen({ command, columns, rows, env }: ScreenOptions): Promise<Screen> {
  const child = spawn('python3', [PTY, String(columns), String(rows), ...command], {
    env: { ...process.env, TERM: 'xterm-256color', ...env },
  });
  const painted = new Map<number, string>();
  const listeners = new Set<() => void>();
  let rest = '';
  let frames = 0;
  let clears = 0;
  const [first]: unknown[] = await once(createInterface({ input: child.stderr }), 'line');
  const [, pid, startedNs] = /^(\d+) (\d+)$/u.exec(String(first)) ?? [];
  if (pid === undefined) throw new Error(`the pseudo-terminal did not start: ${String(first)}`);
  const age = (): number => (Number(process.hrtime.bigint()) - Number(startedNs)) / 1e6;

  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const pieces = (rest + text).split(END_OF_FRAME);
    rest = pieces.pop() ?? '';
    for (const piece of pieces) {
      if (frames > 0) clears += piece.match(CLEAR)?.length ?? 0;
      frames += 1;
      const [, ...parts] = piece.split(ROW);
      for (let i = 0; i < parts.length; i += 2) painted.set(Number(parts[i]), plain(parts[i + 1] ?? ''));
      for (const listener of listeners) listener();
    }
  });

  return {
    pid: Number(pid),
    age,
    press: (bytes) => void child.stdin.write(bytes),
    rows: () => painted,
    until: (fits) => {
      const seen = new Promise<number>((settle) => {
        const check = (): void => {
          if (!fits(painted)) return;
          listeners.delete(check);
          settle(age());
        };
        listeners.add(check);
        check();
      });
      return deadline(seen, LIMIT_MS, 'a frame of the screen').catch((error: unknown) => {
        throw new Error(Array.from(painted.values()).join('\n'), { cause: error });
      });
    },
    clears: () => clears,
    frames: () => frames,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const closed = once(child, 'close');
      process.kill(Number(pid), 'SIGTERM');
      await closed;
    },
  };
}
