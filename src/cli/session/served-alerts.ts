// The alerts of a server: opened when the configuration first asks for some, so that without them nothing is kept anywhere.
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { SharedDesk } from '../../core/access/actor-alerts.ts';
import type { AlertsConfig } from '../../core/config/alerts-config.ts';
import type { Clock } from '../../core/ports.ts';
import type { LocalSession } from '../../core/session/local-session.ts';
import type { Alerts } from '../../server/alerts/alerts.ts';
import { createAlerts } from '../../server/alerts/alerts.ts';
import type { AlertStore } from '../../server/alerts/store.ts';
import { openAlertStore } from '../../server/alerts/store.ts';
import type { Invocation } from '../argv/command.ts';

export type ServedAlerts = {
  /** Null: the configuration asks for none. */
  desk(): SharedDesk | null;
  configure(config: AlertsConfig): Promise<void>;
  close(): Promise<void>;
};

export function createServedAlerts(options: {
  readonly session: LocalSession;
  readonly clock: Clock;
  readonly stateDir: string;
  readonly pageUrl: string;
  readonly warn: (text: string) => void;
}): ServedAlerts {
  let opened: { readonly store: AlertStore; readonly alerts: Alerts } | null = null;
  return {
    desk: () => opened?.alerts.desk ?? null,
    configure: async (config) => {
      if (opened) return opened.alerts.reconfigure(config);
      if (config.rules.length === 0 && config.heartbeat === null) return;
      const store = await openAlertStore(options.stateDir, options.warn);
      opened = { store, alerts: createAlerts({ ...options, config, store }) };
    },
    close: async () => {
      await opened?.alerts.close();
      opened?.store.close();
    },
  };
}

/** `--state-dir`, else as systemd and the XDG base directories say. */
export function stateDirOf({ io, text }: Invocation): string {
  const { env } = io;
  // systemd names several between colons.
  const named = text('stateDir') ?? env['STATE_DIRECTORY']?.split(':')[0];
  if (named !== undefined && named !== '') return named;
  if (env['XDG_STATE_HOME']) return join(env['XDG_STATE_HOME'], 'multivisor');
  return process.getuid?.() === 0 ? '/var/lib/multivisor' : join(env['HOME'] || homedir(), '.local/state/multivisor');
}
