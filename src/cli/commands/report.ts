import { toReport, toReportRequest } from '../../core/view/published/report.ts';
import { selectorsOf } from '../choose.ts';
import { CliError } from '../cli-error.ts';
import type { CliCommand, Invocation } from '../argv/command.ts';
import { choiceOf, momentOf } from '../argv/values.ts';
import { EXIT } from '../exit-codes.ts';
import { createPaint } from '../output/paint.ts';
import { printReport } from '../output/report-output.ts';
import { readPast } from '../session/read-past.ts';
import { withSession } from '../session/with-session.ts';

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;

export const reportCommand: CliCommand = {
  name: 'report',
  summary: 'Show how available each process was, how often it crashed, and why; the worst first',
  args: '[SELECTOR…]',
  completes: 'processes',
  options: [
    ['since', 'how far back, such as 24h, 7d or 2026-11-01 (7d)'],
    ['until', 'up to when (now)'],
    ['output', 'table, json or csv'],
    ['json', 'the same as -o json; its schema is schema/report.v1.json'],
  ],
  examples: [
    { line: 'multivisor report --since 7d', says: 'which program never stays up' },
    { line: 'multivisor report --since 2026-11-01 --until 2026-12-01 -o csv', says: 'a month, for a spreadsheet' },
  ],
  details: [
    'A process is available while it is RUNNING; the time in which somebody had stopped it, or after an exit that its ' +
      'configuration expects, is left out, and so is time of which nothing is known (UNKNOWN), which is never counted as up. ' +
      'MTBF is the mean time that it was up for each crash. It is read from the main logs, as events does.',
  ],
  run,
};

async function run(invocation: Invocation): Promise<number> {
  const { io } = invocation;
  const selectors = selectorsOf(invocation.args);
  const format = invocation.isOn('json') ? 'json' : choiceOf(invocation, 'output', ['table', 'json', 'csv']);
  const now = Date.now();
  const until = Math.min(now, momentOf(invocation, 'until', now) ?? now);
  const since = momentOf(invocation, 'since', now) ?? until - WEEK_MS;
  if (since >= until) throw new CliError('--since is not before --until');
  const window = { since, until };
  return withSession(invocation, { selectors }, async ({ session }) => {
    const request = toReportRequest(window);
    const past = await readPast(invocation, session, { selectors, request });
    if (io.signal.aborted) return EXIT.interrupted;
    const report = toReport(session.snapshot(), past, { ...window, selectors, now });
    printReport(report, { format, io, paint: createPaint(invocation) });
    return EXIT.ok;
  });
}
