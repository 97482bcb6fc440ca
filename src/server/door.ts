// What every part of the server works with.
import type { SharedDesk } from '../core/access/actor-alerts.ts';
import { createActorDesk } from '../core/access/actor-alerts.ts';
import type { AlertsDesk, AlertsRequest, AlertsResult } from '../core/alerts/desk.ts';
import type { Command, Outcome, Session } from '../core/ports.ts';
import type { LocalSession } from '../core/session/local-session.ts';
import type { Replay } from '../core/wire/replay.ts';
import type { Authenticator, Identity } from './access/authenticate.ts';
import type { Client } from './access/client.ts';
import type { SignIns } from './access/sign-ins.ts';
import type { Audit } from './audit.ts';
import type { Counters } from './counters.ts';
import { countUp } from './counters.ts';
import type { Leases, OpenLease } from './access/leases.ts';
import type { UnreadBytes } from './unread-bytes.ts';

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
  readonly leases: Leases;
  readonly replay: Replay;
  /** Null: the configuration asks for no alerts. */
  readonly alerts: () => SharedDesk | null;
  readonly unread: UnreadBytes;
  readonly config: ConfigDoor;
  readonly version: string;
  readonly now: () => number;
  /** Ready to serve: false while it is being ended. */
  readonly isReady: () => boolean;
};

/** Also with a token or Basic: whoever guesses shows in the audit and in the metrics. */
export function tellFailedLogin(door: Door, client: Client, reason: string): void {
  door.counters.refused.login++;
  door.audit({ event: 'login-failed', reason }, client, null);
}

/** Who was let in, from where, and for as long as it lasts. */
export type Visit = { readonly identity: Identity; readonly client: Client; readonly lease: OpenLease };

/** The session of somebody who was let in: narrowed to what they may, and every command of theirs is written down. */
export function openActorSession(door: Door, { identity, client, lease }: Visit): Session {
  const session = door.session.as(identity.actor, lease);
  return {
    ...session,
    alerts: openActorDesk(door, { identity, client, lease }),
    send: async (command, options) => {
      const unwritten = await door.audit.announce(command.action, client, identity);
      if (unwritten !== null) return refuseAll(command, unwritten);
      const outcomes = await session.send(command, options);
      for (const { code } of outcomes) countUp(door.counters.commands, `${command.action} ${code}`);
      const told = outcomes.map(({ target, ok, code }) => ({ target, ok, code }));
      door.audit({ event: 'command', command: command.action, outcomes: told }, client, identity);
      return outcomes;
    },
  };
}

const NO_ALERTS: AlertsResult = {
  ok: false,
  code: 'not-found',
  message: 'this server tells no alerts: there is no [alert:NAME] in its configuration',
};

function openActorDesk(door: Door, { identity, client, lease }: Visit): AlertsDesk {
  const shared: SharedDesk = { askAs: async (...asked) => door.alerts()?.askAs(...asked) ?? NO_ALERTS };
  const desk = createActorDesk(shared, identity.actor, lease);
  return {
    ask: async (request, options) => {
      if (request.op === 'list') return desk.ask(request, options);
      const unwritten = await door.audit.announce(request.op, client, identity);
      if (unwritten !== null) return { ok: false, code: 'not-allowed', message: unwritten };
      const result = await desk.ask(request, options);
      const [ok, code] = result.ok ? [true, 'ok' as const] : [false, result.code];
      const outcomes = targetsOf(request).map((target) => ({ target, ok, code }));
      door.audit({ event: 'command', command: request.op, outcomes }, client, identity);
      return result;
    },
  };
}

function targetsOf(request: Exclude<AlertsRequest, { op: 'list' }>): readonly string[] {
  switch (request.op) {
    case 'mute':
      return request.selectors;
    case 'unmute':
      return [request.which];
    case 'test':
      return [request.alert];
  }
}

function refuseAll({ targets }: Command, message: string): readonly Outcome[] {
  return targets.map((target) => ({ target, ok: false, code: 'not-allowed', message, from: null, to: null }));
}
