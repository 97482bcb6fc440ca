import { createInterface } from 'node:readline/promises';
import type { Interface } from 'node:readline/promises';
import { allProcesses } from '../../core/engine/reduce.ts';
import { countStatesOf, sumCounts } from '../../core/view/tally.ts';
import { PROCESS_STATES } from '../../core/process-state.ts';
import type { Session } from '../../core/ports.ts';
import { escapeText } from '../../core/view/escape.ts';
import { stateGlyph } from '../../core/view/text.ts';
import { CliError } from '../cli-error.ts';
import type { CliCommand, Invocation } from '../argv/command.ts';
import { complete } from '../completion/complete.ts';
import { EXIT } from '../exit-codes.ts';
import type { Io } from '../io/io.ts';
import { createPaint } from '../output/paint.ts';
import type { Paint } from '../output/paint.ts';
import { createPrompter } from '../shell/prompter.ts';
import { HISTORY_LINES, historyFile, readHistory, writeHistory } from '../shell/history.ts';
import { splitWords } from '../shell/split-words.ts';
import { withSession } from '../session/with-session.ts';

/** Not within a shell. */
const OUTSIDE: readonly string[] = ['shell', 'serve', 'listener', 'project', 'completion'];

export type ShellTools = {
  readonly commands: () => readonly CliCommand[];
  /** Runs one command line to its end. */
  readonly runLine: (argv: readonly string[], io: Io) => Promise<number>;
};

export function createShellCommand(tools: ShellTools): CliCommand {
  return {
    name: 'shell',
    summary: 'A prompt for commands, with completion and history',
    args: '',
    options: [],
    examples: [
      { line: 'multivisor shell', says: 'then: status, restart NAME, logs NAME -f, help, exit' },
      { line: "printf 'status\\nlogs web\\n' | multivisor shell", says: 'commands from a file or another program' },
    ],
    details: ['ctrl-c ends the command that runs, ctrl-d the shell. It ends with the exit code of the last command.'],
    run: (invocation) => run(invocation, tools),
  };
}

async function run(invocation: Invocation, tools: ShellTools): Promise<number> {
  if (invocation.args.length > 0) throw new CliError('shell takes no argument; a single command needs no shell');
  return withSession(invocation, {}, ({ session }) => talk(invocation, session, tools));
}

async function talk(invocation: Invocation, session: Session, tools: ShellTools): Promise<number> {
  const { io } = invocation;
  const commands = tools.commands().filter(({ name }) => !OUTSIDE.includes(name));
  const history = historyFile(io);
  const paint = createPaint(invocation);
  const names = async () => ({
    processes: allProcesses(session.snapshot()).map(({ uid }) => uid),
    supervisors: [...session.snapshot().supervisors.keys()],
  });
  const reader = createInterface({
    input: process.stdin,
    output: process.stdout,
    terminal: io.interactive && io.terminal,
    historySize: HISTORY_LINES,
    history: readHistory(history),
    removeHistoryDuplicates: true,
    completer: async (line: string): Promise<[string[], string]> => {
      const words = line.split(/\s+/u);
      return [[...((await complete({ words, commands, names })) ?? [])], words.at(-1) ?? ''];
    },
  });
  const visible = io.interactive && io.terminal;
  const prompter = createPrompter({
    reader,
    prompt: visible ? () => promptOf(session, paint) : null,
    signal: io.signal,
  });
  // A session that somebody looks at hears of changes at once: the prompt and the completion are of now.
  const unsubscribe = session.subscribe(prompter.refresh);
  const shared = sharedOptions(invocation);
  let code: number = EXIT.ok;
  try {
    for await (const line of prompter.lines()) {
      const words = splitWords(line);
      const [word] = words;
      if (word === undefined) continue;
      if (word === 'exit' || word === 'quit') break;
      if (word === 'refresh-status') session.reread([]);
      // The first word stays the first: `help` is one.
      const argv = [word === 'refresh-status' ? 'status' : word, ...shared, ...words.slice(1)];
      code = OUTSIDE.includes(word)
        ? refuse(io, word)
        : await runInterruptible(reader, io, (lineIo) => tools.runLine(argv, lineIo));
    }
  } finally {
    unsubscribe();
    reader.close();
    const lines: unknown = Reflect.get(reader, 'history');
    if (io.interactive && Array.isArray(lines)) writeHistory(history, lines.map(String));
  }
  return code;
}

function refuse(io: Io, word: string): number {
  io.err(`multivisor: ${word} is not for within the shell; exit ends it\n`);
  return EXIT.usage;
}

/** ctrl-c while a command runs ends that command, not the shell. */
async function runInterruptible(reader: Interface, io: Io, work: (io: Io) => Promise<number>): Promise<number> {
  const stopping = new AbortController();
  let hold: Parameters<Io['holdEnd']>[0] | null = null;
  let interrupted = false;
  const stop = () => {
    interrupted = true;
    if (hold) hold('SIGINT');
    else stopping.abort();
  };
  reader.on('SIGINT', stop);
  try {
    return await work({
      ...io,
      ask: (question, signal) =>
        reader
          .question(question, { signal: signal ? AbortSignal.any([signal, stopping.signal]) : stopping.signal })
          .catch(() => ''),
      holdEnd: (listener) => {
        hold = listener;
        const release = io.holdEnd(listener);
        return () => {
          hold = null;
          release();
        };
      },
      signal: AbortSignal.any([io.signal, stopping.signal]),
      interruption: () => (interrupted ? EXIT.interrupted : io.interruption()),
    });
  } finally {
    reader.off('SIGINT', stop);
  }
}

/** The options of the shell itself hold for each of its commands. */
function sharedOptions({ text, isOn }: Invocation): string[] {
  const shared: string[] = [];
  const [config, remote, tokenFile] = [text('config'), text('remote'), text('tokenFile')];
  if (config !== null) shared.push('--config', config);
  if (remote !== null) shared.push('--remote', remote);
  if (tokenFile !== null) shared.push('--token-file', tokenFile);
  if (!isOn('color')) shared.push('--no-color');
  if (isOn('ascii')) shared.push('--ascii');
  return shared;
}

/** "lab 2/3 ●7 ✖1> ": supervisors up, and processes by state. */
function promptOf(session: Session, paint: Paint): string {
  const snapshot = session.snapshot();
  const supervisors = [...snapshot.supervisors.values()];
  const counts = sumCounts(supervisors.map(countStatesOf));
  const glyphs = paint.ascii ? 'ascii' : 'unicode';
  const states = PROCESS_STATES.flatMap((state) => {
    const count = counts[state];
    return count === undefined ? [] : [paint.state(state, `${stateGlyph(state, glyphs)}${count}`)];
  });
  const up = supervisors.filter(({ link }) => link === 'up').length;
  return `${[paint.bold(escapeText(snapshot.name)), `${up}/${supervisors.length}`, ...states].join(' ')}> `;
}
