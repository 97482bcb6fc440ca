// Why a key would be refused before it is pressed: started to read only, or a role that does not reach.
import type { Act } from '../../core/access/actor.ts';
import { refuseRole } from '../../core/access/actor.ts';
import type { Connection } from '../../core/ports.ts';
import type { ActionId } from '../keys/key-table.ts';

const RIGHTS: Readonly<Partial<Record<ActionId, Act>>> = {
  start: 'start',
  stop: 'stop',
  restart: 'restart',
  signal: 'signal',
  update: 'update',
  reread: 'reread',
  reload: 'reload',
  shutdown: 'shutdown',
  logs: 'logs',
  'log-clear': 'clear',
};

export function rightOf(action: ActionId): Act | null {
  return RIGHTS[action] ?? null;
}

export type Rights = { readonly readOnly: string | null; readonly connection: Connection };

/** Null when it may be done, as far as this end knows: the core decides. */
export function refuseAction({ readOnly, connection }: Rights, act: Act): string | null {
  if (readOnly !== null && act !== 'logs') return `${act} is disabled: ${readOnly}`;
  const actor = connection.state === 'live' ? connection.actor : undefined;
  return actor ? refuseRole(actor, act) : null;
}
