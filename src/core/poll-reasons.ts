// Why a supervisor's changes are found by polling, and what helps: the note goes with the supervisor to every face, and
// a doctor finds the advice by it, also on the other side of a server.

export type PollReason = { readonly note: string; readonly next: string };

const LEVEL_INFO = 'if it stays so, give supervisord a logfile of level info: changes are then told at once';

const NGINX = 'nginx: proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off';

/** Told until the first news came, or it is clear that none will: neither good nor bad. */
export const OPENING_LOG = 'the main log is not open yet';
export const OPENING_EVENTS = 'the events are not open yet';

/** Whether it is known how its changes are told; whoever judges waits for it. */
export function isSourceDecided(note: string): boolean {
  return note !== OPENING_LOG && note !== OPENING_EVENTS;
}

export const POLL_REASONS = {
  missing: { note: 'no main log that can be followed (logfile=syslog?)', next: LEVEL_INFO },
  empty: { note: 'the main log is empty (logfile=/dev/null?)', next: LEVEL_INFO },
  silent: { note: 'the main log does not tell of state changes (loglevel above info?)', next: LEVEL_INFO },
  device: {
    note: 'its main log is a pipe or a terminal, as logfile=/dev/stdout in Docker: docker logs shows it',
    next: 'to be told of changes at once, give supervisord a logfile that is a file, of level info',
  },
  files: {
    note: 'it may open too few files for a stream of its main log, and needs them for its programs',
    next: 'raise minfds in [supervisord], and the limit that it is started with (ulimit -n, LimitNOFILE), and restart it',
  },
  go: {
    note: 'the supervisord that is written in Go tells no changes',
    next: 'nothing is wrong: what happens between two looks is not seen. The one of supervisord.org tells each change',
  },
  withheld: {
    note: 'the main log stands open and nothing comes of it: something in between keeps it back',
    next: `let the proxy pass /mainlogtail and /logtail on as they come (${NGINX}; HAProxy: no httpclose); see docs/proxies.md`,
  },
} as const satisfies Readonly<Record<string, PollReason>>;

/** What helps against it; null when the note is about one host alone. */
export function adviceFor(note: string): string | null {
  return Object.values(POLL_REASONS).find((reason) => reason.note === note)?.next ?? null;
}
