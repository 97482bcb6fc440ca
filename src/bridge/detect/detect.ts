// What answers at host:port? One connection mostly; a second one for TLS, or to ask who else speaks HTTP there.
import type { TcpAddress } from '../link/tcp-address.ts';
import { LinkFailure, placeOf } from '../link/link-failure.ts';
import { SERVER_PREFIX } from '../listener/protocol.ts';
import { probe } from './probe.ts';

export type Detected =
  | { readonly kind: 'supervisord' | 'listener'; readonly secure: boolean }
  /** An agent of the original multivisor, in either of its forms. */
  | { readonly kind: 'multivisor-rpc' }
  /** A whole multivisor server, ours or the original's. */
  | { readonly kind: 'multivisor'; readonly secure: boolean };

export type DetectOptions = {
  readonly connectMs: number;
  readonly answerMs: number;
  readonly signal: AbortSignal;
};

const ZMTP_START = 0xff;
const TLS_ALERT = 0x15;

const QUESTION = '<?xml version="1.0"?><methodCall><methodName>supervisor.getState</methodName><params/></methodCall>';

/** Throws LinkFailure when nothing answers, or nothing that is of use to us; or the signal's reason. */
export async function detect(address: TcpAddress, options: DetectOptions): Promise<Detected> {
  const first = await ask(address, options, false);
  if (first !== 'tls') return demand(first, address);
  const second = await ask(address, options, true);
  return demand(second, address);
}

type Answer = Detected | 'tls' | 'other';

async function ask(address: TcpAddress, options: DetectOptions, secure: boolean): Promise<Answer> {
  const bytes = await probe(address, {
    ...options,
    secure,
    request: post(address),
    isEnough: (soFar) => isNotHttp(soFar) || classify(soFar, secure) !== null,
  });
  if (bytes[0] === ZMTP_START) return { kind: 'multivisor-rpc' };
  // A TLS server closes, with or without an alert, on what is none of its own.
  if (!secure && (bytes.length === 0 || bytes[0] === TLS_ALERT)) return 'tls';
  if (isNotHttp(bytes)) return 'other';
  return classify(bytes, secure) ?? askWhoElse(address, options, secure);
}

/** By the header `Server` of the two that are known, by its words of any other that speaks for a supervisord. */
function classify(bytes: Buffer, secure: boolean): Answer | null {
  const text = bytes.toString('latin1');
  const server = /^server: *(.+?)\r?$/imu.exec(text)?.[1] ?? '';
  const headIsThere = text.includes('\r\n\r\n');
  if (!headIsThere) return null;
  if (server.startsWith(SERVER_PREFIX)) return { kind: 'listener', secure };
  if (server.startsWith('Medusa/') || text.includes('<methodResponse')) return { kind: 'supervisord', secure };
  return null;
}

/** Both multivisor servers tell here, to everybody, whether one has to log in. */
async function askWhoElse(address: TcpAddress, options: DetectOptions, secure: boolean): Promise<Answer> {
  const answer = await probe(address, {
    ...options,
    secure,
    request: `GET /api/auth HTTP/1.1\r\nHost: ${hostHeader(address)}\r\nConnection: close\r\n\r\n`,
    isEnough: (soFar) => soFar.includes('use_authentication'),
  });
  return answer.includes('use_authentication') ? { kind: 'multivisor', secure } : 'other';
}

function demand(answer: Answer, address: TcpAddress): Detected {
  if (answer !== 'other' && answer !== 'tls') return answer;
  throw new LinkFailure(
    'not-supervisor',
    `what listens on ${placeOf(address)} is no supervisord, no agent of one and no multivisor: check the port`,
  );
}

function isNotHttp(bytes: Buffer): boolean {
  const start = bytes.toString('latin1', 0, 5);
  return bytes.length > 0 && !'HTTP/'.startsWith(start) && start !== 'HTTP/';
}

function post(address: TcpAddress): string {
  return (
    `POST ${address.path} HTTP/1.1\r\nHost: ${hostHeader(address)}\r\nContent-Type: text/xml\r\n` +
    `Content-Length: ${QUESTION.length}\r\nConnection: close\r\n\r\n${QUESTION}`
  );
}

function hostHeader({ host, port }: TcpAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
