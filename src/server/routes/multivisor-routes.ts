// multivisor's REST interface as its own programs use it. Where it answered OK to a failure, this one says what failed.
import { toScope } from '../../core/access/actor.ts';
import { toGlob } from '../../core/glob.ts';
import { parseUid, toRpcName } from '../../core/ids.ts';
import type { ProcessAction, Snapshot, SupervisorAction } from '../../core/model.ts';
import type { Outcome } from '../../core/ports.ts';
import { SessionError } from '../../core/ports.ts';
import { allProcesses, findProcess } from '../../core/engine/reduce.ts';
import { saysSomething } from '../../core/log-lines.ts';
import type { Door } from '../door.ts';
import type { Reply } from '../http/reply.ts';
import { json, message, ok } from '../http/reply.ts';
import type { ActorContext, Route } from '../http/route.ts';
import { redactConfig } from '../redact.ts';
import type { Feed, FeedEvent } from './multivisor-feed.ts';
import { toMultivisorData, toMultivisorProcess, toMultivisorSupervisor } from './multivisor-model.ts';
import { inWords, STATUS_OF, statusOf } from './outcome-status.ts';

/** A supervisor that does not answer in this time is told as it was last known. */
const LIVE_READ_MS = 3_000;
/** What is sent of a log before what comes. */
const BACKLOG_BYTES = 16 * 1024;

export function toMultivisorRoutes(door: Door, feed: Feed): readonly Route[] {
  const data = ({ session }: ActorContext) => json(toMultivisorData(session.snapshot(), door.now()));
  const awaitReread = async (supervisor: string, names: readonly string[], { signal }: ActorContext) => {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(LIVE_READ_MS)]);
    await door.session.awaitReread(supervisor, names, { signal: limit });
  };
  const reload = async ({ client, identity }: ActorContext): Promise<Reply> => {
    try {
      await door.config.reload();
    } catch (error) {
      return message(500, error instanceof Error ? error.message : String(error));
    }
    door.audit({ event: 'config-reload' }, client, identity);
    return ok();
  };

  return [
    { method: 'GET', path: '/api/data', access: 'signed-in', handle: data },
    {
      method: 'GET',
      path: '/api/refresh',
      access: 'signed-in',
      unsafe: true,
      handle: async (context) => {
        const names = [...context.session.snapshot().supervisors.keys()];
        await Promise.all(names.map((name) => awaitReread(name, [], context)));
        return data(context);
      },
    },
    // The original changes something with a GET here; programs rely on it, so it is guarded like a POST.
    { method: 'GET', path: '/api/admin/reload', access: 'signed-in', act: 'config', unsafe: true, handle: reload },
    {
      method: 'GET',
      path: '/api/config/file',
      access: 'signed-in',
      act: 'config',
      handle: async ({ client, identity }) => {
        door.audit({ event: 'config-read' }, client, identity);
        return json({ content: redactConfig(await door.config.read()) });
      },
    },
    {
      method: 'GET',
      path: '/api/process/list',
      access: 'signed-in',
      handle: ({ session }) => json(allProcesses(session.snapshot()).map(({ uid }) => uid)),
    },
    {
      method: 'GET',
      path: '/api/process/info/:uid*',
      access: 'signed-in',
      handle: async (context) => {
        const uid = context.params['uid'] ?? '';
        const known = findProcess(context.session.snapshot(), uid);
        if (!known) return message(404, `no such process: ${uid}`);
        await awaitReread(known.supervisor, [toRpcName(uid)], context);
        const snapshot = context.session.snapshot();
        const process = findProcess(snapshot, uid);
        const supervisor = snapshot.supervisors.get(known.supervisor);
        if (!process || !supervisor) return message(404, `no such process: ${uid}`);
        return json(toMultivisorProcess(process, supervisor, door.now()));
      },
    },
    {
      method: 'GET',
      path: '/api/supervisor/info/:name',
      access: 'signed-in',
      handle: async (context) => {
        const name = context.params['name'] ?? '';
        if (context.session.snapshot().supervisors.has(name)) await awaitReread(name, [], context);
        const supervisor = context.session.snapshot().supervisors.get(name);
        return supervisor
          ? json(toMultivisorSupervisor(supervisor, door.now()))
          : message(404, `no such supervisor: ${name}`);
      },
    },
    ...(['start', 'stop', 'restart'] as const).map(toProcessRoute),
    ...(
      [
        ['update', 'update'],
        ['reread', 'reread'],
        // What supervisord calls restart is its reload: it reads everything again and starts afresh.
        ['restart', 'reload'],
        ['shutdown', 'shutdown'],
      ] as const
    ).map(([word, action]) => toSupervisorRoute(word, action, awaitReread)),
    { method: 'GET', path: '/api/process/log/:stream/tail/:uid*', access: 'signed-in', act: 'logs', handle: tail },
    {
      method: 'GET',
      path: '/api/stream',
      access: 'signed-in',
      handle: ({ request, identity }) => {
        const inScope = toScope(identity.actor);
        const last = request.headers['last-event-id'];
        return {
          kind: 'stream',
          run: ({ signal, send }) =>
            new Promise((resolve) => {
              const tell = (event: FeedEvent) => {
                if (!inScope(event.supervisor)) return;
                if (!send({ data: event.data(), id: feed.idOf(event) })) door.counters.dropped.events++;
              };
              const unsubscribe = feed.subscribe(tell);
              // Somebody looks: the links are to be quick.
              const unattend = door.session.subscribe(() => {});
              if (typeof last === 'string') feed.after(last)?.forEach(tell);
              const end = () => (unsubscribe(), unattend(), resolve());
              if (signal.aborted) end();
              else signal.addEventListener('abort', end, { once: true });
            }),
        };
      },
    },
  ];
}

