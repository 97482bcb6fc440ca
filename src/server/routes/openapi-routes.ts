import type { Door } from '../door.ts';
import type { Reply } from '../http/reply.ts';
import { json } from '../http/reply.ts';
import type { Route, RouteContext } from '../http/route.ts';

/** A description must have one. */
const UNTOLD = '0';

/** Whoever does not ask for the description does not load what makes it. */
export function toOpenApiRoutes(door: Door): readonly Route[] {
  const handle = async ({ request, client }: RouteContext): Promise<Reply> => {
    const { toOpenApi } = await import('./openapi.ts');
    // Which faults we have is told by the version: to those who may come in.
    const who = await door.authenticator.request(request, client);
    return json(toOpenApi(who.ok ? door.version : UNTOLD));
  };
  return [{ method: 'GET', path: '/openapi.json', access: 'everybody', handle }];
}
