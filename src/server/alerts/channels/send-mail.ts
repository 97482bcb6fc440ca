// Mail by way of a server of one's own. What sends it is loaded with the first one.
import type { AlertMessage } from '../../../core/alerts/message.ts';
import type { SmtpConfig } from '../../../core/config/alerts-config.ts';
import type { WaitOptions } from '../../../core/ports.ts';
import type { Answer } from './channel.ts';

const STEP_MS = 10_000;
const LOOPBACK: readonly string[] = ['localhost', '127.0.0.1', '[::1]', '::1'];
/** Of the message itself: too long, or not wanted. Anything else may be put right within the day. */
const REFUSED: readonly number[] = [552, 554];

export type Mail = { readonly to: string; readonly smtp: SmtpConfig };

export async function sendMail({ to, smtp }: Mail, message: AlertMessage, { signal }: WaitOptions): Promise<Answer> {
  const { createTransport } = await import('nodemailer');
  const { host, port, secure, user, password, from } = smtp;
  const isLocal = LOOPBACK.includes(host);
  const transport = createTransport({
    host,
    port,
    secure,
    // On this machine there is nobody to listen, and a mail server of its own has a certificate of nobody's.
    ...(!secure && (isLocal ? { ignoreTLS: true } : { requireTLS: true })),
    tls: { rejectUnauthorized: true },
    ...(user !== null && { auth: { user, pass: password ?? '' } }),
    connectionTimeout: STEP_MS,
    greetingTimeout: STEP_MS,
    socketTimeout: STEP_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const end = () => transport.close();
  signal.addEventListener('abort', end, { once: true });
  try {
    const thread = `<${message.id}.${message.alert}@multivisor>`;
    const sending = transport.sendMail({
      from,
      to,
      subject: message.title,
      text: `${message.text}\n`,
      // Whoever reads it sees the end below the beginning.
      ...(message.kind === 'opened' ? { messageId: thread } : { references: thread, inReplyTo: thread }),
      headers: { 'Auto-Submitted': 'auto-generated' },
    });
    const { response } = await untilAborted(sending, signal);
    return { ok: true, said: response };
  } catch (error) {
    const said = signal.aborted ? 'no answer in time' : wordsOf(error);
    return { ok: false, refused: REFUSED.includes(codeOf(error)), said };
  } finally {
    signal.removeEventListener('abort', end);
    transport.close();
  }
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new Error('no answer in time'));
    if (signal.aborted) late();
    signal.addEventListener('abort', late, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', late));
  });
}

function codeOf(error: unknown): number {
  return error instanceof Error && 'responseCode' in error && typeof error.responseCode === 'number'
    ? error.responseCode
    : 0;
}

/** What the server said, on one line; of a login it repeats nothing. */
function wordsOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\s+/gu, ' ').slice(0, 200);
}
