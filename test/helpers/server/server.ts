// A server on a free port of the loopback, over a session of the test.
import type { ExecutionContext } from 'ava';
import { createRemoteSession } from '../../../src/bridge/multivisor/remote-session.ts';
import type { RemoteSessionOptions } from '../../../src/bridge/multivisor/remote-session.ts';
import type { Accounts, TokenAccount, UserAccount } from '../../../src/core/access/accounts.ts';
import { NO_ACCOUNTS } from '../../../src/core/access/accounts.ts';
import type { LocalSession } from '../../../src/core/session/local-session.ts';
import type { Session } from '../../../src/core/ports.ts';
import type { RunningServer, ServerOptions } from '../../../src/server/options.ts';
import { startServer } from '../../../src/server/serve.ts';
import { eventually } from '../deadline.ts';
import { realClock } from '../core/world.ts';

export type TestServer = RunningServer & {
  readonly url: string;
  readonly warnings: string[];
  readonly audit: string[];
  readonly configReloads: () => number;
  fetch(path: string, init?: RequestInit): Promise<Response>;
};

export async function startTestServer(
  session: LocalSession,
  options: Partial<ServerOptions> = {},
): Promise<TestServer> {
  const warnings: string[] = [];
  const audit: string[] = [];
  let reloads = 0;
  const server = await startServer({
    session,
    bind: { host: '127.0.0.1', port: 0 },
    accounts: NO_ACCOUNTS,
    config: {
      read: async () => '[global]\nname=lab\nusername=ann\npassword=hunter2\n',
      reload: async () => void reloads++,
    },
    version: '1.2.3',
    page: null,
    warn: (text) => void warnings.push(text),
    audit: (line) => void audit.push(line),
    ...options,
  });
  const { url } = server.address;
  return {
    ...server,
    url,
    warnings,
    audit,
    configReloads: () => reloads,
    fetch: (path, init = {}) => fetch(url + path, { signal: AbortSignal.timeout(30_000), ...init }),
  };
}

/** A remote session, ended with the test; live when it is handed out. */
export async function connect(
  t: Pick<ExecutionContext, 'teardown'>,
  url: string,
  more: Partial<RemoteSessionOptions> = {},
): Promise<Session> {
  const session = createRemoteSession({ url, clock: realClock, ...more });
  t.teardown(session.close);
  await eventually(
    () => session.connection(),
    ({ state }) => state === 'live',
    { what: 'the remote session is live' },
  );
  return session;
}

export function user(name: string, more: Partial<UserAccount> = {}): UserAccount {
  return { name, password: `${name}-password`, role: 'admin', supervisors: ['*'], ...more };
}

export function accounts(users: readonly UserAccount[], tokens: readonly TokenAccount[] = []): Accounts {
  return { users, tokens };
}

export function basic(name: string, password: string): { readonly authorization: string } {
  return { authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}` };
}
