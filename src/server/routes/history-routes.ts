// What was before, as `events --json` and `report --json` tell it.
import * as v from 'valibot';
import { collectHistory } from '../../core/history/collect.ts';
import type { Past } from '../../core/history/collect.ts';
import type { HistoryRequest } from '../../core/history/history.ts';
import { MOMENT_EXAMPLES, parseMoment } from '../../core/history/parse-moment.ts';
import { selectPast } from '../../core/history/select-past.ts';
import type { Window } from '../../core/history/summarize.ts';
import { SessionError } from '../../core/ports.ts';
import type { Selector } from '../../core/select.ts';
import { parseSelectors, select } from '../../core/select.ts';
import { DAY_MS } from '../../core/view/published/day.ts';
import { toEventLine, toExtentLine } from '../../core/view/published/events.ts';
import { toReport, toReportRequest } from '../../core/view/published/report.ts';
import type { Door } from '../door.ts';
import type { Reply } from '../http/reply.ts';
import { json, message } from '../http/reply.ts';
import type { ActorContext, Route } from '../http/route.ts';
import { historyQuery } from './api-v1-schema.ts';
import { STATUS_OF } from './outcome-status.ts';

/** Fewer than on a command line: whoever may look may ask again and again. */
const MOST_PATTERNS = 100;

export function toHistoryRoutes(door: Door): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/events',
      access: 'signed-in',
      handle: (context) =>
        answer(context, { now: door.now(), backMs: DAY_MS }, async ({ window, selectors }) => {
          const { events, extents } = await pastOf(context, window, selectors);
          const chosen = selectPast(context.session.snapshot(), selectors, events);
          return json({
            events: chosen.map((event) => toEventLine({ event, id: null })),
            extents: extents.map(toExtentLine),
          });
        }),
    },
    {
      method: 'GET',
      path: '/api/v1/report',
      access: 'signed-in',
      handle: (context) =>
        answer(context, { now: door.now(), backMs: 7 * DAY_MS }, async ({ window, selectors }) => {
          const past = await pastOf(context, toReportRequest(window), selectors);
          const wish = { ...window, selectors, now: door.now() };
          return json(toReport(context.session.snapshot(), past, wish));
        }),
    },
  ];
}

type Asked = { readonly window: Window; readonly selectors: readonly Selector[] };
type Times = { readonly now: number; /** When nothing is said of since when. */ readonly backMs: number };

async function answer(
  { query }: ActorContext,
  { now, backMs }: Times,
  work: (asked: Asked) => Promise<Reply>,
): Promise<Reply> {
  const parsed = v.safeParse(historyQuery, { ...Object.fromEntries(query), select: query.getAll('select') });
  if (!parsed.success) return message(400, parsed.issues[0].message);
  const { since, until, select: patterns } = parsed.output;
  const { selectors, errors } = parseSelectors(patterns, MOST_PATTERNS);
  const [wrong] = errors;
  if (wrong) return message(400, `${wrong.text}: ${wrong.message}`);
  const end = until === undefined ? now : parseMoment(until, now);
  const begin = since === undefined ? (end ?? now) - backMs : parseMoment(since, now);
  if (begin === null || end === null) return message(400, `since and until are such as ${MOMENT_EXAMPLES}`);
  if (begin >= end) return message(400, 'since is not before until');
  try {
    return await work({ window: { since: begin, until: Math.min(now, end) }, selectors });
  } catch (error) {
    if (error instanceof SessionError) return message(STATUS_OF[error.code], error.message);
    throw error;
  }
}

function pastOf(
  { session, signal }: ActorContext,
  request: HistoryRequest,
  selectors: readonly Selector[],
): Promise<Past> {
  const supervisors = select(session.snapshot(), selectors).supervisors.map(({ name }) => name);
  return collectHistory(session, { ...request, supervisors }, { signal });
}
