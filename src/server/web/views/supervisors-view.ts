import type { Supervisor, SupervisorAction } from '../../../core/model.ts';
import { countStatesOf } from '../../../core/view/tally.ts';
import { linkGlyph, staleText, stateGlyph } from '../../../core/view/text.ts';
import { button, h } from '../dom.ts';
import { STATE_ORDER } from '../state-order.ts';

const ACTIONS: readonly (readonly [SupervisorAction, string])[] = [
  ['update', 'Update'],
  ['reread', 'Reread'],
  ['reload', 'Reload'],
  ['shutdown', 'Shut down'],
];

export type SupervisorHandlers = {
  readonly order: (action: SupervisorAction, name: string) => void;
  readonly refusal: (action: SupervisorAction) => string | null;
  readonly onShow: (name: string) => void;
};

export function toSupervisorCard(supervisor: Supervisor, handlers: SupervisorHandlers): HTMLElement {
  const { name, url, link, version, source, sourceNote, latencyMs } = supervisor;
  const counts = countStatesOf(supervisor);
  const stale = staleText(supervisor, Date.now());
  return h('article', { class: `card${link === 'up' ? '' : ' stale'}`, attrs: { 'data-link': link } }, [
    h('h2', {}, [h('span', { class: 'link' }, `${linkGlyph(link, 'unicode')} `), name]),
    h('p', { class: 'dim' }, `${url}${version === null ? '' : ` · supervisor ${version}`}`),
    stale === '' ? null : h('p', { class: 'warning' }, stale),
    h(
      'p',
      { class: 'counts' },
      STATE_ORDER.flatMap((state) => {
        const count = counts[state] ?? 0;
        return count === 0
          ? []
          : [
              h(
                'span',
                { class: 'count', attrs: { 'data-state': state, title: state } },
                `${stateGlyph(state, 'unicode')} ${count} ${state.toLowerCase()}`,
              ),
            ];
      }),
    ),
    h(
      'p',
      { class: 'dim' },
      [
        source === null ? '' : `seen by ${source}`,
        latencyMs === null ? '' : `, ${Math.round(latencyMs)} ms`,
        sourceNote === '' ? '' : ` · ${sourceNote}`,
      ].join(''),
    ),
    h('div', { class: 'buttons' }, [
      button('Processes', () => handlers.onShow(name)),
      ...ACTIONS.map(([action, label]) => {
        const refusal = supervisor.readOnly ? 'read_only in the configuration' : handlers.refusal(action);
        return button(label, () => handlers.order(action, name), {
          attrs: { disabled: refusal === null ? null : '', title: refusal },
        });
      }),
    ]),
  ]);
}
