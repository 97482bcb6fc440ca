// A route is data: what it matches, who may, and what it answers.
import type { IncomingMessage } from 'node:http';
import type { Act } from '../../core/access/actor.ts';
import type { Session } from '../../core/ports.ts';
import type { Identity } from '../access/authenticate.ts';
import type { Client } from '../access/client.ts';
import type { RequestBody } from './read-body.ts';
import type { Reply } from './reply.ts';

export type RouteContext = {
  readonly request: IncomingMessage;
  readonly client: Client;
  readonly query: URLSearchParams;
  /** Of the `:name` parts of the path, decoded. */
  readonly params: Readonly<Record<string, string>>;
  /** Aborted when the client leaves or the server ends. */
  readonly signal: AbortSignal;
};

/** As the one who is signed in. */
export type ActorContext = RouteContext & {
  readonly identity: Identity;
  readonly session: Session;
  readonly body: Extract<RequestBody, { ok: true }>;
};

type Match = {
  readonly method: 'GET' | 'POST';
  /** `/a/:name/b`; a last `:name*` takes the rest of the path, slashes and all. */
  readonly path: string;
  /** Changes something although it is a GET: checked as if it were none. */
  readonly unsafe?: true;
};

export type Route =
  | (Match & { readonly access: 'everybody'; readonly handle: (context: RouteContext) => Reply | Promise<Reply> })
  | (Match & {
      readonly access: 'signed-in';
      /** What the role must be enough for, beyond looking. */
      readonly act?: Act;
      readonly handle: (context: ActorContext) => Reply | Promise<Reply>;
    });

export type Matched = { readonly route: Route; readonly params: Readonly<Record<string, string>> };

/** `allowed`: methods that this path has when it does not have the one asked for. */
export type MatchResult =
  ({ readonly found: true } & Matched) | { readonly found: false; readonly allowed: readonly string[] };

/** `path` is still percent-encoded, so that an encoded slash is part of a name. */
export function matchRoute(routes: readonly Route[], method: string, path: string): MatchResult {
  const asked = method === 'HEAD' ? 'GET' : method;
  const allowed: string[] = [];
  for (const route of routes) {
    const params = matchPath(route.path, path);
    if (!params) continue;
    if (route.method === asked) return { found: true, route, params };
    allowed.push(route.method);
  }
  return { found: false, allowed };
}

function matchPath(pattern: string, path: string): Record<string, string> | null {
  const params: Record<string, string> = {};
  const wanted = pattern.split('/');
  const given = path.split('/');
  const rest = wanted.at(-1)?.endsWith('*') ?? false;
  if (rest ? given.length < wanted.length : given.length !== wanted.length) return null;
  for (const [i, part] of wanted.entries()) {
    const isRest = rest && i === wanted.length - 1;
    const text = isRest ? given.slice(i).join('/') : (given[i] ?? '');
    if (!part.startsWith(':')) {
      if (part !== text) return null;
      continue;
    }
    const value = decode(text);
    if (value === null || value === '') return null;
    params[part.slice(1).replace(/\*$/u, '')] = value;
  }
  return params;
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