function toProcessRoute(action: Extract<ProcessAction, 'start' | 'stop' | 'restart'>): Route {
  return {
    method: 'POST',
    path: `/api/process/${action}`,
    access: 'signed-in',
    handle: async ({ body, session, signal }) => {
      const patterns = splitList(body.text('uid'));
      if (patterns.length === 0) return message(400, 'name the processes: uid=PATTERN,…');
      if (patterns.length > MOST_PATTERNS) return message(413, `at most ${MOST_PATTERNS} patterns`);
      const targets = matchUids(session.snapshot(), patterns);
      if (targets.length === 0) return message(404, `no process matches ${patterns.join(', ')}`);
      return toReply(await session.send({ action, targets, wait: true }, { signal }));
    },
  };
}

/** Each is held against every process. */
const MOST_PATTERNS = 1_000;

type AwaitReread = (supervisor: string, names: readonly string[], context: ActorContext) => Promise<void>;

function toSupervisorRoute(word: string, action: SupervisorAction, awaitReread: AwaitReread): Route {
  return {
    method: 'POST',
    path: `/api/supervisor/${word}`,
    access: 'signed-in',
    handle: async (context) => {
      const { body, session, signal } = context;
      const targets = splitList(body.text('supervisor'));
      if (targets.length === 0) return message(400, 'name the supervisors: supervisor=NAME,…');
      const outcomes = await session.send({ action, targets }, { signal });
      const updated = action === 'update' ? outcomes.filter(({ ok: done }) => done) : [];
      // Who asks for the processes next must find those that were added.
      await Promise.all(updated.map(({ target }) => awaitReread(target, [], context)));
      return toReply(outcomes);
    },
  };
}

function toReply(outcomes: readonly Outcome[]): Reply {
  return outcomes.every(({ ok: done }) => done)
    ? ok()
    : json({ message: inWords(outcomes), outcomes }, statusOf(outcomes));
}

function splitList(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** Its rule: without a colon and a star a pattern is the name of a process, whatever its group and supervisor. */
function matchUids(snapshot: Snapshot, patterns: readonly string[]): string[] {
  const expressions = patterns.map((pattern) =>
    toGlob(pattern.includes(':') || pattern.includes('*') ? pattern : `*:${pattern}`),
  );
  return allProcesses(snapshot)
    .map(({ uid }) => uid)
    .filter((uid) => expressions.some((expression) => expression.test(uid)));
}

function tail({ session, params }: ActorContext): Reply {
  const uid = params['uid'] ?? '';
  const stream = params['stream'] === 'err' ? 'stderr' : 'stdout';
  if (params['stream'] !== 'out' && params['stream'] !== 'err') return message(404, 'the stream is out or err');
  const supervisor = session.snapshot().supervisors.get(parseUid(uid)?.supervisor ?? '');
  if (!supervisor?.processes.has(uid)) return message(404, `no such process: ${uid}`);
  return {
    kind: 'stream',
    run: async ({ signal, send, comment }) => {
      let size = 0;
      try {
        const request = { uid, stream, backlogBytes: BACKLOG_BYTES, follow: true } as const;
        for await (const chunk of session.tail(request, { signal })) {
          if (chunk.type === 'gap') comment(`gap: ${chunk.reason}`);
          else if (saysSomething(chunk)) {
            size += Buffer.byteLength(chunk.text);
            send({ data: JSON.stringify({ message: chunk.text, size }) });
          }
        }
      } catch (error) {
        if (!(error instanceof SessionError)) throw error;
        comment(`${STATUS_OF[error.code]} ${error.message}`);
      }
    },
  };
}
