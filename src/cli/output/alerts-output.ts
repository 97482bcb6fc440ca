import type { AlertsView, ShownIncident, Tested } from '../../core/alerts/desk.ts';
import type { Mute } from '../../core/alerts/incident.ts';
import { escapeText } from '../../core/view/escape.ts';
import { formatAge } from '../../core/view/text.ts';
import type { Paint } from './paint.ts';
import type { TableCell } from './table.ts';
import { renderTable } from './table.ts';

export type AlertsLayout = { readonly paint: Paint; readonly columns: number | null; readonly now: number };

/** Open incidents, mutes, and receivers that take nothing; '' when there is nothing of all that. */
export function alertsText({ incidents, mutes, alerts, givenUp }: AlertsView, layout: AlertsLayout): string {
  const { paint, now, columns } = layout;
  const header = ['ID', 'SINCE', 'ALERT', 'CAUSE', 'OF', 'TIMES', 'WHY'].map((text): TableCell => ({
    text,
    paint: paint.dim,
  }));
  const rows = incidents.map((incident) => incidentRow(incident, { mutes, layout }));
  const table = rows.length > 0 ? renderTable([header, ...rows], columns) : ['no incidents'];
  const silent = alerts.flatMap(({ name, to }) =>
    to.flatMap(({ label, trouble, waiting }) =>
      trouble === null
        ? []
        : [
            paint.bad(
              `${escapeText(name)}: ${escapeText(label)} takes nothing (${waiting} waiting): ${escapeText(trouble)}`,
            ),
          ],
    ),
  );
  const lost = givenUp.map(({ at, receiver, title, said }) => {
    return `given up ${formatAge(now - at)} ago: ${escapeText(receiver)}: ${escapeText(title)}: ${escapeText(said)}`;
  });
  return [...table, ...mutes.map((mute) => muteText(mute, now)), ...silent, ...lost]
    .map((line) => `${line}\n`)
    .join('');
}

/** `m1f muted for 2 h more by ann: web: new disk` */
export function muteText({ id, selectors, until, by, why }: Mute, now: number): string {
  const reason = why === '' ? '' : `: ${why}`;
  return escapeText(`${id} muted for ${formatAge(until - now)} more by ${by}: ${selectors.join(' ')}${reason}`);
}

export function testedText(tested: readonly Tested[], paint: Paint): string {
  return tested
    .map(({ receiver, ok, said }) => {
      const line = `${escapeText(receiver)}: ${escapeText(said)}`;
      return `${ok ? paint.good(line) : paint.bad(line)}\n`;
    })
    .join('');
}

function incidentRow(
  incident: ShownIncident,
  { mutes, layout }: { readonly mutes: readonly Mute[]; readonly layout: AlertsLayout },
): readonly TableCell[] {
  const { id, since, alert, cause, uid, supervisor, times, why, end, lengthMs, mute } = incident;
  const { paint, now } = layout;
  const muted = mutes.find((each) => each.id === mute);
  const note = muted ? `muted by ${muted.by}; ${why}` : why;
  const over = end === null ? '' : `${end} after ${formatAge(lengthMs ?? 0)}; `;
  return [
    { text: id },
    { text: `${formatAge(now - since)} ago` },
    { text: escapeText(alert) },
    { text: escapeText(cause), paint: end === null ? paint.bad : paint.dim },
    { text: escapeText(uid ?? supervisor) },
    { text: String(times), right: true },
    { text: escapeText(over + note) },
  ];
}
