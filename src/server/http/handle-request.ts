// One HTTP request: who asks, whether they may, what is answered.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { refuseRole, seesEverything } from '../../core/access/actor.ts';
import type { OpenLease } from '../access/leases.ts';
import type { Client, Proxies } from '../access/client.ts';
import { toClient } from '../access/client.ts';
import type { HostRule } from '../access/guards.ts';
import { refuseHost, refuseOrigin } from '../access/guards.ts';
import type { Door, Visit } from '../door.ts';
import { openActorSession, tellFailedLogin } from '../door.ts';
import { readBody } from './read-body.ts';
import type { Reply, Writing } from './reply.ts';
import { message, writeReply } from './reply.ts';
import type { Route, RouteContext } from './route.ts';
import { matchRoute } from './route.ts';

export type Guard = {
  readonly proxies: Proxies;
  readonly hosts: () => HostRule;
  /** Without a slash at its end; '' at the root. */
  readonly basePath: string;
};

export type RequestOptions = {
  readonly door: Door;
  readonly routes: readonly Route[];
  readonly guard: Guard;
  /** Aborted when the server ends. */
  readonly ending: AbortSignal;
  /** How long an answer may lie unread. */
  readonly patienceMs: number;
  readonly onFailure: (error: unknown) => void;
};

/** Each may be a connection to a supervisord, which has some thousand files at most. */
const STREAMS_AT_MOST = 1_000;

type Answer = { readonly reply: Reply; readonly lease: OpenLease | null };

export function createRequestHandler(
  options: RequestOptions,
): (request: IncomingMessage, response: ServerResponse) => void {
  const { onFailure } = options;
  return (request, response) => {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const signal = AbortSignal.any([gone.signal, options.ending]);
    respond({ request, response, signal }, options).catch((error: unknown) => {
      // Leaving in the middle of an answer is the right of a client.
      if (!gone.signal.aborted) onFailure(error);
      if (response.headersSent) response.destroy();
      else {
        const apology = message(500, 'the server failed to answer; its log says why');
        writeReply(response, apology, { ...writingOf(options), ending: signal }).catch(() => response.destroy());
      }
    });
  };
}

function writingOf({ door, patienceMs }: RequestOptions): Omit<Writing, 'ending'> {
  return { patienceMs, unread: door.unread };
}

type Exchange = {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly signal: AbortSignal;
};

async function respond(exchange: Exchange, options: RequestOptions): Promise<void> {
  const { response } = exchange;
  const { counters } = options.door;
  const { reply: asked, lease } = await answer(exchange, options);
  const isFull = counters.clients.streams >= STREAMS_AT_MOST;
  // What it would have read ends with the request.
  const reply = isFull && isLasting(asked) ? message(503, `${STREAMS_AT_MOST} streams are open already`) : asked;
  const lasts = isLasting(reply);
  if (lasts) counters.clients.streams++;
  try {
    const ending = lease ? AbortSignal.any([options.ending, lease.ended]) : options.ending;
    await writeReply(response, reply, { ...writingOf(options), ending });
  } finally {
    if (lasts) counters.clients.streams--;
    lease?.release();
  }
}

function isLasting({ kind }: Reply): boolean {
  return kind === 'stream' || kind === 'chunks';
}

async function answer({ request, signal }: Exchange, options: RequestOptions): Promise<Answer> {
  const { door, guard, routes } = options;
  const client = toClient(request, guard.proxies);
  const url = parse(request.url ?? '/');
  const path = url && stripBase(url.pathname, guard.basePath);
  if (!url || path === null) return nobody(message(404, 'there is nothing here'));

  const foreignHost = refuseHost(client, guard.hosts());
  if (foreignHost !== null) {
    door.counters.refused.host++;
    return nobody(message(421, foreignHost));
  }
  const matched = matchRoute(routes, request.method ?? 'GET', path);
  if (!matched.found) {
    if (matched.allowed.length === 0) return nobody(message(404, 'there is nothing here'));
    return nobody(message(405, 'this path does not know the method', { allow: matched.allowed.join(', ') }));
  }
  const { route, params } = matched;
  const foreignOrigin = route.method !== 'GET' || route.unsafe ? refuseOrigin(request, client) : null;
  if (foreignOrigin !== null) return nobody(refuse(door, client, foreignOrigin));

  const context: RouteContext = { request, client, query: url.searchParams, params, signal };
  if (route.access === 'everybody') return nobody(await route.handle(context));

  const who = await door.authenticator.request(request, client);
  if (!who.ok) {
    if (request.headers.authorization !== undefined) tellFailedLogin(door, client, who.message);
    const headers =
      who.status === 429
        ? { 'retry-after': String(Math.ceil(who.retryAfterMs / 1000)) }
        : // Not Basic: a browser would show its own dialog over the page.
          { 'www-authenticate': 'Bearer realm="multivisor"' };
    return nobody(message(who.status, who.message, headers));
  }
  const { identity } = who;
  const lease = door.leases.open(identity);
  try {
    const reply = await answerVisit({ route, context, visit: { identity, client, lease } }, options);
    return { reply, lease };
  } catch (error) {
    lease.release();
    throw error;
  }
}

type AskedRoute = {
  readonly route: Extract<Route, { access: 'signed-in' }>;
  readonly context: RouteContext;
  readonly visit: Visit;
};

async function answerVisit({ route, context, visit }: AskedRoute, { door }: RequestOptions): Promise<Reply> {
  const { identity, lease } = visit;
  const refusal = route.act ? refuseRole(identity.actor, route.act) : null;
  if (refusal !== null) return message(403, refusal);
  if (route.act === 'config' && !seesEverything(identity.actor)) {
    return message(403, `${identity.actor.name} may see only a part of the configuration`);
  }
  const body = await readBody(context.request);
  if (!body.ok) return message(body.status, body.message, { connection: 'close' });
  // The body may have taken its time: whoever was sent away meanwhile is not served any more.
  const over = lease.refusal();
  if (over !== null) return message(401, over, { connection: 'close' });
  const session = openActorSession(door, visit);
  const signal = AbortSignal.any([context.signal, lease.ended]);
  return route.handle({ ...context, signal, identity, session, body });
}

function nobody(reply: Reply): Answer {
  return { reply, lease: null };
}

function refuse(door: Door, client: Client, reason: string): Reply {
  door.counters.refused.origin++;
  door.audit({ event: 'refused', reason }, client, null);
  return message(403, reason);
}

function parse(target: string): URL | null {
  return URL.canParse(target, 'http://localhost') ? new URL(target, 'http://localhost') : null;
}

/** Null: outside of it. */
export function stripBase(path: string, basePath: string): string | null {
  if (basePath === '') return path;
  if (path === basePath) return '/';
  return path.startsWith(`${basePath}/`) ? path.slice(basePath.length) : null;
}
