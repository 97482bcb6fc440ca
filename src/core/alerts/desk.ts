// What one may ask of the alerts of a server, wherever one is.
import type { Incident, Mute } from './incident.ts';

export type AlertsRequest =
  | { readonly op: 'list' }
  /** Nobody is told of these for so long. */
  | { readonly op: 'mute'; readonly selectors: readonly string[]; readonly forMs: number; readonly why: string }
  /** By its id or by one of the selectors that it was given. */
  | { readonly op: 'unmute'; readonly which: string }
  /** Sends each receiver of this alert a message that says that it is a test. */
  | { readonly op: 'test'; readonly alert: string };

export type ReceiverView = {
  /** For people: without anything that might be a secret. */
  readonly label: string;
  /** Messages that it has not taken yet. */
  readonly waiting: number;
  /** What it said the last time, while it takes nothing. */
  readonly trouble: string | null;
};

export type AlertView = {
  readonly name: string;
  readonly when: readonly string[];
  readonly selectors: readonly string[];
  readonly forMs: number;
  readonly repeatMs: number | null;
  readonly to: readonly ReceiverView[];
};

/** `mute`: the id of what keeps it quiet. */
export type ShownIncident = Incident & { readonly mute: string | null };

export type GivenUp = {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly receiver: string;
  readonly title: string;
  readonly said: string;
};

export type AlertsView = {
  readonly alerts: readonly AlertView[];
  /** Open ones, then closed ones, newest first. */
  readonly incidents: readonly ShownIncident[];
  readonly mutes: readonly Mute[];
  /** Messages that nobody took, newest first. */
  readonly givenUp: readonly GivenUp[];
};

export type Tested = { readonly receiver: string; readonly ok: boolean; readonly said: string };

export type AlertsResult =
  /** `view`: how it is after that. `tested`: what each receiver answered. */
  | { readonly ok: true; readonly view: AlertsView; readonly tested: readonly Tested[] }
  | { readonly ok: false; readonly code: AlertsRefusal; readonly message: string };

/** Of the codes of outcomes, with their meaning there. */
export const ALERTS_REFUSALS = [
  'not-found',
  'not-allowed',
  'failed',
  'unreachable',
  'busy',
  'timeout',
  'cancelled',
  'fault',
] as const;
export type AlertsRefusal = (typeof ALERTS_REFUSALS)[number];

/** Never rejects. */
export type AlertsDesk = {
  ask(request: AlertsRequest, options: { readonly signal: AbortSignal }): Promise<AlertsResult>;
};
