import { readFileSync } from 'node:fs';
import packageJson from '../../package.json' with { type: 'json' };
import type { Config } from '../core/config/types.ts';
import { escapeText } from '../core/view/escape.ts';
import type { AuditFile } from '../server/audit-file.ts';
import { openAuditFile } from '../server/audit-file.ts';
import { parseBindAddress } from '../server/bind-address.ts';
import type { RunningServer, ServerOptions } from '../server/options.ts';
import { startServer } from '../server/serve.ts';
import { ServerError } from '../server/server-error.ts';
import { CliError } from './cli-error.ts';
import type { Invocation } from './argv/command.ts';
import { boundHeap } from './bound-heap.ts';
import { findConfig } from './config/find-config.ts';
import { EXIT } from './exit-codes.ts';
import { formatDiagnostics } from './config/load-config.ts';
import { loadPage } from './load-page.ts';
import type { OptionName } from './argv/options.ts';
import { readText } from './config/read-text.ts';
import type { ServedAlerts } from './session/served-alerts.ts';
import { createServedAlerts, stateDirOf } from './session/served-alerts.ts';
import { openServedSession } from './session/served-session.ts';

/** Whoever guesses it makes sessions of their own. */
const LEAST_SECRET = 16;

export async function runServer(invocation: Invocation): Promise<number> {
  const { io, args } = invocation;
  if (args.length > 0) throw new CliError('serve takes no argument; see multivisor serve --help');
  if (invocation.text('remote') !== null) throw new CliError('serve reads a configuration; it has no --remote');
  const warn = (text: string) => io.err(`multivisor: ${escapeText(text)}\n`);
  const config = load(invocation, warn);
  if (config.auditRequired && invocation.text('audit') === null) {
    throw new CliError('audit_required needs an audit: say where it goes with --audit FILE');
  }
  const audit = await openAudit(invocation, warn);
  const release = io.keepAlive(warn);
  const served = openServedSession(config);
  let server: RunningServer | null = null;
  let alerts: ServedAlerts | null = null;
  const reload = async () => {
    // It may have been moved away (logrotate).
    await audit.reopen();
    const next = load(invocation, warn);
    // First who may come in: a configuration that would leave an open door changes nothing.
    server?.reload(next.accounts);
    served.reconfigure(next);
    await alerts?.configure(next.alerts);
    warn(`the configuration was read again: ${next.supervisors.length} supervisors`);
  };
  const unbound = boundHeap();
  try {
    server = await startServer({
      ...toServerOptions(invocation),
      session: served.session,
      accounts: config.accounts,
      config: { read: async () => readFileSync(findConfig(invocation.text('config'), io).path, 'utf8'), reload },
      version: packageJson.version,
      page: await loadPage(),
      warn,
      audit: audit.write,
      auditRequired: config.auditRequired,
      alerts: () => alerts?.desk() ?? null,
    });
    alerts = createServedAlerts({
      session: served.session,
      clock: served.clock,
      stateDir: stateDirOf(invocation),
      pageUrl: `${server.address.url}${invocation.text('basePath') ?? ''}`.replace(/\/+$/u, ''),
      warn,
    });
    await alerts.configure(config.alerts);
    io.err(`multivisor: serving ${config.supervisors.length} supervisors at ${server.address.url}\n`);
    await untilEnded(invocation, () => {
      reload().catch((error: unknown) =>
        warn(`kept as it was: ${error instanceof Error ? error.message : String(error)}`),
      );
    });
    await server.close();
    return EXIT.ok;
  } catch (error) {
    if (error instanceof ServerError) throw new CliError(error.message, EXIT.generic, { cause: error });
    throw error;
  } finally {
    unbound();
    await alerts?.close();
    await served.close();
    await audit.close();
    release();
  }
}

function load(invocation: Invocation, warn: (text: string) => void): Config {
  const { config, diagnostics } = findConfig(invocation.text('config'), invocation.io);
  if (!config) throw new CliError(formatDiagnostics(diagnostics));
  if (diagnostics.length > 0) warn(formatDiagnostics(diagnostics));
  return config;
}

function toServerOptions(invocation: Invocation): Pick<ServerOptions, 'bind'> & Partial<Omit<ServerOptions, 'bind'>> {
  const { io } = invocation;
  const list = (option: OptionName) => (invocation.text(option) ?? '').split(/[\s,]+/u).filter((part) => part !== '');
  const secretKey = io.env['MULTIVISOR_SECRET_KEY'] || null;
  if (secretKey !== null && Buffer.byteLength(secretKey) < LEAST_SECRET) {
    const next = 'make one with: head -c 32 /dev/urandom | base64';
    throw new CliError(`MULTIVISOR_SECRET_KEY is shorter than ${LEAST_SECRET} characters and can be guessed; ${next}`);
  }
  const tls = tlsOf(invocation);
  const basePath = invocation.text('basePath');
  if (basePath !== null && !/^(\/[\w.~-]+)+\/?$/u.test(basePath))
    throw new CliError('--base-path looks like /multivisor');
  try {
    return {
      bind: parseBindAddress(invocation.text('bind') ?? ''),
      trustedProxies: list('trustProxy'),
      allowedHosts: list('allowHost'),
      insecureNoAuth: invocation.isOn('insecureNoAuth'),
      ...(basePath !== null && { basePath }),
      ...(secretKey !== null && { secretKey }),
      ...(tls && { tls }),
    };
  } catch (cause) {
    throw new CliError(`--bind: ${cause instanceof Error ? cause.message : String(cause)}`, EXIT.usage, { cause });
  }
}

function tlsOf(invocation: Invocation): { readonly cert: string; readonly key: string } | null {
  const [certFile, keyFile] = [invocation.text('tlsCert'), invocation.text('tlsKey')];
  if (certFile === null && keyFile === null) return null;
  if (certFile === null || keyFile === null) throw new CliError('--tls-cert and --tls-key belong together');
  const [cert, key] = [certFile, keyFile].map((file) => {
    const read = readText(file);
    if (!read.ok) throw new CliError(`cannot read ${file}: ${read.message}`);
    return read.text;
  });
  return { cert: cert ?? '', key: key ?? '' };
}

async function openAudit(invocation: Invocation, warn: (text: string) => void): Promise<AuditFile> {
  const file = invocation.text('audit');
  if (file === null) return { write: async () => true, reopen: async () => {}, close: async () => {} };
  try {
    return await openAuditFile(file, warn);
  } catch (cause) {
    throw new CliError(`cannot write the audit to ${file}: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

/** Settles at SIGTERM or SIGINT; SIGHUP is for the configuration. */
function untilEnded({ io }: Invocation, onHangup: () => void): Promise<void> {
  return new Promise((resolve) => {
    const release = io.onHangup(onHangup);
    const end = () => {
      release();
      resolve();
    };
    if (io.signal.aborted) end();
    else io.signal.addEventListener('abort', end, { once: true });
  });
}
