// Our own REST interface: what the command line prints as JSON, and what it does.
import * as v from 'valibot';
import { parseUid } from '../../core/ids.ts';
import type { Process, Snapshot } from '../../core/model.ts';
import type { Command, TailChunk } from '../../core/ports.ts';
import { SessionError } from '../../core/ports.ts';
import { findProcess } from '../../core/engine/reduce.ts';
import { parseSelectors, select } from '../../core/select.ts';
import { toStatus } from '../../core/view/status.ts';
import { commandSchema, MAX_TARGETS } from '../../core/wire/messages.ts';
import type { Door } from '../door.ts';
import type { Reply } from '../http/reply.ts';
import { json, message } from '../http/reply.ts';
import type { ActorContext, Route } from '../http/route.ts';
import { STATUS_OF, statusOf } from './outcome-status.ts';

const BACKLOG_BYTES = 64 * 1024;
const MOST_BACKLOG_BYTES = 16 * 1024 * 1024;
const TIMELINE_LIMIT = 200;

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
        const after = Number(query.get('after') ?? 0);
        const limit = Number(query.get('limit') ?? TIMELINE_LIMIT);
        if (!Number.isInteger(after) || !Number.isInteger(limit) || limit < 1) {
          return message(400, 'after and limit are whole numbers');
        }
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

const selectBody = v.object({ select: v.pipe(v.array(v.pipe(v.string(), v.maxLength(1_000))), v.minLength(1)) });

/** `select` instead of `targets` names processes as the command line does. */
async function command({ session, body, signal }: ActorContext): Promise<Reply> {
  const selected = v.safeParse(selectBody, body.value);
  const given = typeof body.value === 'object' && body.value !== null ? body.value : {};
  let targets: readonly string[] | null = null;
  if (selected.success) {
    const chosen = choose(session.snapshot(), selected.output.select);
    if (!chosen.ok) return message(400, chosen.message);
    if (chosen.processes.length === 0) return message(404, 'no process matches');
    targets = chosen.processes.map(({ uid }) => uid);
  }
  const parsed = v.safeParse(commandSchema, targets ? { ...given, targets } : given, { abortEarly: true });
  if (!parsed.success) {
    const [issue] = parsed.issues;
    return message(400, `${v.getDotPath(issue) ?? 'the body'}: expected ${issue.expected ?? 'something else'}`);
  }
  const asked: Command = parsed.output;
  if (asked.targets.length === 0) return message(400, 'targets: name at least one');
  if (asked.targets.length > MAX_TARGETS) return message(413, `at most ${MAX_TARGETS} targets`);
  const outcomes = await session.send(asked, { signal });
  return json({ ok: outcomes.every(({ ok }) => ok), outcomes }, statusOf(outcomes));
}

/** The end of a log as text; with `follow`, events for as long as the client stays. */
async function logs({ session, params, query, request, signal }: ActorContext): Promise<Reply> {
  const uid = params['uid'] ?? '';
  const stream = query.get('stream') ?? 'stdout';
  const backlogBytes = Number(query.get('bytes') ?? BACKLOG_BYTES);
  if (stream !== 'stdout' && stream !== 'stderr') return message(400, 'stream is stdout or stderr');
  if (!Number.isInteger(backlogBytes) || backlogBytes < 0 || backlogBytes > MOST_BACKLOG_BYTES) {
    return message(400, `bytes is a whole number up to ${MOST_BACKLOG_BYTES}`);
  }
  if (!findProcess(session.snapshot(), uid)) return message(404, `no such process: ${uid}`);
  const follow = query.has('follow') || (request.headers.accept ?? '').includes('text/event-stream');
  const tail = { uid, stream, backlogBytes, follow } as const;
  if (follow) {
    return {
      kind: 'stream',
      run: async (events) => {
        try {
          for await (const chunk of session.tail(tail, { signal: events.signal })) {
            events.send({ event: chunk.type, data: JSON.stringify(chunk) });
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
    'content-disposition': `${query.has('download') ? 'attachment' : 'inline'}; filename*=UTF-8''${encodeURIComponent(filename)}`,
  };
  return { kind: 'chunks', headers, chunks: textOf(first, chunks) };
}

async function* textOf(first: IteratorResult<TailChunk>, rest: AsyncIterator<TailChunk>): AsyncGenerator<string> {
  for (let step = first; !step.done; step = await rest.next()) {
    const chunk = step.value;
    yield chunk.type === 'text' ? chunk.text : `\n[gap: ${chunk.reason}]\n`;
  }
}
