// Real supervisords behind a server in this process, all of it ended with the test.
import { createLink } from '../../../src/bridge/create-link.ts';
import type { LocalSession } from '../../../src/core/session/local-session.ts';
import { createLocalSession } from '../../../src/core/session/local-session.ts';
import { findProcess } from '../../../src/core/engine/reduce.ts';
import type { ServerOptions } from '../../../src/server/options.ts';
import { eventually } from '../deadline.ts';
import type { TestServer } from './server.ts';
import { startTestServer } from './server.ts';
import type { Supervisord } from '../supervisord/supervisord.ts';
import { startSupervisord } from '../supervisord/supervisord.ts';
import { realClock } from '../core/world.ts';

export type ServedSupervisords = {
  readonly host: (name: string) => Supervisord;
  readonly session: LocalSession;
  readonly server: TestServer;
  /** A POST of a form. */
  post(path: string, form: Readonly<Record<string, string>>): Promise<Response>;
  untilState(uid: string, state: string): Promise<void>;
};

const LIMIT_MS = 60_000;

export async function serveSupervisords(
  t: { teardown(end: () => Promise<void>): void },
  programs: Readonly<Record<string, string>>,
  options: Partial<ServerOptions> = {},
): Promise<ServedSupervisords> {
  const hosts = new Map<string, Supervisord>();
  for (const [name, text] of Object.entries(programs)) hosts.set(name, await startSupervisord({ programs: text }));
  const supervisors = Array.from(hosts, ([name, host]) => {
    const config = host.config({ name });
    const { url, tags, readOnly } = config;
    return { spec: { name, url, host: 'localhost', tags, readOnly, protected: false }, link: createLink(config) };
  });
  const session = createLocalSession({ name: 'lab', epoch: 'e', by: 'tests', supervisors, clock: realClock });
  const server = await startTestServer(session, options);
  t.teardown(async () => {
    await server.close({ drainMs: 10 });
    await session.close();
    await Promise.all(Array.from(hosts.values(), (host) => host.stop()));
  });
  return {
    host: (name) => {
      const host = hosts.get(name);
      if (!host) throw new Error(`no supervisord ${name}`);
      return host;
    },
    session,
    server,
    post: (path, form) => server.fetch(path, { method: 'POST', body: new URLSearchParams(form) }),
    untilState: async (uid, state) => {
      await eventually(
        () => findProcess(session.snapshot(), uid)?.state,
        (seen) => seen === state,
        { what: `${uid} is ${state}`, ms: LIMIT_MS },
      );
    },
  };
}
