// Who did what, from where, and what became of it: one JSON object per line, only ever appended.
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import type { Role } from '../core/access/actor.ts';
import type { Outcome } from '../core/ports.ts';
import type { Identity } from './access/authenticate.ts';
import type { Client } from './access/client.ts';

export type AuditEvent =
  | {
      readonly event: 'command';
      readonly command: string;
      /** A single call of another multivisor, which carries its command out by itself. */
      readonly relayed?: true;
      readonly outcomes: readonly Pick<Outcome, 'target' | 'ok' | 'code'>[];
    }
  | { readonly event: 'login' | 'logout' | 'config-read' | 'config-reload' }
  | { readonly event: 'login-failed' | 'refused'; readonly reason: string };

export type AuditLine = AuditEvent & {
  readonly at: string;
  readonly who: string | null;
  readonly role: Role | null;
  readonly via: Identity['via'] | null;
  readonly from: string;
};

export type Audit = (event: AuditEvent, client: Client, identity: Identity | null) => void;

export function createAudit(write: (line: string) => void, now: () => number): Audit {
  return (event, client, identity) => {
    const line: AuditLine = {
      at: new Date(now()).toISOString(),
      who: identity?.actor.name ?? null,
      role: identity?.actor.role ?? null,
      via: identity?.via ?? null,
      from: client.address,
      ...event,
    };
    write(`${JSON.stringify(line)}\n`);
  };
}

export type AuditFile = { readonly write: (line: string) => void; readonly close: () => Promise<void> };

/** Readable by its owner only. Rejects when the file cannot be written: an audit must not be lost in silence. */
export async function openAuditFile(path: string, onError: (error: Error) => void): Promise<AuditFile> {
  const stream = createWriteStream(path, { flags: 'a', mode: 0o600 });
  await once(stream, 'open');
  stream.on('error', onError);
  return {
    write: (line) => void stream.write(line),
    close: async () => {
      stream.end();
      await once(stream, 'close');
    },
  };
}
