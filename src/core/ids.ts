/** uid = `supervisor:group:name`. The supervisor is the configured name, never supervisord's own `identifier`. */
export function toUid(supervisor: string, group: string, name: string): string {
  return `${supervisor}:${group}:${name}`;
}

export type UidParts = { readonly supervisor: string; readonly group: string; readonly name: string };

/** Null when there are not three parts. Neither supervisor nor group may hold a colon; a name might. */
export function parseUid(uid: string): UidParts | null {
  const first = uid.indexOf(':');
  const second = uid.indexOf(':', first + 1);
  if (first < 1 || second < 0) return null;
  return { supervisor: uid.slice(0, first), group: uid.slice(first + 1, second), name: uid.slice(second + 1) };
}

/** The name that supervisord's RPC takes: `group:name`. */
export function toRpcName(uid: string): string {
  return uid.slice(uid.indexOf(':') + 1);
}
