// What is left to show when the server of a remote session does not answer any more.
import type { Snapshot, Supervisor } from '../model.ts';
import type { Connection } from '../ports.ts';

/** The same snapshot as long as session and connection say the same, so that no row is made anew for nothing. */
export function createLastKnown(): typeof toLastKnown {
  let last: { readonly snapshot: Snapshot; readonly connection: Connection; readonly made: Snapshot } | null = null;
  return (snapshot, connection) => {
    if (last?.snapshot !== snapshot || last.connection !== connection) {
      last = { snapshot, connection, made: toLastKnown(snapshot, connection) };
    }
    return last.made;
  };
}

/** While the connection is lost, every row is only last known, since then; the same snapshot while it is not. */
function toLastKnown(snapshot: Snapshot, connection: Connection): Snapshot {
  if (connection.state !== 'lost') return snapshot;
  // Why it is lost is told once, in the header.
  const error = { code: 'closed', message: 'no connection to the server' } as const;
  const grey = (supervisor: Supervisor): Supervisor =>
    supervisor.link === 'up' ? { ...supervisor, link: 'down', staleSince: connection.since, error } : supervisor;
  const supervisors = Array.from(snapshot.supervisors, ([name, supervisor]) => [name, grey(supervisor)] as const);
  return { ...snapshot, supervisors: new Map(supervisors) };
}
