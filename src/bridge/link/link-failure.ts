// What can go wrong between us and a supervisord, in words: what happened, where, and what to do next.
import type { Address } from '../../core/config/types.ts';
import type { LinkErrorCode } from '../../core/model.ts';

/** Thrown within this folder only; a link hands it on as data. */
export class LinkFailure extends Error {
  readonly code: LinkErrorCode;
  /** Of the HTTP answer; null when there was none. */
  readonly status: number | null;

  constructor(code: LinkErrorCode, message: string, options?: ErrorOptions & { readonly status?: number }) {
    super(message, options);
    this.name = 'LinkFailure';
    this.code = code;
    this.status = options?.status ?? null;
  }
}

/** Host and port, or the path of the socket: for people, never with credentials. */
export function placeOf(address: Address): string {
  if (address.kind === 'unix') return address.path;
  return `${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`;
}

/** Of a certificate: it answers, so that looking for it on the network is no help. */
export const UNTRUSTED = 'is not trusted';

/** What is said with the failure is all there is to say: general advice for its code would mislead. */
export function saysWhatToDo(message: string): boolean {
  return [NO_INTERFACE, NOT_UPGRADED, NO_UPSTREAM, REDIRECTED].some((words) => message.includes(words));
}

export const NO_INTERFACE = 'add [rpcinterface:supervisor]';
export const NOT_UPGRADED = 'does not pass WebSockets on';
const NO_UPSTREAM = 'the proxy there cannot reach supervisord';
const REDIRECTED = 'give the url with its whole path';

/** A failure of the socket or of TLS, by its `code`. */
export function toLinkFailure(error: unknown, address: Address): LinkFailure {
  if (error instanceof LinkFailure) return error;
  const cause = innermost(error);
  const [code, message] = describe(codeOf(cause), address);
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new LinkFailure(code, message ?? `connection to ${placeOf(address)} failed: ${detail}`, { cause: error });
}

export function overdue(what: 'connection' | 'answer', address: Address, ms: number): LinkFailure {
  const words = what === 'connection' ? 'no connection to' : 'no answer from';
  return new LinkFailure('timeout', `${words} ${placeOf(address)} within ${ms / 1000} s: is the host on, and alive?`);
}

export function tooLong(address: Address, maxBytes: number): LinkFailure {
  return new LinkFailure('protocol', `${placeOf(address)} answered with more than ${maxBytes} bytes`);
}

/** Several addresses of one host were tried: the last error tells as much as any. */
function innermost(error: unknown): unknown {
  return error instanceof AggregateError ? (error.errors.at(-1) ?? error) : error;
}

export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

function describe(code: string, address: Address): [LinkErrorCode, string | null] {
  const place = placeOf(address);
  const unix = address.kind === 'unix';
  switch (code) {
    case 'ECONNREFUSED':
      return unix
        ? ['refused', `nobody listens on ${place}: start supervisord (the socket file is left over from before)`]
        : ['refused', `connection refused by ${place}: is supervisord running, with this port in [inet_http_server]?`];
    case 'ENOENT':
    case 'ENOTSOCK':
      return ['unreachable', `no socket at ${place}: is supervisord running, with this file in [unix_http_server]?`];
    case 'EACCES':
    case 'EPERM':
      return [
        'forbidden',
        unix
          ? `permission denied on ${place}: run as a user who may open it, or set chmod or chown in [unix_http_server]`
          : `not permitted to connect to ${place}: does a firewall rule on this machine forbid it?`,
      ];
    case 'ENOTFOUND':
      return ['unreachable', `no such host: ${place}; check its spelling`];
    case 'EAI_AGAIN':
      return ['unreachable', `the name in ${place} cannot be looked up now: check the name server`];
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EHOSTDOWN':
    case 'EADDRNOTAVAIL':
      return ['unreachable', `no route to ${place}: is the host on, and this machine on its network?`];
    case 'ETIMEDOUT':
      return ['timeout', `${place} does not answer: is the host on, and no firewall in between?`];
    case 'ECONNRESET':
    case 'EPIPE':
      return ['closed', `${place} closed the connection`];
    default:
      if (code.startsWith('HPE_')) return ['not-supervisor', `${place} does not speak HTTP: check the port`];
      if (code.includes('CERT') || code === 'UNABLE_TO_VERIFY_LEAF_SIGNATURE') {
        return ['unreachable', `the certificate of ${place} ${UNTRUSTED} (${code}): see NODE_EXTRA_CA_CERTS`];
      }
      if (code === 'EPROTO' || code.startsWith('ERR_SSL')) {
        return ['not-supervisor', `${place} does not speak TLS: is it http rather than https?`];
      }
      return ['unreachable', null];
  }
}

/** An HTTP answer other than 200 to a call. */
export function toStatusFailure(
  status: number,
  address: Address,
  context: { readonly hasCredentials: boolean; readonly path: string },
): LinkFailure {
  const place = placeOf(address);
  const fail = (code: LinkErrorCode, message: string) => new LinkFailure(code, message, { status });
  switch (status) {
    case 401:
      return fail(
        'unauthorized',
        context.hasCredentials
          ? `${place} refused the username or the password: compare them with its http_server section`
          : `${place} asks for a username and a password, and none are configured`,
      );
    case 403:
      return fail('forbidden', `${place} forbids it (HTTP 403): is there a proxy with rules of its own?`);
    case 404:
      return fail(
        'not-supervisor',
        `${place} has no XML-RPC interface at ${context.path}: check the path, and [rpcinterface:supervisor] there`,
      );
    case 301:
    case 302:
    case 307:
    case 308:
      return fail(
        'not-supervisor',
        `${place} sends calls to ${context.path} elsewhere (HTTP ${status}): ${REDIRECTED}, which ends in /RPC2 below a prefix too`,
      );
    case 502:
    case 503:
    case 504:
      return fail(
        'protocol',
        `${place} answers for another (HTTP ${status}): ${NO_UPSTREAM}; is it running, and its address right in the proxy?`,
      );
    default:
      return fail('protocol', `${place} answered HTTP ${status}: see the log of supervisord`);
  }
}

/** There is no such log to stream: 404, and 410 before supervisor 4.1. */
export function isMissing(failure: LinkFailure): boolean {
  return failure.status === 404 || failure.status === 410;
}
