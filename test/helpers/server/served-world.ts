import type { ExecutionContext } from 'ava';
import type { ServerOptions } from '../../../src/server/options.ts';
import { startTestServer } from './server.ts';
import { openWorld } from '../core/world.ts';

/** Supervisors of these names behind a server, all of it ended with the test. */
export async function openServed(
  t: ExecutionContext,
  options: Partial<ServerOptions> = {},
  names: readonly string[] = ['a', 'b'],
) {
  const world = openWorld(names);
  const server = await startTestServer(world.session, options);
  t.teardown(async () => {
    await server.close({ drainMs: 10 });
    await world.session.close();
  });
  return { ...world, server };
}
