// What is left to show when the server of a remote session does not answer any more.
import type { Snapshot, Supervisor } from '../model.ts';
import type { Connection } from '../ports.ts';

/** While the connection is lost, every row is only last known, since then; the same snapshot while it is not. */
export function toLastKnown(snapshot: Snapshot, connection: Connection): Snapshot {
  if (connection.state !== 'lost') return snapshot;
  // Why it is lost is told once, in the header.
  const error = { code: 'closed', message: 'no connection to the server' } as const;
  const grey = (supervisor: Supervisor): Supervisor =>
    supervisor.link === 'up' ? { ...supervisor, link: 'down', staleSince: connection.since, error } : supervisor;
  const supervisors = Array.from(snapshot.supervisors, ([name, supervisor]) => [name, grey(supervisor)] as const);
  return { ...snapshot, supervisors: new Map(supervisors) };
}
