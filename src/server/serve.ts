// The door of an engine: HTTP and WebSocket. It reads as the list of what is made, and in which order it is ended.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { Accounts } from '../core/access/accounts.ts';
import type { Clock } from '../core/ports.ts';
import { toFaultText } from '../core/own-faults.ts';
import { createReplay } from '../core/wire/replay.ts';
import { createAuthenticator } from './access/authenticate.ts';
import type { Proxies } from './access/client.ts';
import { createProxies } from './access/client.ts';
import { warnOfPassword } from './access/passwords.ts';
import { NOT_VALID, createLeases } from './access/leases.ts';
import { createSignIns } from './access/sign-ins.ts';
import { createAudit } from './audit.ts';
import { formatAddress, isLoopback } from './bind-address.ts';
import { createCounters } from './counters.ts';
import type { Door } from './door.ts';
import { createRequestHandler } from './http/handle-request.ts';
import type { RunningServer, ServerOptions } from './options.ts';
import { createFeed } from './routes/multivisor-feed.ts';
import { toRoutes } from './routes/routes.ts';
import { ServerError } from './server-error.ts';
import { OUTBOX_LIMITS } from './socket/outbox.ts';
import { createUpgrader } from './socket/upgrade.ts';
import { createUnreadBytes } from './unread-bytes.ts';

/** Changes and transitions that a viewer may have missed and still go on from. */
const REPLAY_LIMIT = 20_000;
const DRAIN_MS = 10_000;
/** A client that needs longer to say what it wants is no client. */
const REQUEST_MS = 30_000;

/** Rejects with a ServerError when it cannot or must not listen. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { session, bind, warn } = options;
  const clock = options.clock ?? REAL_CLOCK;
  const { now } = clock;
  const basePath = (options.basePath ?? '').replace(/\/+$/u, '');
  let accounts = options.accounts;
  let ready = true;
  const limits = { ...OUTBOX_LIMITS, ...options.limits };

  refuseOpenDoor(options, accounts);
  warnOfAccounts(accounts, options);

  const proxies = trustProxies(options.trustedProxies ?? []);
  const server = createServer(options);
  const ending = new AbortController();
  const replay = createReplay({ revision: session.snapshot().revision, limit: REPLAY_LIMIT });
  const stopReplay = session.overhear(replay.add);
  const feed = createFeed(session, now);
  const secret = options.secretKey ?? randomBytes(32).toString('hex');
  const signIns = createSignIns({ secret, now });
  const authenticator = createAuthenticator({ accounts: () => accounts, signIns, now: clock.monotonic });
  const onFailure = (error: unknown) => warn(`a request failed: ${toFaultText(error)}`);
  const audit = createAudit({
    write: options.audit ?? (() => {}),
    clock,
    required: options.auditRequired ?? false,
    onFailure,
  });
  const leases = createLeases({ authenticator, clock });
  const door: Door = {
    session,
    authenticator,
    signIns,
    audit,
    counters: createCounters(),
    leases,
    replay,
    alerts: options.alerts ?? (() => null),
    unread: createUnreadBytes(limits.totalBytes),
    config: options.config,
    version: options.version,
    now,
    isReady: () => ready,
  };
  const guard = {
    proxies,
    hosts: () => ({ allowed: options.allowedHosts ?? [], open: authenticator.isOpen() }),
    basePath,
  };

  const routes = toRoutes({ door, feed, page: options.page, basePath });
  server.on(
    'request',
    createRequestHandler({ door, routes, guard, ending: ending.signal, patienceMs: limits.patienceMs, onFailure }),
  );
  // A connection that is kept alive would hold up the end until its client gives it up.
  server.on('request', (_request, response) => {
    response.once('finish', () => ready || setImmediate(() => server.closeIdleConnections()));
  });
  const upgrader = createUpgrader({ door, guard, limits, onFailure });
  server.on('upgrade', (request: IncomingMessage, socket, head) => upgrader.onUpgrade(request, socket, head));
  const forget = () => {
    ending.abort();
    leases.close();
    audit.close();
    stopReplay();
    feed.close();
  };
  const address = await listen(server, options).catch((error: unknown) => {
    forget();
    throw error;
  });

  return {
    address,
    reload: (next) => {
      refuseOpenDoor({ ...options, bind }, next);
      warnOfAccounts(next, options);
      accounts = next;
      leases.endWhere((identity) => !authenticator.holds(identity), NOT_VALID);
    },
    close: async ({ drainMs = DRAIN_MS } = {}) => {
      if (!ready) return;
      ready = false;
      const closed = once(server, 'close');
      server.close();
      server.closeIdleConnections();
      await upgrader.close(drainMs);
      forget();
      const lastResort = setTimeout(() => server.closeAllConnections(), drainMs);
      await closed;
      clearTimeout(lastResort);
    },
  };
}

const REAL_CLOCK: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms).unref();
    return () => clearTimeout(timer);
  },
};

function createServer({ tls }: ServerOptions): Server {
  const limits = { requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS };
  try {
    return tls ? createHttpsServer({ ...limits, cert: tls.cert, key: tls.key }) : createHttpServer(limits);
  } catch (cause) {
    // OpenSSL's words name the file's fault but never show the key.
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ServerError('tls', `the certificate or its key cannot be used: ${why}`, { cause });
  }
}

function trustProxies(trusted: readonly string[]): Proxies {
  try {
    return createProxies(trusted);
  } catch (cause) {
    const next = 'write addresses or networks, such as 127.0.0.1 or 10.0.0.0/8';
    throw new ServerError('proxy', `--trust-proxy ${trusted.join(' ')} is not understood; ${next}`, { cause });
  }
}

function refuseOpenDoor({ bind, insecureNoAuth }: ServerOptions, accounts: Accounts): void {
  const isOpen = accounts.users.length + accounts.tokens.length === 0;
  if (!isOpen || isLoopback(bind.host) || insecureNoAuth) return;
  throw new ServerError(
    'open-door',
    `without authentication, everybody who reaches ${formatAddress(bind.host || '*', bind.port)} could stop your programs. ` +
      'Set username and password in [global] (or a [token:NAME]), or say --insecure-no-auth if you mean it.',
  );
}

function warnOfAccounts(accounts: Accounts, { warn, bind, tls, trustedProxies }: ServerOptions): void {
  for (const { name, password } of accounts.users) {
    const warning = warnOfPassword(name, password);
    if (warning !== null) warn(warning);
  }
  const behindProxy = (trustedProxies ?? []).length > 0;
  if (accounts.users.length > 0 && !isLoopback(bind.host) && !tls && !behindProxy) {
    warn(
      'passwords and tokens travel readable over plain HTTP; use --tls-cert and --tls-key, or a proxy that does TLS',
    );
  }
}

async function listen(server: Server, { bind, tls }: ServerOptions): Promise<RunningServer['address']> {
  server.listen({ port: bind.port, ...(bind.host !== '' && { host: bind.host }) });
  try {
    await once(server, 'listening');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ServerError('listen', `cannot listen on ${formatAddress(bind.host || '*', bind.port)}: ${why}`, {
      cause,
    });
  }
  const bound = server.address();
  const port = bound !== null && typeof bound === 'object' ? bound.port : bind.port;
  const host = bind.host === '' ? '127.0.0.1' : bind.host;
  return { host, port, url: `${tls ? 'https' : 'http'}://${formatAddress(host, port)}` };
}
