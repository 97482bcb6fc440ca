// Acts as a person gives them: asked where it matters, then carried out, then told.
import { mayDo } from '../../core/access/actor.ts';
import type { Snapshot } from '../../core/model.ts';
import type { Command, Outcome, Session } from '../../core/ports.ts';
import { findProcess } from '../../core/engine/reduce.ts';
import { h } from './dom.ts';
import type { Notices } from './views/notices.ts';
import { ask } from './views/sheet.ts';

export type Action = Command['action'];

const VERBS: Readonly<Record<Action, string>> = {
  start: 'Start',
  stop: 'Stop',
  restart: 'Restart',
  signal: 'Signal',
  clear: 'Clear the logs of',
  reread: 'Reread',
  update: 'Update',
  reload: 'Restart supervisord on',
  shutdown: 'Shut down',
};
/** Above this the number is typed. */
const TYPED_ABOVE = 10;
const SHOWN = 8;
/** Those that programs know; the harmless first. */
const SIGNALS = ['HUP', 'USR1', 'USR2', 'INT', 'QUIT', 'TERM', 'CONT', 'STOP', 'KILL'];

/** Null when it may be done; else why not, for the title of a button that cannot be pressed. */
export function refusalOf(session: Session, action: Action): string | null {
  const connection = session.connection();
  if (connection.state !== 'live') return 'not connected';
  const role = connection.actor?.role ?? 'admin';
  return mayDo(role, action) ? null : `your role (${role}) may not ${action}`;
}

export async function act(
  session: Session,
  { action, targets }: { readonly action: Action; readonly targets: readonly string[] },
  notices: Notices,
): Promise<void> {
  const refusal = refusalOf(session, action);
  if (refusal !== null) return notices.add('warning', refusal);
  if (targets.length === 0) return;
  const consent = await confirm(session.snapshot(), action, targets);
  if (consent === null) return;
  const words = `${VERBS[action].toLowerCase()} ${targets.length === 1 ? (targets[0] ?? '') : `${targets.length} processes`}`;
  notices.add('info', `${words} …`);
  const outcomes = await session.send(
    { action, targets: [...targets], ...consent },
    { signal: new AbortController().signal },
  );
  tell(words, outcomes, notices);
}

function tell(words: string, outcomes: readonly Outcome[], notices: Notices): void {
  const failed = outcomes.filter(({ ok }) => !ok);
  if (failed.length === 0)
    return notices.add('info', `${words}: done${outcomes[0]?.message ? ` (${outcomes[0].message})` : ''}`);
  for (const { target, message } of failed.slice(0, 3)) notices.add('error', `${target}: ${message}`);
  if (failed.length > 3) notices.add('error', `${failed.length} of ${outcomes.length} failed`);
}

/** What was chosen besides. */
type Consent = { readonly signal?: string };

async function confirm(snapshot: Snapshot, action: Action, targets: readonly string[]): Promise<Consent | null> {
  const isSupervisor = snapshot.supervisors.has(targets[0] ?? '');
  const owners = new Set(targets.map((target) => findProcess(snapshot, target)?.supervisor ?? target));
  const guarded = [...owners].some((name) => snapshot.supervisors.get(name)?.protected);
  if ((action === 'start' || action === 'reread') && targets.length === 1 && !guarded) return {};
  const typed =
    action === 'shutdown' || action === 'reload'
      ? (targets[0] ?? '')
      : targets.length > TYPED_ABOVE
        ? String(targets.length)
        : null;
  const shown = targets.slice(0, SHOWN).map((target) => h('li', {}, target));
  const more = targets.length > SHOWN ? [h('li', { class: 'dim' }, `and ${targets.length - SHOWN} more`)] : [];
  const what = targets.length === 1 ? (targets[0] ?? '') : `${targets.length} processes on ${owners.size} supervisors`;
  const signal = h(
    'select',
    { attrs: { 'aria-label': 'Which signal' } },
    SIGNALS.map((name) => h('option', { attrs: { value: name } }, name)),
  );
  const yes = await ask({
    title: `${VERBS[action]} ${what}?`,
    body: [
      action === 'signal' ? h('p', {}, [h('label', {}, ['Which ', signal])]) : null,
      targets.length > 1 ? h('ul', {}, [...shown, ...more]) : null,
      guarded ? h('p', { class: 'warning' }, 'It is protected by the configuration.') : null,
      isSupervisor && action === 'shutdown'
        ? h('p', { class: 'warning' }, 'All of its programs end, and nothing starts it again.')
        : null,
      h('p', { class: 'dim' }, [
        h('code', {}, `multivisor ${action} ${targets.slice(0, 3).join(' ')}${targets.length > 3 ? ' …' : ''}`),
      ]),
    ],
    action: VERBS[action].split(' ')[0] ?? action,
    dangerous: action !== 'start',
    ...(typed !== null && { typed }),
  });
  if (!yes) return null;
  return action === 'signal' ? { signal: signal.value } : {};
}
