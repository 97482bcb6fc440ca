// A real terminal (tmux) for programs that draw on one.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../../scripts/run.ts';
import { eventually } from '../deadline.ts';

export type TerminalOptions = {
  /** A shell's command line. */
  readonly command: string;
  readonly columns?: number;
  readonly rows?: number;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
};

export type Terminal = {
  /** What is on the screen now; `styled` with its colours. */
  screen(options?: { readonly styled?: boolean }): Promise<string>;
  /** Waits until the screen fits, and returns it. */
  until(fits: (screen: string) => boolean, options: { readonly what: string; readonly ms?: number }): Promise<string>;
  /** tmux's names of keys: `q`, `C-c`, `Enter`, `Down`. */
  press(...keys: readonly string[]): Promise<void>;
  resize(columns: number, rows: number): Promise<void>;
  /** Of the pane, such as `alternate_on`, `cursor_flag`, `pane_pid`. */
  ask(format: string): Promise<string>;
  /** Ends it and whatever runs in it. */
  close(): Promise<void>;
};

const STEP_MS = 20_000;

/** What the command line's exit code was, once it has ended: the last thing on the screen is `exit N`. */
export const EXIT_LINE = /^exit (\d+)$/m;

export async function openTerminal(options: TerminalOptions): Promise<Terminal> {
  const { columns = 120, rows = 40 } = options;
  const dir = await mkdtemp(join(tmpdir(), 'mv-tmux-'));
  const { signal } = new AbortController();
  const env = { ...process.env, ...options.env, TMUX_TMPDIR: dir, TERM: 'xterm-256color' };
  const tmux = async (...args: readonly string[]): Promise<string> => {
    const result = await run('tmux', ['-f', '/dev/null', ...args], { signal, timeoutMs: STEP_MS, env });
    if (!result.ok) throw new Error(`tmux ${args[0] ?? ''}: ${result.output}`);
    return result.output;
  };
  // The shell stays for what is to be seen after the end; `cat` keeps the pane without drawing a prompt.
  const line = `${options.command}; echo "exit $?"; cat`;
  const size = ['-x', String(columns), '-y', String(rows)];
  await tmux('new-session', '-d', '-s', 't', ...size, '-c', options.cwd ?? process.cwd(), 'sh', '-c', line);
  const screen: Terminal['screen'] = ({ styled = false } = {}) =>
    // With its trailing spaces: they may have a colour.
    tmux('capture-pane', '-pt', 't', ...(styled ? ['-eN'] : []));
  return {
    screen,
    until: (fits, { what, ms = 30_000 }) => eventually(screen, fits, { what, ms, everyMs: 50 }),
    press: async (...keys) => void (await tmux('send-keys', '-t', 't', ...keys)),
    resize: async (width, height) =>
      void (await tmux('resize-window', '-t', 't', '-x', String(width), '-y', String(height))),
    ask: async (format) => (await tmux('display-message', '-pt', 't', `#{${format}}`)).trim(),
    close: async () => {
      await tmux('kill-server');
      await rm(dir, { recursive: true, force: true });
    },
  };
}
