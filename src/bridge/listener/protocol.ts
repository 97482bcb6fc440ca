// What goes over the listener's port. Both ends import this module; python/multivisor_listener.py says the same.
//
// HTTP/1.1. `GET /multivisor/events[?after=N]` answers with lines of JSON that never end: a hello, then events as they
// come, an `alive` where nothing else is said. supervisord's own paths (/RPC2, /logtail/…, /mainlogtail) lead to it.

export const PROTOCOL = 1;
export const EVENTS_PATH = '/multivisor/events';
/** `Server: multivisor-listener/1`, on every answer. */
export const SERVER_PREFIX = 'multivisor-listener/';
/** A line at least this often, so that a host that vanished is noticed. */
export const ALIVE_MS = 2_000;

export type ListenerHello = {
  readonly type: 'hello';
  readonly protocol: number;
  readonly agent: 'node' | 'python';
  /** Process id of its supervisord: serials of another one count for nothing. */
  readonly supervisord: number;
  /** `group:name` of the listener itself; null: not known. */
  readonly process: string | null;
  /** The pool serial of the last event so far; null: none came yet. */
  readonly last: number | null;
};

export type EventLine = {
  readonly type: 'event';
  readonly event: string;
  readonly poolserial: number;
  /** supervisord's words, the first line of them. */
  readonly payload: string;
};

export type ListenerLine = ListenerHello | EventLine | { readonly type: 'alive' };

export function encodeLine(line: ListenerLine): string {
  return `${JSON.stringify(line)}\n`;
}
