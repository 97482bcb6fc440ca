// One supervisor behind a multivisor server in this process, as another multivisor would have it.
import { createLink } from '../../../src/bridge/create-link.ts';
import type { Credentials, MultivisorConfig, SupervisorConfig } from '../../../src/core/config/types.ts';
import type { LocalSession } from '../../../src/core/session/local-session.ts';
import { createLocalSession } from '../../../src/core/session/local-session.ts';
import type { SupervisorLink } from '../../../src/core/ports.ts';
import { createEpoch } from '../../../src/cli/session/epoch.ts';
import type { ServerOptions } from '../../../src/server/options.ts';
import { eventually } from '../deadline.ts';
import { spec } from '../core/readings.ts';
import type { TestServer } from './server.ts';
import { accounts, startTestServer, user } from './server.ts';
import { realClock } from '../core/world.ts';

type Scope = { teardown(end: () => Promise<void>): void };

export type ServedSupervisor = {
  readonly session: LocalSession;
  readonly server: TestServer;
  /** As a section names it, by the name `s`. */
  linkConfig(more?: Partial<MultivisorConfig>): MultivisorConfig;
};

const LOGIN: Credentials = { username: 'ann', password: 'ann-password' };

/** Whatever the link is, by this name, behind a server that asks for `LOGIN`; all of it ended with the test. */
export async function serveLink(
  scope: Scope,
  served: { readonly name: string; readonly link: SupervisorLink },
  options: Partial<ServerOptions> = {},
): Promise<ServedSupervisor> {
  const { name, link } = served;
  const supervisors = [{ spec: spec(name), link }];
  const session = createLocalSession({ name: 'lab', epoch: createEpoch(), by: 'tests', supervisors, clock: realClock });
  const server = await startTestServer(session, { accounts: accounts([user('ann')]), ...options });
  scope.teardown(async () => {
    await server.close({ drainMs: 10 });
    await session.close();
  });
  return { session, server, linkConfig: (more) => linkConfig(server.address.port, name, more) };
}

/** A section for the supervisor `name` of the server at this port. */
export function linkConfig(port: number, name: string, more: Partial<MultivisorConfig> = {}): MultivisorConfig {
  return {
    name: 's',
    url: `ws://127.0.0.1:${port}/${name}`,
    address: { kind: 'multivisor', secure: false, host: '127.0.0.1', port, path: '', supervisor: name },
    credentials: LOGIN,
    readOnly: false,
    protected: false,
    tags: [],
    origin: { file: 'test.conf', line: 1 },
    ...more,
  };
}

/** The one that this configuration means, reached. */
export async function serveSupervisor(scope: Scope, config: SupervisorConfig, name: string): Promise<ServedSupervisor> {
  const served = await serveLink(scope, { name, link: createLink(config) });
  await eventually(
    () => served.session.snapshot().supervisors.get(name)?.link,
    (link) => link === 'up',
    { what: `the server has reached ${name}`, ms: 60_000 },
  );
  return served;
}
