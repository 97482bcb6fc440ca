// The interactive shell: status first, then command by command, as supervisorctl's.
import { createInterface } from 'node:readline';
import * as v from 'valibot';
import type { ControlEndpoint } from '../supervisord-conf/control-channel.ts';
import { processesSchema } from './context.ts';
import { createTypedLineReader } from './line-reader.ts';
import { CTL_NAMES, runCtl } from './run.ts';
import type { CtlOptions } from './run.ts';
import { CTL_EXIT, toNamespec } from './texts.ts';
import { withClient } from '../daemon/find-running.ts';

const PROMPT = 'supervisor> ';

type ShellOptions = Pick<CtlOptions, 'known' | 'options' | 'world'>;

/** Ends with `exit`, `quit`, Ctrl-D or Ctrl-C. */
export async function runShell(options: ShellOptions): Promise<number> {
  const { world } = options;
  const names = await completions(options);
  const reader = createInterface({
    input: world.stdin,
    ...(world.terminal ? { output: process.stdout } : {}),
    terminal: world.terminal,
    completer: (line: string) => complete(line, names),
    prompt: PROMPT,
  });
  const ended = new AbortController();
  const close = () => {
    ended.abort();
    reader.close();
  };
  world.signal.addEventListener('abort', close, { once: true });
  // It ends what runs, as `tail -f`; at the prompt it ends the shell.
  let running: AbortController | null = null;
  reader.on('SIGINT', () => (running === null ? close() : running.abort()));
  const lines = createTypedLineReader(reader);
  const next = async (prompt: string): Promise<string | null> => {
    if (world.terminal) {
      reader.setPrompt(prompt);
      reader.prompt();
    } else world.out(prompt);
    return lines.next(ended.signal);
  };
  const confirm = async (question: string) => (await next(question))?.toLowerCase().startsWith('y') ?? false;

  let opened: ControlEndpoint | null = null;
  const onOpen = (endpoint: ControlEndpoint) => {
    opened = endpoint;
  };
  await runCtl({ name: 'status', args: [] }, options);
  for (;;) {
    const line = await next(PROMPT);
    if (line === null) break;
    const [name, ...args] = line.trim().split(/\s+/u);
    if (name === undefined || name === '') continue;
    if (name === 'exit' || name === 'quit') break;
    running = new AbortController();
    const signal = AbortSignal.any([world.signal, running.signal]);
    const nextLine = (until: AbortSignal) => lines.next(until);
    await runCtl({ name, args }, { ...options, world: { ...world, signal }, confirm, nextLine, opened, onOpen });
    running = null;
  }
  world.signal.removeEventListener('abort', close);
  close();
  world.out('\n');
  return CTL_EXIT.ok;
}

async function completions({ known, world }: ShellOptions): Promise<readonly string[]> {
  if (!world.terminal) return [];
  return withClient(known.endpoint, world.signal, async (client) => {
    // Without an answer there is nothing to complete; the status that follows says why.
    const answer = await client.ask('supervisor.getAllProcessInfo').catch(() => []);
    return v.parse(processesSchema, answer).map(({ group, name }) => toNamespec(group, name));
  });
}

function complete(line: string, names: readonly string[]): [string[], string] {
  const word = /\S*$/u.exec(line)?.[0] ?? '';
  const known = /^\s*\S*$/u.test(line) ? CTL_NAMES : [...names, 'all'];
  return [known.filter((each) => each.startsWith(word)).map((each) => `${each} `), word];
}
