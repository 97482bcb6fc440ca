// Orders as a person gives them on the page: refused, asked about where core/consent.ts says so, sent, and told.
import { refuseRole } from '../../core/access/actor.ts';
import { askConsent } from '../../core/consent.ts';
import type { Question } from '../../core/consent.ts';
import type { Orders } from '../../core/orders.ts';
import { toFaultText } from '../../core/own-faults.ts';
import { isSupervisorAction } from '../../core/orders.ts';
import type { Command, Outcome, Session } from '../../core/ports.ts';
import { SIGNALS } from '../../core/view/signals.ts';
import { h } from './dom.ts';
import type { Notices } from './views/notices.ts';
import { ask } from './views/sheet.ts';

/** On the button that does it. */
const LABELS: Readonly<Record<Orders['action'], string>> = {
  start: 'Start',
  stop: 'Stop',
  restart: 'Restart',
  signal: 'Signal',
  clear: 'Clear',
  reread: 'Reread',
  update: 'Update',
  reload: 'Reload',
  shutdown: 'Shut down',
};
const SHOWN = 8;
const FAILURES_SHOWN = 3;

/** Null when it may be done; else why not, for the title of a button that cannot be pressed. */
export function refusalOf(session: Session, action: Orders['action']): string | null {
  const connection = session.connection();
  if (connection.state !== 'live') return 'not connected';
  return connection.actor ? refuseRole(connection.actor, action) : null;
}

export type Giving = { readonly session: Session; readonly notices: Notices };

/** `hidden`: marked ones that the list does not show. */
export function giveOrders(giving: Giving, orders: Orders, hidden = 0): void {
  give(giving, orders, hidden).catch((error: unknown) => {
    giving.notices.add('error', `${toWords(orders)}: ${toFaultText(error)}`);
  });
}

async function give({ session, notices }: Giving, orders: Orders, hidden: number): Promise<void> {
  if (orders.targets.length === 0) return;
  const refusal = refusalOf(session, orders.action);
  if (refusal !== null) return notices.add('warning', refusal);
  const consent = askConsent(session.snapshot(), orders, hidden);
  if (consent.kind === 'refused') return notices.add('warning', consent.why);
  const agreed = consent.kind === 'given' ? orders : await askAbout(orders, consent.question);
  if (agreed === null) return;
  const words = toWords(agreed);
  notices.add('info', `${words} …`);
  const outcomes = await session.send(toCommand(agreed), { signal: new AbortController().signal });
  tell(words, outcomes, notices);
}

function toCommand({ action, targets, signal }: Orders): Command {
  if (isSupervisorAction(action)) return { action, targets };
  return { action, targets, ...(signal !== undefined && { signal }) };
}

function toWords({ action, targets, signal }: Orders): string {
  const verb = signal === undefined ? action : `${action} ${signal}`;
  const [only = ''] = targets;
  return targets.length === 1 ? `${verb} ${only}` : `${verb} ${targets.length} processes`;
}

function tell(words: string, outcomes: readonly Outcome[], notices: Notices): void {
  const failed = outcomes.filter(({ ok }) => !ok);
  const note = outcomes[0]?.message ? ` (${outcomes[0].message})` : '';
  if (failed.length === 0) return notices.add('info', `${words}: done${note}`);
  for (const { target, message } of failed.slice(0, FAILURES_SHOWN)) notices.add('error', `${target}: ${message}`);
  if (failed.length > FAILURES_SHOWN) notices.add('error', `${failed.length} of ${outcomes.length} failed`);
}

/** The orders as they were agreed to, with the signal that was chosen; null: no. */
async function askAbout(orders: Orders, question: Question): Promise<Orders | null> {
  const { action, targets } = orders;
  const { title, consequences, remarks, typed } = question;
  const signal = action === 'signal' ? toSignalChoice() : null;
  const yes = await ask({
    title: title.charAt(0).toUpperCase() + title.slice(1),
    body: [
      signal && h('p', {}, [h('label', {}, ['Which ', signal])]),
      toTargetList(targets),
      ...[...remarks, ...consequences].map((text) => h('p', { class: 'warning' }, text)),
      h('p', { class: 'dim' }, [h('code', {}, toCommandText(orders))]),
    ],
    action: LABELS[action],
    dangerous: action !== 'start',
    ...(typed !== null && { typed }),
  });
  if (!yes) return null;
  return signal ? { ...orders, signal: signal.value } : orders;
}

function toTargetList(targets: readonly string[]): HTMLElement | null {
  if (targets.length === 1) return null;
  const more = targets.length > SHOWN ? [h('li', { class: 'dim' }, `and ${targets.length - SHOWN} more`)] : [];
  return h('ul', {}, [...targets.slice(0, SHOWN).map((target) => h('li', {}, target)), ...more]);
}

function toSignalChoice(): HTMLSelectElement {
  const options = SIGNALS.map(([name, help]) => h('option', { attrs: { value: name } }, `${name} – ${help}`));
  return h('select', { attrs: { 'aria-label': 'Which signal' } }, options);
}

function toCommandText({ action, targets }: Orders): string {
  const name = action === 'signal' ? 'signal …' : action;
  return `multivisor ${name} ${targets.slice(0, 3).join(' ')}${targets.length > 3 ? ' …' : ''}`;
}
