import { createInterface } from 'node:readline/promises';
import { isatty } from 'node:tty';

/** The terminal, the environment and the signals, as commands see them. */
export type Io = {
  /** Data. */
  out(text: string): void;
  /** Narration. */
  err(text: string): void;
  /** A question on stderr; '' when the input ends, is interrupted, or `signal` says that nobody needs the answer. */
  ask(question: string, signal?: AbortSignal): Promise<string>;
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
  /**
   * From now on whatever would end the command is told to the listener instead, each time, because something must not be
   * left half done. The returned function takes it back: then it ends at once if it was to end.
   */
  holdEnd(listener: (ending: Ending) => void): () => void;
  /** 128 + the signal's number once one came, else null. */
  interruption(): number | null;
  /** A fault that nobody awaited is told to the listener and no end of the command; the returned function takes it back. */
  keepAlive(listener: (line: string) => void): () => void;
};

/** `closed`: nobody reads what is printed. */
export type Ending = keyof typeof SIGNALS | 'closed';

const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

export function createIo(host: NodeJS.Process): Omit<Io, 'keepAlive'> {
  const stopping = new AbortController();
  let interruption: number | null = null;
  let hangup: (() => void) | null = null;
  let hold: ((ending: Ending) => void) | null = null;
  /** The terminal is gone, or whoever read us: what is still to be said goes nowhere. */
  let unheard = false;
  for (const name of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) {
    host.on(name, () => {
      if (name === 'SIGHUP' && hangup) return hangup();
      if (hold) {
        interruption ??= 128 + SIGNALS[name];
        unheard ||= name === 'SIGHUP';
        return hold(name);
      }
      // Whoever asks twice does not want to wait for a tidy end.
      if (interruption !== null) host.exit(128 + SIGNALS[name]);
      interruption = 128 + SIGNALS[name];
      stopping.abort();
    });
  }
  // `multivisor status | head -1`: whoever read us has seen enough.
  for (const stream of [host.stdout, host.stderr]) {
    stream.on('error', (error) => {
      if (hold) {
        const first = !unheard;
        unheard = true;
        return first ? hold('closed') : undefined;
      }
      if (unheard) return;
      if ('code' in error && error.code === 'EPIPE') host.exit(0);
      // A full disk, a terminal that was taken away: nobody can read more of this than the one line.
      if (stream === host.stdout) host.stderr.write(`multivisor: the output cannot be written: ${error.message}\n`);
      host.exit(1);
    });
  }
  return {
    out: (text) => void host.stdout.write(text),
    err: (text) => void host.stderr.write(text),
    ask: async (question, signal) => {
      const reader = createInterface({ input: host.stdin, output: host.stderr });
      try {
        const closed = new Promise<string>((resolve) => reader.once('close', () => resolve('')));
        const needless = signal ? AbortSignal.any([signal, stopping.signal]) : stopping.signal;
        const answered = reader.question(question, { signal: needless }).catch(() => '');
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
    holdEnd: (listener) => {
      hold = listener;
      return () => {
        hold = null;
        if (interruption !== null) stopping.abort();
      };
    },
    interruption: () => interruption,
  };
}
