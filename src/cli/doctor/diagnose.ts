// What a doctor says of a supervisor: every check with its result and, where something is wrong, the next step.
import type { Description } from '../../bridge/link/description.ts';
import { UNTRUSTED, saysWhatToDo } from '../../bridge/link/link-failure.ts';
import type { LinkError, LinkErrorCode, Supervisor } from '../../core/model.ts';
import { adviceFor } from '../../core/poll-reasons.ts';
import type { Resolved } from './resolve-host.ts';

export type Finding = {
  readonly check: 'name' | 'answers' | 'reach' | 'login' | 'version' | 'events' | 'latency' | 'clock' | 'processes';
  readonly level: 'good' | 'warn' | 'bad';
  readonly message: string;
  /** What to do; null when there is nothing. */
  readonly next: string | null;
};

const NEXT_POLLED =
  'supervisord itself pushes its changes by a main log of level info, which whatever stands in between must pass on';

const SLOW_MS = 500;
const SKEW_MS = 5_000;

/** `answers`: what was found at an address whose protocol is to be found out; null when that was not asked. */
export function diagnose(
  supervisor: Supervisor,
  resolved: Resolved | null,
  answers: Description | null,
): readonly Finding[] {
  const findings: Finding[] = [];
  if (resolved) {
    const next = 'check the spelling in the url, and that this machine can look the name up';
    findings.push(finding('name', [resolved.ok ? 'good' : 'bad', resolved.message, resolved.ok ? null : next]));
  }
  if (answers) findings.push(finding('answers', ['good', answers.found, answers.better]));
  if (supervisor.link === 'up') return [...findings, ...ofHealthy(supervisor)];
  const { error } = supervisor;
  if (!error) return [...findings, finding('reach', ['bad', 'no answer in time', NEXT.timeout])];
  const check = error.code === 'unauthorized' ? 'login' : 'reach';
  if (check === 'login') findings.push(finding('reach', ['good', 'it answers', null]));
  return [...findings, finding(check, ['bad', error.message, nextAfter(supervisor, error)])];
}

function nextAfter(supervisor: Supervisor, { code, message }: LinkError): string | null {
  if (message.includes(UNTRUSTED)) return NEXT_UNTRUSTED;
  return saysWhatToDo(message) ? null : nextOf(supervisor, code);
}

/** What helps depends on where it is: on this machine no address of it and no firewall is in the way. */
function nextOf({ url, host }: Supervisor, code: LinkErrorCode): string {
  if (/^wss?:/u.test(url)) return NEXT_THERE;
  const unix = url.startsWith('unix:');
  if (unix && (code === 'unreachable' || code === 'refused')) {
    return 'start supervisord, or correct the path: it is the file of [unix_http_server] in its configuration';
  }
  if (code === 'refused' && LOOPBACK.test(host)) {
    return 'start supervisord, or correct the port: it is the one of [inet_http_server] in its configuration';
  }
  return NEXT[code];
}

/** Of the two that may be the cause only one can be looked at from here. */
const NEXT_THERE =
  'check the address, the name of the supervisor there, and the login (username and password, or token_file); what that ' +
  'server itself cannot reach, multivisor doctor explains where it runs';

const NEXT_UNTRUSTED =
  'put the certificate, or that of who signed it, into a file, and set NODE_EXTRA_CA_CERTS to its path before multivisor starts';

const LOOPBACK = /^(?:localhost|127\.[\d.]+|\[?::1\]?)$/u;

const NEXT: Readonly<Record<LinkErrorCode, string>> = {
  refused: 'start supervisord there, or correct the port; [inet_http_server] must not listen on 127.0.0.1 alone',
  unreachable: 'check the address, and from this machine: ping HOST, nc -vz HOST PORT',
  timeout: 'the host is off, hangs, or a firewall drops the packets: nc -vz HOST PORT',
  unauthorized: 'set username and password (or password_file) as in [inet_http_server] or [unix_http_server] there',
  forbidden: 'run as a user who may open the socket, or set chmod and chown in [unix_http_server] there',
  'not-supervisor': 'something else listens there: check the port, and the path behind a proxy',
  protocol: 'look into the log of supervisord, and check what stands between',
  'shutting-down': 'it is shutting down: wait, or start it again',
  closed: 'it went away: look into the log of supervisord there',
};

function ofHealthy(supervisor: Supervisor): Finding[] {
  const { version, apiVersion, identification, latencyMs, clockOffsetMs, source, sourceNote, pid, state } = supervisor;
  const total = supervisor.processes.size;
  const running = state === 'RUNNING';
  const events: Finding =
    source === 'poll'
      ? finding('events', ['warn', `by polling: ${sourceNote}`, adviceFor(sourceNote) ?? NEXT_POLLED])
      : finding('events', ['good', source === 'event' ? 'told by its event listener' : 'told by its main log', null]);
  const latency = latencyMs ?? 0;
  const offset = clockOffsetMs ?? 0;
  // An answer that was long under way tells a time of somewhere within that.
  const skewed = Math.abs(offset) > SKEW_MS + latency;
  return [
    finding('reach', ['good', 'it answers', null]),
    finding('login', ['good', 'accepted', null]),
    finding('version', [
      running ? 'good' : 'warn',
      `supervisor ${version ?? '?'}, API ${apiVersion ?? '?'}, "${identification ?? '?'}", pid ${pid ?? '?'}, ${state ?? '?'}`,
      running ? null : 'it is not in its normal state: commands may be refused',
    ]),
    events,
    finding('latency', [
      latency > SLOW_MS ? 'warn' : 'good',
      `${Math.round(latency)} ms for ${total} processes`,
      latency > SLOW_MS ? 'a slow line or a busy host: it is polled less often' : null,
    ]),
    finding('clock', [
      skewed ? 'warn' : 'good',
      clockOffsetMs === null ? 'not known without processes' : skewText(offset),
      skewed
        ? 'set the clock there (NTP): uptimes are counted by it, so they are off for what was started before it went wrong'
        : null,
    ]),
    finding('processes', [
      total === 0 ? 'warn' : 'good',
      `${total}`,
      total === 0 ? 'it has no programs: supervisorctl reread, then update' : null,
    ]),
  ];
}

function skewText(offsetMs: number): string {
  const seconds = Math.round(Math.abs(offsetMs) / 1_000);
  return seconds < 2 ? 'as here' : `${seconds} s ${offsetMs > 0 ? 'ahead of' : 'behind'} this machine`;
}

type Checked = readonly [level: Finding['level'], message: string, next: string | null];

function finding(check: Finding['check'], [level, message, next]: Checked): Finding {
  return { check, level, message, next };
}
