import type { Interface } from 'node:readline/promises';

export type Prompter = {
  /** Lines as they are entered, each after a prompt; ends with the input. */
  lines(): AsyncGenerator<string>;
  /** What the prompt says may have changed. */
  refresh(): void;
};

export type PrompterOptions = {
  readonly reader: Interface;
  /** Null: nobody sees a prompt. */
  readonly prompt: (() => string) | null;
  readonly signal: AbortSignal;
};

export function createPrompter({ reader, prompt, signal }: PrompterOptions): Prompter {
  const waiting: string[] = [];
  let wake: (() => void) | null = null;
  let closed = false;
  let shown = '';
  const ring = () => wake?.();
  const show = (keepCursor: boolean) => {
    if (!prompt) return;
    shown = prompt();
    reader.setPrompt(shown);
    reader.prompt(keepCursor);
  };
  reader.on('line', (line) => {
    waiting.push(line);
    ring();
  });
  reader.on('close', () => {
    closed = true;
    ring();
  });
  reader.on('SIGINT', () => {
    if (!wake) return;
    // As in a shell: the line that was begun is given up. Without a listener readline would stop reading.
    reader.write(null, { ctrl: true, name: 'e' });
    reader.write(null, { ctrl: true, name: 'u' });
    show(false);
  });
  signal.addEventListener('abort', () => reader.close(), { once: true });

  return {
    lines: async function* () {
      for (;;) {
        if (waiting.length === 0 && !closed) {
          show(false);
          await new Promise<void>((resolve) => (wake = resolve));
          wake = null;
        }
        const line = waiting.shift();
        if (line !== undefined) yield line;
        else if (closed) return;
      }
    },
    refresh: () => {
      if (wake && prompt && prompt() !== shown) show(true);
    },
  };
}
