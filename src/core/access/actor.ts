// Who asks, and what a role is for.
import { toGlob } from '../glob.ts';
import type { ProcessAction, SupervisorAction } from '../model.ts';

export const ROLES = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

export type Actor = {
  /** As the timeline and the audit tell it. */
  readonly name: string;
  readonly role: Role;
  /** Globs over the names of supervisors; what they leave out does not exist for this actor. */
  readonly supervisors: readonly string[];
};

/**
 * `config`: the configuration of this installation itself, not of a supervisord. `mute` and `test`: of alerts, what nobody is
 * told of, and a message that says that it is none.
 */
export type Act = ProcessAction | SupervisorAction | 'logs' | 'config' | 'mute' | 'test';

const LEAST_ROLE: Readonly<Record<Act, Role>> = {
  start: 'operator',
  stop: 'operator',
  restart: 'operator',
  signal: 'operator',
  logs: 'operator',
  mute: 'operator',
  test: 'operator',
  clear: 'admin',
  reread: 'admin',
  update: 'admin',
  reload: 'admin',
  shutdown: 'admin',
  config: 'admin',
};

/** Who works straight over an engine of their own may do everything. */
export function toOwner(name: string): Actor {
  return { name, role: 'admin', supervisors: ['*'] };
}

export function isRole(text: string): text is Role {
  return ROLES.some((role) => role === text);
}

export function mayDo(role: Role, act: Act): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(LEAST_ROLE[act]);
}

/** Says why not, for people; null when the role is enough. */
export function refuseRole(actor: Actor, act: Act): string | null {
  if (mayDo(actor.role, act)) return null;
  return `${act} needs the role ${LEAST_ROLE[act]}; ${actor.name} is ${actor.role}`;
}

export function seesEverything(actor: Pick<Actor, 'supervisors'>): boolean {
  return actor.supervisors.includes('*');
}

/** Whether a supervisor of that name exists for this actor. */
export function toScope(actor: Pick<Actor, 'supervisors'>): (supervisor: string) => boolean {
  if (seesEverything(actor)) return () => true;
  const patterns = actor.supervisors.map(toGlob);
  return (supervisor) => patterns.some((pattern) => pattern.test(supervisor));
}
