// What happened, newest first; the filter of the list holds here too.
import type { Transition } from '../../../core/model.ts';
import type { Rows, RowsQuery } from '../../../core/view/row-model.ts';
import { toTransitionLine } from './details-view.ts';
import { button, h } from '../dom.ts';

const SHOWN = 500;

export type TimelineView = {
  readonly element: HTMLElement;
  render(timeline: readonly Transition[], rows: Rows, query: RowsQuery): void;
};

export function createTimelineView(onOpen: (uid: string) => void): TimelineView {
  const element = h('ol', { class: 'timeline history' });
  let last: readonly [readonly Transition[], Rows] | null = null;
  return {
    element,
    render: (timeline, rows, { filter, onlyProblems }) => {
      if (last?.[0] === timeline && last[1] === rows) return;
      last = [timeline, rows];
      const matching = new Set(rows.matching.map(({ key }) => key));
      const all = filter.text === '' && !onlyProblems;
      const shown = timeline
        .filter(({ uid }) => all || matching.has(uid))
        .slice(-SHOWN)
        .toReversed();
      const lines = shown.map((transition) => {
        const line = toTransitionLine(transition);
        line.prepend(button(transition.uid, () => onOpen(transition.uid), { class: 'quiet uid' }));
        return line;
      });
      const nothing = h('li', { class: 'dim' }, 'Nothing has changed since this server watches.');
      element.replaceChildren(...(lines.length > 0 ? lines : [nothing]));
    },
  };
}
