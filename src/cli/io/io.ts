import { createInterface } from 'node:readline/promises';
import { isatty } from 'node:tty';

/** The terminal, the environment and the signals, as commands see them. */
export type Io = {
  /** Data. */
  out(text: string): void;
  /** Narration. */
  err(text: string): void;
  /** A question on stderr; '' when the input ends or is interrupted. */
  ask(question: string): Promise<string>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Data goes to a terminal. */
  readonly terminal: boolean;
  /** Somebody can be asked. */
  readonly interactive: boolean;
  /** Of the terminal; null when there is none. */
  readonly columns: number | null;
  /** Aborted by SIGINT, SIGTERM and SIGHUP. */
  readonly signal: AbortSignal;
  /** SIGHUP means this from now on, and no end; the returned function takes it back. */
  onHangup(listener: () => void): () => void;
  /** 128 + the signal's number once one came, else null. */
  interruption(): number | null;
};

const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

export function createIo(host: NodeJS.Process): Io {
  const stopping = new AbortController();
  let interruption: number | null = null;
  let hangup: (() => void) | null = null;
  for (const [name, number] of Object.entries(SIGNALS)) {
    host.on(name, () => {
      if (name === 'SIGHUP' && hangup) return hangup();
      // Whoever asks twice does not want to wait for a tidy end.
      if (interruption !== null) host.exit(128 + number);
      interruption = 128 + number;
      stopping.abort();
    });
  }
  // `multivisor status | head -1`: whoever read us has seen enough.
  for (const stream of [host.stdout, host.stderr]) {
    stream.on('error', (error) => {
      if ('code' in error && error.code === 'EPIPE') host.exit(0);
      // A full disk, a terminal that was taken away: nobody can read more of this than the one line.
      if (stream === host.stdout) host.stderr.write(`multivisor: the output cannot be written: ${error.message}\n`);
      host.exit(1);
    });
  }
  return {
    out: (text) => void host.stdout.write(text),
    err: (text) => void host.stderr.write(text),
    ask: async (question) => {
      const reader = createInterface({ input: host.stdin, output: host.stderr });
      try {
        const closed = new Promise<string>((resolve) => reader.once('close', () => resolve('')));
        const answered = reader.question(question, { signal: stopping.signal }).catch(() => '');
        reader.once('SIGINT', () => host.emit('SIGINT', 'SIGINT'));
        return await Promise.race([answered, closed]);
      } finally {
        reader.close();
      }
    },
    env: host.env,
    cwd: host.cwd(),
    terminal: host.stdout.isTTY,
    // Not by host.stdin, which takes a while to make.
    interactive: isatty(0) && isatty(2),
    columns: host.stdout.isTTY ? host.stdout.columns : null,
    signal: stopping.signal,
    onHangup: (listener) => {
      hangup = listener;
      return () => (hangup = null);
    },
    interruption: () => interruption,
  };
}
