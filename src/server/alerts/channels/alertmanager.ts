// Prometheus' Alertmanager: it groups, silences and passes on by itself, so each incident is an alert of its own there.
import type { AlertMessage, ToldIncident } from '../../../core/alerts/message.ts';

/** Until it is told otherwise; one that nobody tells of for so long is over. */
const FIRING_MS = 7 * 86_400_000;

/** The body of POST /api/v2/alerts. The labels are who it is: the same ones tell that it is over. */
export function toAlertmanagerAlerts(message: AlertMessage): readonly unknown[] {
  if (message.kind === 'test') return [toTest(message)];
  return message.incidents.map((incident) => toAlert(incident, message));
}

function toAlert(incident: ToldIncident, { kind, alert, name, at, link, count, title, text }: AlertMessage) {
  const { cause, supervisor, host, process, since, why, lengthSeconds } = incident;
  const [, group = '', program = ''] = process === null ? [] : (/^[^:]*:([^:]*):(.*)$/su.exec(process) ?? []);
  const over = Date.parse(since) + (lengthSeconds ?? 0) * 1_000;
  const single = count === 1;
  return {
    labels: {
      alertname: cause,
      alert,
      installation: name,
      supervisor,
      ...(process !== null && { process, group, program }),
    },
    annotations: {
      summary: single ? title : `${process ?? supervisor} ${cause}`,
      description: single ? text : why,
      host,
    },
    startsAt: since,
    // Never before it began, which would be refused.
    endsAt: new Date(
      kind === 'closed' ? Math.max(over, Date.parse(since) + 1) : Date.parse(at) + FIRING_MS,
    ).toISOString(),
    generatorURL: link,
  };
}

/** Over within a minute by itself. */
function toTest({ alert, name, at, title, text, link }: AlertMessage) {
  return {
    labels: { alertname: 'test', alert, installation: name },
    annotations: { summary: title, description: text },
    startsAt: at,
    endsAt: new Date(Date.parse(at) + 60_000).toISOString(),
    generatorURL: link,
  };
}
