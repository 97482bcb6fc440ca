import type { ProcessState } from '../../core/process-state.ts';
import { isProcessState, PROCESS_STATES } from '../../core/process-state.ts';
import type { Selection } from '../../core/select.ts';
import { select } from '../../core/select.ts';
import type { SortKey } from '../../core/view/sort.ts';
import { isSortKey, toComparator } from '../../core/view/sort.ts';
import { toStatus } from '../../core/view/published/status.ts';
import { addLastLines } from '../output/add-last-lines.ts';
import { complain, selectorsOf } from '../choose.ts';
import { CliError } from '../cli-error.ts';
import type { CliCommand, Invocation } from '../argv/command.ts';
import { EXIT } from '../exit-codes.ts';
import type { lookBack } from '../session/look-back.ts';
import { createPaint } from '../output/paint.ts';
import type { StatusFormat } from '../output/status-output.ts';
import { printStatus } from '../output/status-output.ts';
import { choiceOf, durationOf } from '../argv/values.ts';
import { FIRST_ANSWER_MS, withSession } from '../session/with-session.ts';

export const statusCommand: CliCommand = {
  name: 'status',
  summary: 'Show supervisors and processes',
  args: '[SELECTOR…]',
  completes: 'processes',
  options: [
    'output',
    'json',
    'ndjson',
    'sort',
    'groupBy',
    'expect',
    ['timeout', 'how long to wait for supervisors that do not answer (5s)'],
    'allowEmpty',
  ],
  examples: [
    { line: 'multivisor status', says: 'everything, by supervisor' },
    { line: "multivisor status 'web*' 'sup=eu-*'", says: 'processes named web… on supervisors named eu-…' },
    { line: 'multivisor status --json | jq .summary', says: 'one JSON object; its schema is schema/status.v1.json' },
    { line: 'multivisor status --expect running,exited', says: 'a check for cron: 0 when nothing else is found' },
  ],
  details: [
    'Ends with 3 when a matched process is not running, or is flapping (starting counts as running; --expect says what else is fine), ' +
      'with 6 when some supervisors could not be read, and with 7 when none could.',
  ],
  run,
};

type LookBack = typeof lookBack;

async function run(invocation: Invocation): Promise<number> {
  const { io } = invocation;
  const selectors = selectorsOf(invocation.args);
  const format = formatOf(invocation);
  const sort = sortOf(invocation);
  const groupBy = choiceOf(invocation, 'groupBy', ['supervisor', 'group', 'none']);
  const expected = expectedStates(invocation);
  const timeoutMs = durationOf(invocation, 'timeout', FIRST_ANSWER_MS);
  return withSession(invocation, { selectors, timeoutMs }, async ({ session, clock }) => {
    const snapshot = session.snapshot();
    const selection = select(snapshot, selectors);
    const { supervisors } = selection;
    const arranged = arrange(selection.processes, sort);
    const tabular = format === 'table' || format === 'wide';
    const processes = tabular ? await addLastLines(session, arranged, { signal: io.signal, clock }) : arranged;
    const dayOf =
      format === 'name' || format === 'csv' ? null : await daysOf(session, supervisors, { signal: io.signal, clock });
    const status = toStatus(snapshot, { supervisors, processes, now: clock.now(), ...(dayOf && { dayOf }) });
    printStatus({ snapshot, supervisors, processes, status }, { format, groupBy, io, paint: createPaint(invocation) });

    const complaint = complain(snapshot, selection, selectors);
    if (!complaint) return exitCode(selection, expected);
    if (complaint.exitCode === EXIT.notFound && invocation.isOn('allowEmpty')) return EXIT.ok;
    io.err(`multivisor: ${complaint.message}\n`);
    return complaint.exitCode;
  });
}

/** Loaded only here: a status by name needs nothing of the past. */
async function daysOf(...asked: Parameters<LookBack>): ReturnType<LookBack> {
  const { lookBack } = await import('../session/look-back.ts');
  return lookBack(...asked);
}

function exitCode({ supervisors, processes }: Selection, expected: ReadonlySet<ProcessState>): number {
  const up = supervisors.filter(({ link }) => link === 'up').length;
  if (supervisors.length > 0 && up === 0) return EXIT.unreachable;
  if (processes.some(({ state, flapping }) => !expected.has(state) || flapping !== null)) return EXIT.notRunning;
  return up < supervisors.length ? EXIT.someFailed : EXIT.ok;
}

function expectedStates(invocation: Invocation): ReadonlySet<ProcessState> {
  const text = invocation.text('expect');
  const states = new Set<ProcessState>(['STARTING']);
  for (const word of (text ?? 'running').toUpperCase().split(',')) {
    if (!isProcessState(word)) {
      const known = PROCESS_STATES.join(', ').toLowerCase();
      throw new CliError(`--expect names states, and "${word.toLowerCase()}" is none; known: ${known}`);
    }
    states.add(word);
  }
  return states;
}

function formatOf(invocation: Invocation): StatusFormat {
  if (invocation.isOn('json')) return 'json';
  if (invocation.isOn('ndjson')) return 'ndjson';
  return choiceOf(invocation, 'output', ['table', 'wide', 'name', 'csv', 'json', 'ndjson']);
}

type Sort = { readonly key: SortKey; readonly reversed: boolean };

function sortOf(invocation: Invocation): Sort {
  const text = invocation.text('sort') ?? 'order';
  const reversed = text.startsWith('-');
  const key = (reversed ? text.slice(1) : text).toLowerCase();
  if (isSortKey(key) && key !== 'score') return { key, reversed };
  throw new CliError(`--sort is one of order, state, name, supervisor, uptime, restarts, not "${text}"`);
}

function arrange(processes: Selection['processes'], { key, reversed }: Sort): Selection['processes'] {
  const comparator = toComparator(key);
  const rows = processes.map((process) => ({ process, score: 1 }));
  const sorted = (comparator ? rows.toSorted(comparator) : rows).map(({ process }) => process);
  return reversed ? sorted.toReversed() : sorted;
}
