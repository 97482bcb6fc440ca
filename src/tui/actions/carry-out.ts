// From an intent to its outcome: planned, asked for, sent, followed, told.
import type { Outcome } from '../../core/ports.ts';
import type { Intent } from './orders.ts';
import { toCommand } from './orders.ts';
import { planAct } from './plan.ts';
import { refuseAct } from './rights.ts';
import type { NoticeLevel } from '../ui-state/notices.ts';
import type { Control } from '../control/control.ts';
import { notify } from '../control/control.ts';

export type Acting = {
  /** Refuses, asks, or does it. `hidden`: targets that the screen does not show. */
  readonly propose: (intent: Intent, hidden: number) => void;
  /** Whatever was asked has been answered. */
  readonly carryOut: (intent: Intent) => void;
  /** Gives up what is under way. */
  readonly cancel: () => void;
};

export function createActing(control: Control): Acting {
  const { store, clock } = control;
  let running: AbortController[] = [];
  let lastId = 0;

  const carryOut = (intent: Intent): void => {
    const id = ++lastId;
    const abort = new AbortController();
    running.push(abort);
    store.dispatch('jobs', {
      type: 'begin',
      id,
      title: toTitle(intent),
      total: intent.targets.length,
      at: clock.now(),
    });
    void follow(control, { intent, id, signal: AbortSignal.any([abort.signal, control.signal]) }).finally(() => {
      running = running.filter((other) => other !== abort);
    });
  };

  return {
    carryOut,
    propose: (intent, hidden) => {
      const { snapshot, connection, setting } = store.model();
      const refusal = refuseAct({ readOnly: setting.readOnly, connection }, intent.action);
      const plan = planAct(snapshot, intent, { refusal, hidden });
      switch (plan.kind) {
        case 'refused':
          notify(control, 'warn', plan.why);
          return;
        case 'go':
          carryOut(intent);
          return;
        case 'ask':
          store.dispatch('dialog', { type: 'confirm', intent, expected: plan.expected, hidden });
      }
    },
    cancel: () => {
      if (running.length === 0) notify(control, 'info', 'nothing is under way');
      running.forEach((abort) => abort.abort());
    },
  };
}

/** Outcomes are shown in lots: hundreds of them come within a moment. */
const PROGRESS_MS = 100;

type Running = { readonly intent: Intent; readonly id: number; readonly signal: AbortSignal };

async function follow({ store, session, clock }: Control, { intent, id, signal }: Running): Promise<void> {
  let arrived: boolean[] = [];
  const showing: { cancel: (() => void) | null } = { cancel: null };
  const show = (): void => {
    showing.cancel = null;
    const lot = arrived;
    arrived = [];
    store.batch(() => lot.forEach((ok) => store.dispatch('jobs', { type: 'outcome', id, ok })));
  };
  const progress = (outcome: Outcome): void => {
    // What a roll did not come to is left, neither done nor failed.
    if (outcome.code === 'untouched') return;
    arrived.push(outcome.ok);
    showing.cancel ??= clock.after(PROGRESS_MS, show);
  };
  const outcomes = await session.send(toCommand(intent), { signal, progress });
  showing.cancel?.();
  store.batch(() => {
    store.dispatch('jobs', { type: 'end', id });
    const notices = toNotices(intent, outcomes).map((notice) => ({ ...notice, at: clock.now() }));
    store.dispatch('notices', { type: 'add', notices });
  });
}

function toTitle({ action, targets, signal }: Intent): string {
  const verb = action === 'signal' ? `signal ${signal ?? ''}` : action;
  return targets.length === 1 ? `${verb} ${targets[0] ?? ''}` : `${verb} ${targets.length}`;
}

type Line = { readonly level: NoticeLevel; readonly text: string };

/** Of more targets than these only what did not go well is told one by one. */
const TOLD_EACH = 50;

/** Each outcome on its own, for the history; the sum last, for the notice line. */
function toNotices(intent: Intent, outcomes: readonly Outcome[]): readonly Line[] {
  if (outcomes.length === 1) return outcomes.map((outcome) => ofOutcome(intent, outcome));
  const untouched = outcomes.filter(({ code }) => code === 'untouched').length;
  const failed = outcomes.filter(({ ok, code }) => !ok && code !== 'untouched');
  const told = outcomes.length <= TOLD_EACH ? outcomes : outcomes.filter(({ ok, difference }) => !ok || difference);
  const lines = told.map((outcome) => ofOutcome(intent, outcome));
  const parts = [
    `${outcomes.length - failed.length - untouched} done`,
    ...(failed.length > 0 ? [`${failed.length} failed`] : []),
    ...(untouched > 0 ? [`${untouched} left untouched`] : []),
  ];
  const [first] = failed;
  const why = first ? `: ${first.target}: ${first.message}` : '';
  const more = failed.length > 1 || untouched > 0 ? ' … (m shows all)' : '';
  const level = failed.length + untouched > 0 ? 'bad' : 'good';
  return [...lines, { level, text: `${intent.action}: ${parts.join(', ')}${why}${more}` }];
}

function ofOutcome({ action }: Intent, outcome: Outcome): Line {
  const { target, ok, code, message, from, to, difference } = outcome;
  if (!ok)
    return {
      level: code === 'untouched' || code === 'cancelled' ? 'warn' : 'bad',
      text: `${action} ${target}: ${message}`,
    };
  if (difference) {
    const parts = (['added', 'changed', 'removed'] as const).flatMap((kind) =>
      difference[kind].length > 0 ? [`${kind} ${difference[kind].join(', ')}`] : [],
    );
    return { level: 'good', text: `${action} ${target}: ${parts.length > 0 ? parts.join('; ') : 'nothing changed'}` };
  }
  const states = from !== null && to !== null && from !== to ? ` (${from} → ${to})` : '';
  return { level: 'good', text: `${action} ${target}: ${code === 'unchanged' ? 'was so already' : 'done'}${states}` };
}
