import type { Process, Snapshot } from '../../core/model.ts';
import type { Clock, Session, WaitOptions } from '../../core/ports.ts';
import type { ProcessState } from '../../core/process-state.ts';
import { findProcess } from '../../core/engine/reduce.ts';
import { select } from '../../core/select.ts';
import { escapeText } from '../../core/view/escape.ts';
import { whyText } from '../../core/view/text.ts';
import { complain, selectorsOf } from '../choose.ts';
import { CliError } from '../cli-error.ts';
import type { CliCommand, Invocation } from '../argv/command.ts';
import { EXIT } from '../exit-codes.ts';
import { optionOf } from '../argv/options.ts';
import { choiceOf, durationOf } from '../argv/values.ts';
import { withSession } from '../session/with-session.ts';

const TIMEOUT_MS = 60_000;
const STATES = { running: 'RUNNING', stopped: 'STOPPED', exited: 'EXITED', fatal: 'FATAL' } as const;

export const waitCommand: CliCommand = {
  name: 'wait',
  summary: 'Wait until processes are in a state',
  args: 'SELECTOR…',
  completes: 'processes',
  options: ['for', 'any', ['timeout', 'how long (60s)'], 'allowEmpty'],
  examples: [
    {
      line: 'multivisor wait web --for running',
      says: 'until every "web" runs; 5 if one failed, 124 if it takes too long',
    },
    { line: "multivisor wait 'batch:*' --for exited --any", says: 'until one of them is done' },
  ],
  run,
};

async function run(invocation: Invocation): Promise<number> {
  const { io, args } = invocation;
  if (args.length === 0) throw new CliError('name what to wait for');
  if (invocation.text('for') === null) throw new CliError(`say for which state: --for ${optionOf('for').value ?? ''}`);
  const state = STATES[choiceOf(invocation, 'for', ['running', 'stopped', 'exited', 'fatal'])];
  const selectors = selectorsOf(args);
  const timeoutMs = durationOf(invocation, 'timeout', TIMEOUT_MS);
  return withSession(invocation, { selectors }, async ({ session, clock }) => {
    const selection = select(session.snapshot(), selectors);
    const complaint = complain(session.snapshot(), selection, selectors);
    if (complaint && !(complaint.exitCode === EXIT.notFound && invocation.isOn('allowEmpty'))) {
      throw new CliError(complaint.message, complaint.exitCode);
    }
    const uids = selection.processes.map(({ uid }) => uid);
    const goal = { uids, state, any: invocation.isOn('any') };
    const end = await awaitGoal(session, goal, { signal: io.signal, clock, timeoutMs });
    const there = uids.filter((uid) => findProcess(session.snapshot(), uid)?.state === state);
    io.out(there.map((uid) => `${escapeText(uid)}  ${state}\n`).join(''));
    if (end === 'reached') return EXIT.ok;
    const left = uids.filter((uid) => !there.includes(uid));
    for (const uid of left) io.err(`multivisor: ${escapeText(describe(session.snapshot(), uid, clock.now()))}\n`);
    return end === 'failed' ? EXIT.processFailed : end === 'gone' ? EXIT.notFound : EXIT.timedOut;
  });
}

type Goal = { readonly uids: readonly string[]; readonly state: ProcessState; readonly any: boolean };
type End = 'reached' | 'failed' | 'gone' | 'timeout';

/** Whether it is over, and how; null: not yet. FATAL does not change by itself, nor does what was removed. */
function judge(snapshot: Snapshot, { uids, state, any }: Goal): End | null {
  const processes = uids.map((uid) => known(snapshot, uid));
  const there = processes.filter((process) => process?.state === state).length;
  if (any ? there > 0 : there === uids.length) return 'reached';
  const gone = processes.filter((process) => process === null).length;
  if (any ? gone === uids.length : gone > 0) return 'gone';
  if (state === 'FATAL') return null;
  const failed = processes.filter((process) => process?.state === 'FATAL').length;
  return (any ? failed === uids.length : failed > 0) ? 'failed' : null;
}

/** Null when it was removed; one whose supervisor is away for the moment is only in no state. */
function known(snapshot: Snapshot, uid: string): { readonly state: ProcessState } | null {
  const process = findProcess(snapshot, uid);
  if (!process) return null;
  const up = snapshot.supervisors.get(process.supervisor)?.link === 'up';
  return up ? process : { state: 'UNKNOWN' };
}

type Limits = WaitOptions & { readonly clock: Clock; readonly timeoutMs: number };

function awaitGoal(session: Session, goal: Goal, { signal, clock, timeoutMs }: Limits): Promise<End> {
  return new Promise((resolve) => {
    const cleanups: (() => void)[] = [];
    const look = () => {
      const end = judge(session.snapshot(), goal);
      if (end) settle(end);
    };
    const settle = (end: End) => {
      cleanups.forEach((cleanup) => cleanup());
      resolve(end);
    };
    const abort = () => settle('timeout');
    signal.addEventListener('abort', abort);
    cleanups.push(
      () => signal.removeEventListener('abort', abort),
      session.subscribe(look),
      clock.after(timeoutMs, () => settle('timeout')),
    );
    look();
  });
}

function describe(snapshot: Snapshot, uid: string, now: number): string {
  const process: Process | undefined = findProcess(snapshot, uid);
  const supervisor = snapshot.supervisors.get(process?.supervisor ?? '');
  if (!process || !supervisor) return `${uid} is not there any more`;
  const why = whyText(process, supervisor, now);
  return `${uid} is ${process.state}${why === '' ? '' : `: ${why}`}`;
}
