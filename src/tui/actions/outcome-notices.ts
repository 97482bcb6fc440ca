// What came of orders, in lines for the history and the notice line.
import type { Orders } from '../../core/orders.ts';
import type { Outcome } from '../../core/ports.ts';
import type { NoticeLevel } from '../ui-state/notices.ts';

type NoticeText = { readonly level: NoticeLevel; readonly text: string };

/** Of more targets than these only what did not go well is told one by one. */
const TOLD_EACH = 50;

/** Each outcome on its own, for the history; the sum last, for the notice line. */
export function toNotices(orders: Orders, outcomes: readonly Outcome[]): readonly NoticeText[] {
  if (outcomes.length === 1) return outcomes.map((outcome) => ofOutcome(orders, outcome));
  const untouched = outcomes.filter(({ code }) => code === 'untouched').length;
  const failed = outcomes.filter(({ ok, code }) => !ok && code !== 'untouched');
  const told = outcomes.length <= TOLD_EACH ? outcomes : outcomes.filter(({ ok, difference }) => !ok || difference);
  const lines = told.map((outcome) => ofOutcome(orders, outcome));
  const parts = [
    `${outcomes.length - failed.length - untouched} done`,
    ...(failed.length > 0 ? [`${failed.length} failed`] : []),
    ...(untouched > 0 ? [`${untouched} left untouched`] : []),
  ];
  const [first] = failed;
  const why = first ? `: ${first.target}: ${first.message}` : '';
  const more = failed.length > 1 || untouched > 0 ? ' … (m shows all)' : '';
  const level = failed.length + untouched > 0 ? 'bad' : 'good';
  return [...lines, { level, text: `${orders.action}: ${parts.join(', ')}${why}${more}` }];
}

function ofOutcome({ action }: Orders, outcome: Outcome): NoticeText {
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
