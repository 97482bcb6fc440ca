// What every part of the server works with.
import type { Session } from '../core/ports.ts';
import type { LocalSession } from '../core/local-session.ts';
import type { Replay } from '../core/wire/replay.ts';
import type { Authenticator, Identity } from './access/authenticate.ts';
import type { Client } from './access/client.ts';
import type { SignIns } from './access/sign-ins.ts';
import type { Audit } from './audit.ts';
import type { Counters } from './counters.ts';
import { count } from './counters.ts';
import type { LiveConnections } from './live-connections.ts';

export type ConfigDoor = {
  /** The text of the configuration file, secrets and all. */
  readonly read: () => Promise<string>;
  /** Rereads it and keeps what did not change; rejects with the reason for people. */
  readonly reload: () => Promise<void>;
};

export type Door = {
  readonly session: LocalSession;
  readonly authenticator: Authenticator;
  readonly signIns: SignIns;
  readonly audit: Audit;
  readonly counters: Counters;
  readonly connections: LiveConnections;
  readonly replay: Replay;
  readonly config: ConfigDoor;
  readonly version: string;
  readonly now: () => number;
  /** Ready to serve: false while it is being ended. */
  readonly isReady: () => boolean;
};

/** The session of somebody who was let in: narrowed to what they may, and every command of theirs is written down. */
export function openActorSession(door: Door, identity: Identity, client: Client): Session {
  const session = door.session.as(identity.actor);
  return {
    ...session,
    send: async (command, options) => {
      const outcomes = await session.send(command, options);
      for (const { code } of outcomes) count(door.counters.commands, `${command.action} ${code}`);
      const told = outcomes.map(({ target, ok, code }) => ({ target, ok, code }));
      door.audit({ event: 'command', command: command.action, outcomes: told }, client, identity);
      return outcomes;
    },
  };
}
