import type { SharedDesk } from '../core/access/actor-alerts.ts';
import type { Accounts } from '../core/access/accounts.ts';
import type { LocalSession } from '../core/session/local-session.ts';
import type { Clock } from '../core/ports.ts';
import type { WriteAudit } from './audit.ts';
import type { BindAddress } from './bind-address.ts';
import type { ConfigDoor } from './door.ts';
import type { OutboxLimits } from './socket/outbox.ts';

/** The page, built (scripts/build-page.ts). */
export type Page = { readonly html: string; readonly script: string; readonly style: string };

export type ServerOptions = {
  /** Stays the caller's: closing the server does not close it. */
  readonly session: LocalSession;
  readonly bind: BindAddress;
  readonly accounts: Accounts;
  readonly config: ConfigDoor;
  /** Of the program. */
  readonly version: string;
  /** Null: no page, only the interfaces. */
  readonly page: Page | null;
  /** Something that the operator should read. */
  readonly warn: (text: string) => void;
  /** Null, or left out: the configuration asks for no alerts. */
  readonly alerts?: () => SharedDesk | null;
  /** One JSON line; see audit.ts. */
  readonly audit?: WriteAudit;
  /** No act without its line in the audit. */
  readonly auditRequired?: boolean;
  /** The one of this machine when left out. */
  readonly clock?: Clock;
  readonly tls?: { readonly cert: string; readonly key: string };
  /** `/multivisor` when a proxy serves us below its root. */
  readonly basePath?: string;
  /** Addresses or networks whose X-Forwarded-* are believed. */
  readonly trustedProxies?: readonly string[];
  /** Names, globs allowed, that this server is called by. */
  readonly allowedHosts?: readonly string[];
  /** Listens beyond this machine although nobody is asked who they are. */
  readonly insecureNoAuth?: boolean;
  /** Signs sessions, so that they outlive a restart; random when left out. */
  readonly secretKey?: string;
  readonly limits?: Partial<OutboxLimits>;
};

export type RunningServer = {
  readonly address: { readonly host: string; readonly port: number; readonly url: string };
  /** Other accounts: who would not be let in any more is sent away. Throws when they would leave an open door. */
  readonly reload: (accounts: Accounts) => void;
  /** Lets what is under way come to its end, for at most `drainMs` (10 s). */
  readonly close: (options?: { readonly drainMs?: number }) => Promise<void>;
};
