// Our own REST interface: what the command line prints as JSON, and what it does.
import * as v from 'valibot';
import { parseUid } from '../../core/ids.ts';
import type { Process, Snapshot } from '../../core/model.ts';
import type { Command, TailChunk } from '../../core/ports.ts';
import { SessionError } from '../../core/ports.ts';
import { findProcess } from '../../core/engine/reduce.ts';
import { parseSelectors, select } from '../../core/select.ts';
import { toStatus } from '../../core/view/published/status.ts';
import { MAX_TARGETS } from '../../core/wire/messages.ts';
import { saysSomething } from '../../core/log-lines.ts';
import type { Door } from '../door.ts';
import type { Reply } from '../http/reply.ts';
import { json, message } from '../http/reply.ts';
import type { ActorContext, Route } from '../http/route.ts';
import { commandBody, logsQuery, timelineQuery, whatIsWrong } from './api-v1-schema.ts';
import { inWords, STATUS_OF, statusOf } from './outcome-status.ts';

export function toApiRoutes(door: Door): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/status',
      access: 'signed-in',
      handle: ({ session, query }) => {
        const snapshot = session.snapshot();
        const chosen = choose(snapshot, query.getAll('select'));
        if (!chosen.ok) return message(400, chosen.message);
        const supervisors = [...snapshot.supervisors.values()];
        return json(toStatus(snapshot, { supervisors, processes: chosen.processes, now: door.now() }));
      },
    },
    {
      method: 'GET',
      path: '/api/v1/supervisors',
      access: 'signed-in',
      handle: ({ session }) => {
        const snapshot = session.snapshot();
        const all = [...snapshot.supervisors.values()];
        return json({
          supervisors: toStatus(snapshot, { supervisors: all, processes: [], now: door.now() }).supervisors,
        });
      },
    },
    {
      method: 'GET',
      path: '/api/v1/timeline',
      access: 'signed-in',
      handle: ({ session, query }) => {
        const asked = v.safeParse(timelineQuery, Object.fromEntries(query), { abortEarly: true });
        if (!asked.success) return message(400, asked.issues[0].message);
        const { after, limit } = asked.output;
        const transitions = session.timeline().filter(({ id }) => id > after);
        return json({ epoch: session.snapshot().epoch, transitions: transitions.slice(-limit) });
      },
    },
    { method: 'POST', path: '/api/v1/commands', access: 'signed-in', handle: command },
    { method: 'GET', path: '/api/v1/logs/:uid*', access: 'signed-in', act: 'logs', handle: logs },
  ];
}

type Chosen =
  | { readonly ok: true; readonly processes: readonly Process[]; readonly unmatched: readonly string[] }
  | { readonly ok: false; readonly message: string };

/** Fewer than on a command line: whoever may look may ask again and again. */
const MOST_PATTERNS = 100;

function choose(snapshot: Snapshot, texts: readonly string[]): Chosen {
  const { selectors, errors } = parseSelectors(texts, MOST_PATTERNS);
  const [wrong] = errors;
  if (wrong) return { ok: false, message: `${wrong.text}: ${wrong.message}` };
  return { ok: true, ...select(snapshot, selectors) };
}

/** `select` instead of `targets` names processes as the command line does. */
async function command({ session, body, signal }: ActorContext): Promise<Reply> {
  const parsed = v.safeParse(commandBody, body.value, { abortEarly: true });
  if (!parsed.success) return message(400, whatIsWrong(parsed.issues[0]));
  const asked = toCommand(parsed.output, session.snapshot());
  if ('kind' in asked) return asked;
  const outcomes = await session.send(asked, { signal });
  const all = outcomes.every(({ ok }) => ok);
  // What was done must not look undone because of a name that is not known.
  const status = outcomes.some(({ ok }) => ok) ? 200 : statusOf(outcomes);
  return json({ ok: all, message: inWords(outcomes), outcomes }, status);
}

function toCommand(given: v.InferOutput<typeof commandBody>, snapshot: Snapshot): Command | Reply {
  if (!('select' in given)) {
    const { targets, ...rest } = given;
    return targets ? { ...rest, targets } : message(400, 'name the targets, or select some');
  }
  const { select: selectors, ...rest } = given;
  const chosen = choose(snapshot, selectors ?? []);
  if (!chosen.ok) return message(400, chosen.message);
  const targets = chosen.processes.map(({ uid }) => uid);
  if (targets.length === 0) return message(404, 'no process matches');
  if (targets.length > MAX_TARGETS) return message(413, `at most ${MAX_TARGETS} targets`);
  return { ...rest, targets };
}

/** The end of a log as text; with `follow`, events for as long as the client stays. */
async function logs({ session, params, query, request, signal }: ActorContext): Promise<Reply> {
  const uid = params['uid'] ?? '';
  const asked = v.safeParse(logsQuery, Object.fromEntries(query), { abortEarly: true });
  if (!asked.success) return message(400, asked.issues[0].message);
  const { stream, bytes: backlogBytes, download } = asked.output;
  if (!findProcess(session.snapshot(), uid)) return message(404, `no such process: ${uid}`);
  const follow = asked.output.follow || (request.headers.accept ?? '').includes('text/event-stream');
  const tail = { uid, stream, backlogBytes, follow } as const;
  if (follow) {
    return {
      kind: 'stream',
      run: async (events) => {
        try {
          for await (const chunk of session.tail(tail, { signal: events.signal })) {
            if (saysSomething(chunk)) events.send({ event: chunk.type, data: JSON.stringify(chunk) });
          }
        } catch (error) {
          if (!(error instanceof SessionError)) throw error;
          events.send({ event: 'error', data: JSON.stringify({ code: error.code, message: error.message }) });
        }
      },
    };
  }
  // The first chunk decides: what cannot be read is a status, not an empty text.
  const chunks = session.tail(tail, { signal })[Symbol.asyncIterator]();
  let first: IteratorResult<TailChunk>;
  try {
    first = await chunks.next();
  } catch (error) {
    if (error instanceof SessionError) return message(STATUS_OF[error.code], error.message);
    throw error;
  }
  const filename = `${parseUid(uid)?.name ?? 'process'}.${stream}.log`;
  const headers = {
    'content-disposition': `${download ? 'attachment' : 'inline'}; filename*=UTF-8''${encodeURIComponent(filename)}`,
  };
  return { kind: 'chunks', headers, chunks: textOf(first, chunks) };
}

async function* textOf(first: IteratorResult<TailChunk>, rest: AsyncIterator<TailChunk>): AsyncGenerator<string> {
  for (let step = first; !step.done; step = await rest.next()) {
    const chunk = step.value;
    yield chunk.type === 'text' ? chunk.text : `\n[gap: ${chunk.reason}]\n`;
  }
}
