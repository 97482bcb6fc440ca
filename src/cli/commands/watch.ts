import type { Clock } from '../../core/ports.ts';
import type { Selector } from '../../core/select.ts';
import { select } from '../../core/select.ts';
import { toStatus } from '../../core/view/published/status.ts';
import { complain, selectorsOf } from '../choose.ts';
import { CliError } from '../cli-error.ts';
import type { CliCommand, Invocation } from '../argv/command.ts';
import { EXIT } from '../exit-codes.ts';
import type { Opened } from '../session/open-session.ts';
import { createPaint } from '../output/paint.ts';
import { printStatus } from '../output/status-output.ts';
import { createJsonTeller, createTextTeller } from '../output/watch/watch-output.ts';
import { untilAborted } from '../io/until-aborted.ts';
import { durationOf } from '../argv/values.ts';
import { createLoopSummary } from '../output/watch/sum-up-loops.ts';
import { createWatchFeed } from '../output/watch/watch-feed.ts';
import { createWatchScope } from '../output/watch/watch-scope.ts';
import { FIRST_ANSWER_MS, withSession } from '../session/with-session.ts';

const HEARTBEAT_MS = 15_000;

export const watchCommand: CliCommand = {
  name: 'watch',
  summary: 'Tell every change as it happens, until interrupted',
  args: '[SELECTOR…]',
  completes: 'processes',
  options: [
    ['json', 'one JSON object per line'],
    'snapshot',
    'all',
    ['timeout', 'for the first answers (5s)'],
    'allowEmpty',
  ],
  examples: [
    { line: 'multivisor watch', says: 'what is there, then every change with its reason' },
    { line: "multivisor watch --json --no-snapshot 'web*'", says: 'changes of every web…, for a program' },
  ],
  details: [
    'With --json each line has type (snapshot, added, changed, removed, supervisor, gap, heartbeat), seq, ts and source. ' +
      'A change of state has from, to, reason and by; a heartbeat comes every 15 seconds.',
    'A process that is flapping is told at most every five seconds, with how often it ended; --all tells each of its turns.',
  ],
  run,
};

async function run(invocation: Invocation): Promise<number> {
  const selectors = selectorsOf(invocation.args);
  const timeoutMs = durationOf(invocation, 'timeout', FIRST_ANSWER_MS);
  return withSession(invocation, { selectors, timeoutMs }, (opened) => follow(invocation, opened, selectors));
}

async function follow(
  invocation: Invocation,
  { session, clock }: Opened,
  selectors: readonly Selector[],
): Promise<number> {
  const { io } = invocation;
  // Snapshot and subscription are taken in one turn: the first event follows on exactly.
  const snapshot = session.snapshot();
  const feed = createWatchFeed(snapshot, session.timeline().at(-1)?.id ?? 0);
  const scope = createWatchScope(session, selectors);
  const selection = select(snapshot, selectors);
  const complaint = complain(snapshot, selection, selectors);
  // Supervisors that cannot be reached now may come: that is what watching is for.
  if (complaint?.exitCode === EXIT.notFound && !invocation.isOn('allowEmpty')) {
    throw new CliError(complaint.message, complaint.exitCode);
  }

  const { processes, supervisors } = selection;
  const status = toStatus(snapshot, { supervisors, processes, now: clock.now() });
  const paint = createPaint(invocation);
  const teller = invocation.isOn('json') ? createJsonTeller(io) : createTextTeller(io, paint);
  if (invocation.isOn('snapshot')) {
    if (invocation.isOn('json')) teller.snapshot(status);
    else {
      const view = { snapshot, supervisors, processes, status };
      printStatus(view, { format: 'table', groupBy: 'supervisor', io, paint });
    }
  }
  const sumUp = createLoopSummary();
  const stopBeating = beatEvery(clock, HEARTBEAT_MS, () => teller.heartbeat(clock.now()));
  const unsubscribe = session.subscribe((event) => {
    const told = feed.handle(event);
    if (event.type === 'delta' || event.type === 'reset') scope.widen();
    for (const item of told.filter(scope.covers)) {
      const shown = invocation.isOn('all') ? item : sumUp(item, clock.monotonic());
      if (shown) teller.tell(shown, clock.now());
    }
  });
  await untilAborted(io.signal);
  unsubscribe();
  stopBeating();
  return EXIT.interrupted;
}

/** Returns what ends it. */
function beatEvery(clock: Clock, ms: number, beat: () => void): () => void {
  const again = () => {
    cancel = clock.after(ms, again);
    beat();
  };
  let cancel = clock.after(ms, again);
  return () => cancel();
}
