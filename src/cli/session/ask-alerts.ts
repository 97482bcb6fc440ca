// What a command asks of the alerts of a server.
import type { AlertsRefusal, AlertsRequest, AlertsResult } from '../../core/alerts/desk.ts';
import { CliError } from '../cli-error.ts';
import type { Invocation } from '../argv/command.ts';
import { EXIT } from '../exit-codes.ts';
import { connectRemote, remoteOf } from './remote.ts';
import { FIRST_ANSWER_MS } from './with-session.ts';

type Answered = Extract<AlertsResult, { ok: true }>;

/** Throws CliError with the reason. */
export async function askAlerts(invocation: Invocation, request: AlertsRequest): Promise<Answered> {
  if (remoteOf(invocation) === null) {
    throw new CliError('alerts are a server’s: say which with --remote HOST; see multivisor serve --help');
  }
  const { session, close } = await connectRemote(invocation, { supervisors: [], timeoutMs: FIRST_ANSWER_MS });
  try {
    const result = await session.alerts?.ask(request, { signal: invocation.io.signal });
    if (!result) throw new CliError('this server tells no alerts');
    if (result.ok) return result;
    throw new CliError(result.message, exitCodeOf(result.code));
  } finally {
    await close();
  }
}

function exitCodeOf(code: AlertsRefusal): number {
  switch (code) {
    case 'not-found':
      return EXIT.notFound;
    case 'not-allowed':
      return EXIT.notAllowed;
    case 'unreachable':
      return EXIT.unreachable;
    case 'timeout':
      return EXIT.timedOut;
    case 'cancelled':
      return EXIT.interrupted;
    case 'failed':
    case 'busy':
    case 'fault':
      return EXIT.generic;
  }
}
