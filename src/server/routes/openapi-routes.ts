import type { Route } from '../http/route.ts';
import { json } from '../http/reply.ts';

/** Whoever does not ask for the description does not load what makes it. */
export function toOpenApiRoutes(version: string): readonly Route[] {
  const handle = async () => {
    const { toOpenApi } = await import('./openapi.ts');
    return json(toOpenApi(version));
  };
  return [{ method: 'GET', path: '/openapi.json', access: 'everybody', handle }];
}
