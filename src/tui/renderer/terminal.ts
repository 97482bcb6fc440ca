// The life of the terminal: alternate screen, raw mode, signals, sizes. Whatever ends the program, the terminal is as it
// was. (Ink 7 knows most of this itself; this module is all that a move to it would delete.)

const ESC = '\u001b';
/** Alternate screen, cleared, no wrapping at the right edge, no cursor; what is pasted is marked as such. */
const ENTER = `${ESC}[?1049h${ESC}[2J${ESC}[H${ESC}[?7l${ESC}[?25l${ESC}[?2004h`;
const LEAVE = `${ESC}[0m${ESC}[?2004l${ESC}[?7h${ESC}[?25h${ESC}[?1049l`;

const ENDING = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

export type TerminalEvents = {
  readonly onResize: () => void;
  /** The screen is the shell's from now on: nothing more may be written on it. */
  readonly onLeave: () => void;
  /** The screen is ours again, and empty. */
  readonly onReturn: () => void;
  /** Something else was written over the picture. */
  readonly onSpoilt: () => void;
  /** A signal wants the program to end, with this exit code. */
  readonly onEnd: (code: number) => void;
};

export type Terminal = {
  readonly size: () => { readonly columns: number; readonly rows: number };
  /** To the shell, until `fg`. */
  readonly suspend: () => void;
  readonly write: (text: string) => void;
  /** Back to what it was, once and for all. */
  readonly leave: () => void;
};

export type TerminalStreams = { readonly stdin: NodeJS.ReadStream; readonly stdout: NodeJS.WriteStream };

export function enterTerminal({ stdin, stdout }: TerminalStreams, events: TerminalEvents): Terminal {
  let entered = false;
  const enter = (): void => {
    if (entered) return;
    entered = true;
    // Now and not when Ink is loaded: what is typed meanwhile must not be echoed.
    stdin.setRawMode(true);
    stdout.write(ENTER);
  };
  const step = (): void => {
    if (!entered) return;
    entered = false;
    events.onLeave();
    stdout.write(LEAVE);
    stdin.setRawMode(false);
  };

  const onStop = (): void => {
    step();
    process.off('SIGTSTP', onStop);
    // The whole group, as the terminal itself would do it: a wrapper that stayed awake would hold the shell.
    process.kill(0, 'SIGTSTP');
  };
  const onContinue = (): void => {
    process.off('SIGTSTP', onStop);
    process.on('SIGTSTP', onStop);
    enter();
    events.onResize();
    events.onReturn();
  };
  const onWarning = (): void => {
    setImmediate(events.onSpoilt);
  };
  // The terminal is gone: nobody is left to show anything to.
  const onBroken = (): void => events.onEnd(ENDING.SIGHUP);
  const endings = Object.entries(ENDING).map(([signal, code]) => ({ signal, end: () => events.onEnd(code) }));

  process.on('exit', step);
  process.on('SIGTSTP', onStop);
  process.on('SIGCONT', onContinue);
  endings.forEach(({ signal, end }) => process.on(signal, end));
  process.on('warning', onWarning);
  stdout.on('resize', events.onResize);
  stdout.on('error', onBroken);
  enter();

  return {
    size: () => ({ columns: stdout.columns || 80, rows: stdout.rows || 24 }),
    suspend: onStop,
    write: (text) => {
      stdout.write(text);
    },
    leave: () => {
      step();
      process.off('exit', step);
      process.off('SIGTSTP', onStop);
      process.off('SIGCONT', onContinue);
      endings.forEach(({ signal, end }) => process.off(signal, end));
      process.off('warning', onWarning);
      stdout.off('resize', events.onResize);
      stdout.off('error', onBroken);
    },
  };
}
