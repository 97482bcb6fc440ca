import type { Pattern } from '../../core/glob.ts';
import type { Process } from '../../core/model.ts';
import type { LogStream } from '../../core/ports.ts';
import { SessionError } from '../../core/ports.ts';
import { parseRegex } from '../../core/regex/linear-regex.ts';
import { select } from '../../core/select.ts';
import { escapeText } from '../../core/view/escape.ts';
import { complain, selectorsOf } from '../choose.ts';
import { CliError } from '../cli-error.ts';
import type { CliCommand, Invocation } from '../argv/command.ts';
import { EXIT, exitOfCode } from '../exit-codes.ts';
import { tailLines } from '../output/log-lines.ts';
import type { Opened } from '../session/open-session.ts';
import type { LogPrinter } from '../output/log-output.ts';
import { createLogPrinter } from '../output/log-output.ts';
import { choiceOf, countOf } from '../argv/values.ts';
import { withSession } from '../session/with-session.ts';

const DEFAULT_LINES = 10;
/** More streams at once than anybody can read. */
const MOST_STREAMS = 200;

export const logsCommand: CliCommand = {
  name: 'logs',
  summary: 'Show the logs of processes, merged',
  args: 'SELECTOR…',
  completes: 'processes',
  options: ['follow', 'lines', 'stream', 'grep', 'timestamps', 'json', 'raw', 'allowEmpty'],
  examples: [
    { line: 'multivisor logs web -n 50', says: 'the last 50 lines of each stream of every "web"' },
    { line: "multivisor logs -f 'PLC:*' --grep 'error|warn'", says: 'go on with lines that match, of a whole group' },
    { line: 'multivisor logs web --stream stderr --json', says: 'one JSON object per line' },
  ],
  details: [
    'With --grep the last lines that match are counted, in the last 4 MB of the log. supervisord does not say when a ' +
      'line was written: --timestamps is when it was received here, and empty for lines that were already there. Where ' +
      'bytes may be missing, a line says so.',
  ],
  run,
};

type Source = { readonly process: Process; readonly stream: LogStream };

async function run(invocation: Invocation): Promise<number> {
  const { io, args } = invocation;
  if (args.length === 0) throw new CliError("name whose logs to show, such as NAME or 'group:*'");
  const selectors = selectorsOf(args);
  const wish = choiceOf(invocation, 'stream', ['both', 'stdout', 'stderr']);
  const lines = countOf(invocation, 'lines', DEFAULT_LINES);
  const pattern = patternOf(invocation.text('grep'));
  return withSession(invocation, { selectors }, async (opened) => {
    const snapshot = opened.session.snapshot();
    const selection = select(snapshot, selectors);
    const complaint = complain(snapshot, selection, selectors);
    if (complaint && !(complaint.exitCode === EXIT.notFound && invocation.isOn('allowEmpty'))) {
      throw new CliError(complaint.message, complaint.exitCode);
    }
    const sources = selection.processes.flatMap((process) => sourcesOf(process, wish));
    for (const process of selection.processes) {
      if (sources.some((source) => source.process === process)) continue;
      const which = wish === 'both' ? 'log' : `${wish} log`;
      io.err(`multivisor: ${escapeText(process.uid)} has no ${which} (redirect_stderr, NONE or syslog)\n`);
    }
    // Without it, what is shown of its stderr would pass for all that it wrote.
    for (const process of selection.processes.filter((each) => hidesStdout(each, wish)))
      io.err(`multivisor: ${escapeText(process.uid)} has no stdout log (NONE or syslog); of its stderr there is one\n`);
    if (sources.length > MOST_STREAMS) {
      throw new CliError(`${sources.length} logs at once are too many (${MOST_STREAMS}); name fewer processes`);
    }
    if (sources.length === 0) return selection.processes.length === 0 ? EXIT.ok : EXIT.generic;
    const printer = createLogPrinter(invocation, { processes: selection.processes, pattern });
    const follow = invocation.isOn('follow');
    const codes = follow
      ? await Promise.all(sources.map((source) => printTail(opened, source, { invocation, printer, lines, pattern })))
      : await inTurn(sources, (source) => printTail(opened, source, { invocation, printer, lines, pattern }));
    const failed = codes.filter((code) => code !== EXIT.ok);
    return failed.length === codes.length ? (failed[0] ?? EXIT.ok) : failed.length > 0 ? EXIT.someFailed : EXIT.ok;
  });
}

function sourcesOf(process: Process, wish: LogStream | 'both'): Source[] {
  const all: Source[] = [];
  if (wish !== 'stderr' && process.stdoutLog !== '') all.push({ process, stream: 'stdout' });
  if (wish !== 'stdout' && process.stderrLog !== '') all.push({ process, stream: 'stderr' });
  return all;
}

function hidesStdout({ stdoutLog, stderrLog }: Process, wish: LogStream | 'both'): boolean {
  return wish === 'both' && stdoutLog === '' && stderrLog !== '';
}

function patternOf(text: string | null): Pattern | null {
  if (text === null) return null;
  const parsed = parseRegex(text, { exact: true });
  if (parsed.ok) return parsed.regex;
  throw new CliError(`--grep is no regular expression: ${parsed.message}`, EXIT.usage);
}

type Printing = {
  readonly invocation: Invocation;
  readonly printer: LogPrinter;
  readonly lines: number;
  readonly pattern: Pattern | null;
};

async function printTail(opened: Opened, source: Source, printing: Printing): Promise<number> {
  const { invocation, printer, lines, pattern } = printing;
  const { io } = invocation;
  const { session, clock } = opened;
  const { stream } = source;
  const { uid } = source.process;
  const follow = invocation.isOn('follow');
  try {
    for await (const line of tailLines(
      { session, clock, signal: io.signal },
      { uid, stream, lines, follow, pattern },
    )) {
      printer.print(uid, stream, line);
    }
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof SessionError)) throw error;
    printer.fail(uid, stream, error.message);
    return exitOfCode(error.code);
  }
}

async function inTurn<Item>(items: readonly Item[], work: (item: Item) => Promise<number>): Promise<number[]> {
  const results: number[] = [];
  for (const item of items) results.push(await work(item));
  return results;
}
