// What is shown of the alerts of this server.
import type { AlertsView, GivenUp } from '../../core/alerts/desk.ts';
import type { Incident, Mute } from '../../core/alerts/incident.ts';
import type { Incidents } from '../../core/alerts/incidents.ts';
import type { AlertsConfig } from '../../core/config/alerts-config.ts';
import type { Selector } from '../../core/select.ts';
import type { Queues } from './queues.ts';

const SHOWN_OPEN = 1_000;
const SHOWN_CLOSED = 100;

export type ViewParts = {
  readonly config: AlertsConfig;
  readonly incidents: Incidents;
  readonly closed: readonly Incident[];
  readonly mutes: readonly Mute[];
  readonly givenUp: readonly GivenUp[];
  readonly queues: Queues;
  readonly now: number;
};

export function toAlertsView(parts: ViewParts): AlertsView {
  const { config, incidents, closed, mutes, givenUp, queues, now } = parts;
  const open = incidents.open().toReversed().slice(0, SHOWN_OPEN);
  return {
    alerts: config.rules.map((rule) => ({
      name: rule.name,
      when: rule.when.map(({ text }) => text),
      selectors: rule.selectors.map(toText),
      forMs: rule.forMs,
      repeatMs: rule.repeatMs,
      to: rule.to.map((target) => ({ label: target.label, ...queues.state(target, rule) })),
    })),
    incidents: [
      ...open.map((incident) => ({ ...incident, mute: incidents.muteOf(incident)?.id ?? null })),
      ...closed.slice(0, SHOWN_CLOSED).map((incident) => ({ ...incident, mute: null })),
    ],
    mutes: mutes.filter(({ until }) => until > now),
    givenUp,
  };
}

function toText(selector: Selector): string {
  return selector.kind === 'pattern' && selector.negated ? `!${selector.text}` : selector.text;
}
