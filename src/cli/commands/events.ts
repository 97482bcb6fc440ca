import type { Past } from '../../core/history/collect.ts';
import type { Extent, HistoryEvent } from '../../core/history/history.ts';
import { createKnownEvents, toProcessEvent } from '../../core/history/merge.ts';
import { selectPast } from '../../core/history/select-past.ts';
import type { Transition } from '../../core/model.ts';
import type { Session, SessionEvent, SessionHistoryRequest } from '../../core/ports.ts';
import type { Selector } from '../../core/select.ts';
import { select } from '../../core/select.ts';
import { escapeText } from '../../core/view/escape.ts';
import { selectorsOf } from '../choose.ts';
import { CliError } from '../cli-error.ts';
import { readPast } from '../session/read-past.ts';
import type { CliCommand, Invocation } from '../argv/command.ts';
import { momentOf } from '../argv/values.ts';
import { EXIT } from '../exit-codes.ts';
import type { Opened } from '../session/open-session.ts';
import { createPaint } from '../output/paint.ts';
import type { EventPrinter } from '../output/event-output.ts';
import { createEventPrinter } from '../output/event-output.ts';
import { remoteOf } from '../session/remote.ts';
import { untilAborted } from '../io/until-aborted.ts';
import { withSession } from '../session/with-session.ts';

const DAY_MS = 86_400_000;
/** A line is told up to a second after it was written. */
const LATE_MS = 1_500;

export const eventsCommand: CliCommand = {
  name: 'events',
  summary: 'Show what happened, on all hosts, and what happens',
  args: '[SELECTOR…]',
  completes: 'processes',
  options: [
    ['since', 'how far back, such as 24h, 2h30m, yesterday or 2026-11-25T08:00 (24h)'],
    ['until', 'up to when, such as 1h or 2026-11-25T09:00 (now)'],
    ['follow', 'go on with what comes; without --since with nothing of what was'],
    ['json', 'one JSON object per line; its schema is schema/events.v1.json'],
    ['ndjson', 'the same as --json'],
  ],
  examples: [
    { line: 'multivisor events --since yesterday', says: 'what happened at night, on every host' },
    { line: "multivisor events -f 'web*' --json", says: 'what happens from now on, for a program' },
  ],
  details: [
    'Nothing has to run for it: a stock supervisord wrote it down in its main log, which is read backwards, at no more than ' +
      '1 % of a core of its host; so a log of many megabytes takes a while. Where the log begins is told (known since …): ' +
      'what was before is not known. A time of which the zone is not known is marked ≈.',
    'With --remote it is what the server remembers. What is known of a change may grow (its reason, its last words): it is ' +
      'then told again with the same id.',
  ],
  run,
};

async function run(invocation: Invocation): Promise<number> {
  const selectors = selectorsOf(invocation.args);
  const follow = invocation.isOn('follow');
  const now = Date.now();
  const since = momentOf(invocation, 'since', now);
  const until = momentOf(invocation, 'until', now);
  if (follow && until !== null) throw new CliError('--until and --follow exclude one another');
  if (since !== null && until !== null && since > until) throw new CliError('--since is later than --until');
  const back = { since: since ?? (until ?? now) - DAY_MS, ...(until !== null && { until }) };
  const request = follow && since === null ? null : back;
  return withSession(invocation, { selectors }, (opened) => {
    // A server may have heard of a line a moment ago, and tell it only now.
    const heardSince = remoteOf(invocation) === null ? now : Date.now() - LATE_MS;
    return tell(invocation, opened, { selectors, follow, heardSince, request });
  });
}

type Wish = {
  readonly selectors: readonly Selector[];
  readonly follow: boolean;
  /** Since when what happens may be told as news: milliseconds since the epoch. */
  readonly heardSince: number;
  /** Null: nothing of what was. */
  readonly request: SessionHistoryRequest | null;
};

async function tell(invocation: Invocation, { session }: Opened, wish: Wish): Promise<number> {
  const { io } = invocation;
  const { selectors, follow, request } = wish;
  const json = invocation.isOn('json') || invocation.isOn('ndjson');
  const printer = createEventPrinter(io, { json, paint: createPaint(invocation) });
  // Before anything is read, so that nothing falls between what was and what comes.
  const coming = follow ? listen(session) : null;
  try {
    const past = request ? await readPast(invocation, session, { selectors, request }) : { events: [], extents: [] };
    if (io.signal.aborted) return EXIT.interrupted;
    printPast(session, past, { selectors, printer });
    if (!coming) return EXIT.ok;
    // Nothing that was written before anybody listened can come once more.
    const recent = past.events.filter(({ at }) => at >= wish.heardSince);
    const news = createNews(session, { selectors, printer, logged: recent });
    await coming.handOn((event) => {
      news(event);
      if (event.type === 'gap') {
        io.err(`multivisor: ${escapeText(`${event.supervisor}: changes may be missing: ${event.message}`)}\n`);
      }
    }, io.signal);
    return EXIT.interrupted;
  } finally {
    coming?.end();
  }
}

/** What comes is kept until somebody takes it. */
function listen(session: Session) {
  const waiting: SessionEvent[] = [];
  let take = (event: SessionEvent): void => void waiting.push(event);
  const end = session.subscribe((event) => take(event));
  return {
    end,
    handOn: async (receiver: (event: SessionEvent) => void, signal: AbortSignal): Promise<void> => {
      waiting.splice(0).forEach(receiver);
      take = receiver;
      await untilAborted(signal);
    },
  };
}

type Printing = Pick<Wish, 'selectors'> & { readonly printer: EventPrinter };

function printPast(session: Session, past: Past, { selectors, printer }: Printing): void {
  past.extents.toSorted(bySupervisor).forEach(printer.extent);
  const events = selectPast(session.snapshot(), selectors, past.events);
  for (const event of events) printer.event({ event, id: null }, null);
}

function bySupervisor(a: Extent, b: Extent): number {
  return a.supervisor.localeCompare(b.supervisor);
}

type Following = {
  readonly selectors: readonly Selector[];
  readonly printer: EventPrinter;
  readonly logged: readonly HistoryEvent[];
};

/** Prints what comes, but for what was told already. */
function createNews(session: Session, { selectors, printer, logged }: Following): (event: SessionEvent) => void {
  const wanted = () => new Set(select(session.snapshot(), selectors).processes.map(({ uid }) => uid));
  let uids = wanted();
  const told = new Map<number, HistoryEvent | null>(session.timeline().map(({ id }) => [id, null]));
  const known = createKnownEvents(logged, LATE_MS);
  const print = (transition: Transition) => {
    const event = toProcessEvent(transition);
    if (!event || (selectors.length > 0 && !uids.has(transition.uid))) return;
    const { id } = transition;
    const before = told.get(id);
    told.set(id, event);
    // Its line was in the log already when that was read.
    if (before === undefined && known.take(event)) return;
    printer.event({ event, id }, before ?? null);
  };
  return (event) => {
    if (event.type === 'delta') wanted().forEach((uid) => uids.add(uid));
    if (event.type === 'reset') uids = wanted();
    if (event.type === 'transitions') event.transitions.forEach(print);
  };
}
