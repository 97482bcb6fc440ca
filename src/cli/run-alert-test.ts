// `alert test` without a server: what sends is a part of the server, which few commands should load.
import type { Tested } from '../core/alerts/desk.ts';
import { testAlert } from '../server/alerts/desk.ts';
import { CliError } from './cli-error.ts';
import type { Invocation } from './argv/command.ts';
import { loadConfig } from './config/load-config.ts';
import { EXIT } from './exit-codes.ts';

export async function runAlertTest(invocation: Invocation, name: string): Promise<readonly Tested[]> {
  const config = loadConfig(invocation);
  const rule = config.alerts.rules.find((each) => each.name === name);
  if (!rule) throw new CliError(`there is no [alert:${name}] in the configuration`, EXIT.notFound);
  const snapshot = { name: config.name, epoch: '', revision: 0, supervisors: new Map() };
  const pageUrl = config.alerts.pageUrl ?? 'http://127.0.0.1:22000';
  return testAlert(rule, { snapshot, now: Date.now(), pageUrl }, { signal: invocation.io.signal });
}
