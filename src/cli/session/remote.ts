// Commands through a multivisor server instead of a configuration of one's own.
import { parseRemoteAddress } from '../../bridge/multivisor/remote-address.ts';
import { createActorSession } from '../../core/access/actor-session.ts';
import { toOwner } from '../../core/access/actor.ts';
import type { LinkError } from '../../core/model.ts';
import type { Connection, Session } from '../../core/ports.ts';
import { CliError } from '../cli-error.ts';
import type { Invocation } from '../argv/command.ts';
import { EXIT } from '../exit-codes.ts';
import { createNodeClock } from './node-clock.ts';
import type { Opened } from './open-session.ts';
import { closeSoon } from './open-session.ts';
import { readText } from '../config/read-text.ts';
import { refuseUnknownSupervisors } from '../config/supervisor-args.ts';

/** `--remote`; null: with a configuration. Both at once is a mistake. */
export function remoteOf(invocation: Invocation): string | null {
  const remote = invocation.text('remote');
  if (remote !== null && invocation.text('config') !== null) {
    throw new CliError('--remote and --config exclude one another: the server has the configuration');
  }
  if (remote === null && invocation.text('tokenFile') !== null) throw new CliError('--token-file needs --remote');
  return remote;
}

/** Connects in the background, for ever. */
export async function openRemote(invocation: Invocation, remote: string): Promise<Opened> {
  // What speaks the wire is loaded only for those who need it.
  const { createRemoteSession } = await import('../../bridge/multivisor/remote-session.ts');
  const clock = createNodeClock();
  const token = tokenOf(invocation);
  const session = createRemoteSession({ ...addressOf(remote, invocation), clock, ...(token !== null && { token }) });
  return { session, clock, close: () => closeSoon(session, clock) };
}

export type RemoteWish = { readonly supervisors: readonly string[]; readonly timeoutMs: number };

/** Connected, with only the supervisors that are meant. A CliError says why not. */
export async function connectRemote(invocation: Invocation, wish: RemoteWish): Promise<Opened> {
  const remote = remoteOf(invocation) ?? '';
  const opened = await openRemote(invocation, remote);
  try {
    const connection = await settled(opened, wish.timeoutMs, invocation.io.signal);
    if (connection.state !== 'live' && !invocation.io.signal.aborted) throw toCliError(remote, connection.error);
    if (wish.supervisors.length === 0) return opened;
    refuseUnknownSupervisors([...opened.session.snapshot().supervisors.keys()], wish.supervisors);
    return { ...opened, session: narrow(opened.session, wish.supervisors) };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

/** The password is not for the command line, which every user of the machine can read. */
function addressOf(remote: string, { io }: Invocation) {
  const password = io.env['MULTIVISOR_PASSWORD'];
  try {
    const { login } = parseRemoteAddress(remote);
    const { username } = login;
    if (username === undefined || password === undefined) return { url: remote };
    return { url: remote, credentials: { username, password } };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CliError(`--remote: ${why}`, EXIT.usage, { cause });
  }
}

function tokenOf({ io, text }: Invocation): string | null {
  const file = text('tokenFile');
  if (file === null) return io.env['MULTIVISOR_TOKEN'] || null;
  const read = readText(file);
  if (!read.ok) throw new CliError(`cannot read the token from ${file}: ${read.message}`);
  return read.text.trim();
}

function isSettled(connection: Connection): boolean {
  return connection.state === 'live' || connection.error !== null;
}

/** Live, or the first failure: a command does not wait for a server to come up. */
function settled({ session, clock }: Opened, timeoutMs: number, signal: AbortSignal): Promise<Connection> {
  return new Promise((resolve) => {
    const cleanups: (() => void)[] = [];
    const end = () => {
      cleanups.forEach((cleanup) => cleanup());
      resolve(session.connection());
    };
    if (signal.aborted || isSettled(session.connection())) return end();
    signal.addEventListener('abort', end);
    cleanups.push(
      () => signal.removeEventListener('abort', end),
      session.subscribe((event) => event.type === 'connection' && isSettled(event.connection) && end()),
      clock.after(timeoutMs, end),
    );
  });
}

function narrow(session: Session, supervisors: readonly string[]): Session {
  const shared = { ...session, sendAs: (_: unknown, ...rest: Parameters<Session['send']>) => session.send(...rest) };
  return createActorSession(shared, { ...toOwner('us'), supervisors });
}

function toCliError(remote: string, error: LinkError | null): CliError {
  const { name } = parseRemoteAddress(remote);
  if (error?.code === 'unauthorized') {
    const next = 'name a user (user@host, password in MULTIVISOR_PASSWORD) or a token (--token-file, MULTIVISOR_TOKEN)';
    return new CliError(`${name}: ${error.message}; ${next}`, EXIT.notAllowed);
  }
  if (error?.code === 'forbidden') return new CliError(`${name}: ${error.message}`, EXIT.notAllowed);
  return new CliError(`${name}: ${error?.message ?? 'no answer in time'}`, EXIT.unreachable);
}
