// What alerts are made of: the rules of the configuration, and the incidents that come of them.
import type { Selector } from '../select.ts';
import type { Condition } from './condition.ts';

export type AlertRule = {
  readonly name: string;
  readonly when: readonly Condition[];
  /** None: everything. */
  readonly selectors: readonly Selector[];
  /** It must hold for so long before anybody is told, milliseconds. */
  readonly forMs: number;
  /** Told again after so long while it holds; null: told once. */
  readonly repeatMs: number | null;
};

/** How it came to its end: it runs again, somebody stopped it, there is no such thing any more, nobody asks for it any more. */
export type IncidentEnd = 'recovered' | 'stopped' | 'gone' | 'dropped';

/** One per alert, cause, and process or supervisor. */
export type Incident = {
  readonly id: string;
  readonly alert: string;
  /** The condition as it is written in the configuration. */
  readonly cause: string;
  readonly supervisor: string;
  /** Null: the supervisor itself. */
  readonly uid: string | null;
  /** Since when it holds: milliseconds since the epoch. */
  readonly since: number;
  /** How often it happened while it was open. */
  readonly times: number;
  readonly why: string;
  /** Null while it is open. */
  readonly end: IncidentEnd | null;
  /** From `since` to its end; null while it is open. */
  readonly lengthMs: number | null;
  /** Under which name it was told; null: it was not, or not yet. Those of a storm share one. */
  readonly told: string | null;
};

/**
 * Something to tell. Several incidents together are a storm, or what is left of it. `more`: it goes on, with these;
 * `still-open`: told again, as nothing has changed.
 */
export type Announcement = {
  readonly kind: 'opened' | 'more' | 'still-open' | 'closed';
  readonly alert: string;
  /** Of what was told as one. */
  readonly id: string;
  readonly incidents: readonly Incident[];
};

/** Nobody is told of these processes until then. */
export type Mute = {
  readonly id: string;
  readonly selectors: readonly string[];
  /** Globs over the names of supervisors: those that whoever muted may see. */
  readonly supervisors: readonly string[];
  /** Milliseconds since the epoch. */
  readonly until: number;
  readonly by: string;
  readonly why: string;
};
