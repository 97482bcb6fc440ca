// Everything about one process, kept up to date while it is open.
import type { Process, Supervisor, Transition } from '../../../core/model.ts';
import { escapeLogLine } from '../../../core/view/escape.ts';
import { formatReason, formatUptime, stateGlyph, staleText, uptimeSeconds, whyText } from '../../../core/view/text.ts';
import { h } from '../dom.ts';

const TRANSITIONS_SHOWN = 15;

export function createDetails(): {
  readonly element: HTMLElement;
  update(process: Process, supervisor: Supervisor, transitions: readonly Transition[]): void;
} {
  const element = h('div', { class: 'details' });
  let last: readonly [Process, Supervisor, readonly Transition[], number] | null = null;
  return {
    element,
    update: (process, supervisor, transitions) => {
      const second = Math.floor(Date.now() / 1000);
      // Whoever selects a text in it must not lose it to a redraw that says the same.
      if (last?.[0] === process && last[1] === supervisor && last[2] === transitions && last[3] === second) return;
      if (last && document.getSelection()?.isCollapsed === false) return;
      last = [process, supervisor, transitions, second];
      const own = transitions.filter(({ uid }) => uid === process.uid).toReversed();
      const words = own.find(({ lastWords }) => lastWords !== null)?.lastWords ?? null;
      element.replaceChildren(
        facts(process, supervisor),
        words === null
          ? ''
          : h('div', {}, [
              h('h3', {}, `Last words (${words.stream})`),
              h('pre', { class: 'words' }, words.lines.map(escapeLogLine).join('\n')),
            ]),
        h('h3', {}, 'What happened'),
        own.length === 0
          ? h('p', { class: 'dim' }, 'Nothing since this server watches.')
          : h('ol', { class: 'history' }, own.slice(0, TRANSITIONS_SHOWN).map(toTransitionLine)),
      );
    },
  };
}

function time(seconds: number | null): string {
  return seconds === null ? '' : new Date(seconds * 1000).toLocaleString();
}

function facts(process: Process, supervisor: Supervisor): HTMLElement {
  const now = Date.now();
  const uptime = uptimeSeconds(process, supervisor, now);
  const stale = staleText(supervisor, now);
  const rows: readonly (readonly [string, string])[] = [
    ['State', `${stateGlyph(process.state, 'unicode')} ${process.state}${stale === '' ? '' : ` (${stale})`}`],
    ['Why', whyText(process, supervisor, now)],
    ['Name', `${process.group}:${process.name}`],
    ['Supervisor', `${supervisor.name} (${supervisor.url})`],
    ['PID', process.pid === null ? '' : String(process.pid)],
    ['Uptime', uptime === null ? '' : formatUptime(uptime)],
    ['Started', time(process.startedAt)],
    ['Stopped', process.pid === null ? time(process.stoppedAt) : ''],
    ['Exit status', process.exitStatus === null ? '' : String(process.exitStatus)],
    ['Spawn error', process.spawnError],
    ['Restarts seen', String(process.restarts)],
    ['stdout', process.stdoutLog],
    ['stderr', process.stderrLog],
  ];
  const shown = rows.filter(([, value]) => value !== '');
  return h(
    'dl',
    { attrs: { 'data-state': process.state } },
    shown.flatMap(([key, value]) => [h('dt', {}, key), h('dd', {}, value)]),
  );
}

export function toTransitionLine(transition: Transition): HTMLElement {
  const { at, from, to, reason, by } = transition;
  const cause = reason === null ? '' : ` · ${formatReason(reason)}`;
  return h('li', { attrs: { 'data-state': to } }, [
    h('time', { attrs: { datetime: new Date(at).toISOString() } }, new Date(at).toLocaleTimeString()),
    h('span', { class: 'state' }, ` ${stateGlyph(to, 'unicode')} ${from ?? '?'} → ${to}`),
    h('span', { class: 'dim' }, `${cause}${by === null ? '' : ` · by ${by}`}`),
  ]);
}
