// For Prometheus: the names that existing exporters of supervisord use, with a `supervisor` label, and our own.
import { seesEverything } from '../../core/access/actor.ts';
import type { Process, Snapshot, Supervisor } from '../../core/model.ts';
import { isUnexpected } from '../../core/crashes.ts';
import { PROCESS_STATE_CODES } from '../../core/process-state.ts';
import { uptimeSeconds } from '../../core/view/text.ts';
import type { Door } from '../door.ts';
import type { Route } from '../http/route.ts';

export function toMetricsRoutes(door: Door): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/metrics',
      access: 'signed-in',
      handle: ({ session, identity }) => ({
        kind: 'text',
        status: 200,
        text: [
          ...processMetrics(session.snapshot(), door.now()),
          ...supervisorMetrics(session.snapshot(), door.now()),
          // They count what everybody did, on every supervisor.
          ...(seesEverything(identity.actor) ? ownMetrics(door) : []),
        ].join(''),
        headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' },
      }),
    },
  ];
}

function isRunning({ state }: Process): number {
  return Number(state === 'RUNNING');
}

function seconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1000;
}

type Labels = Readonly<Record<string, string>>;
type Sample = { readonly labels: Labels; readonly value: number | null };

function metric(
  name: string,
  [type, help]: readonly ['gauge' | 'counter', string],
  samples: readonly Sample[],
): string {
  const lines = samples.flatMap(({ labels, value }) => {
    if (value === null) return [];
    const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escapeLabel(text)}"`);
    return [`${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${value}\n`];
  });
  return lines.length === 0 ? '' : `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

function escapeLabel(text: string): string {
  return text
    .replaceAll('\\', String.raw`\\`)
    .replaceAll('\n', String.raw`\n`)
    .replaceAll('"', String.raw`\"`);
}

function processMetrics(snapshot: Snapshot, now: number): string[] {
  const all = [...snapshot.supervisors.values()].flatMap((supervisor) =>
    Array.from(supervisor.processes.values(), (process) => ({ process, supervisor })),
  );
  const each = (value: (process: Process, supervisor: Supervisor) => number | null, withState = false): Sample[] =>
    all.map(({ process, supervisor }) => {
      const { name, group, state } = process;
      const labels = { supervisor: supervisor.name, name, group, ...(withState && { state }) };
      return { labels, value: value(process, supervisor) };
    });
  return [
    metric('supervisor_process_info', ['gauge', '1 when the process is RUNNING'], each(isRunning, true)),
    metric(
      'supervisor_process_uptime',
      ['gauge', 'Seconds since it was started; 0 when it does not run'],
      each((process, supervisor) => uptimeSeconds(process, supervisor, now) ?? 0),
    ),
    metric('node_supervisord_up', ['gauge', '1 when the process is RUNNING'], each(isRunning)),
    metric(
      'node_supervisord_state',
      ['gauge', 'State as supervisord numbers it'],
      each(({ state }) => PROCESS_STATE_CODES[state]),
    ),
    metric(
      'node_supervisord_exit_status',
      ['gauge', 'Exit status of the last run that ended by itself'],
      each(({ exitStatus }) => exitStatus),
    ),
    metric(
      'node_supervisord_start_time_seconds',
      ['gauge', 'When it was started, by the clock of its host'],
      each(({ startedAt }) => startedAt),
    ),
    metric(
      'multivisor_process_restarts_total',
      ['counter', 'Times it was seen to start again'],
      each((p) => p.restarts),
    ),
    metric(
      'multivisor_process_last_crash_timestamp_seconds',
      ['gauge', 'When it last went down by itself, or could not be started'],
      each(({ fall }) => (fall !== null && isUnexpected(fall.reason) ? seconds(fall.at) : null)),
    ),
    metric(
      'multivisor_process_flapping',
      ['gauge', '1 when it ends unexpectedly again and again'],
      each(({ flapping }) => Number(flapping !== null)),
    ),
  ];
}

function supervisorMetrics(snapshot: Snapshot, now: number): string[] {
  const each = (value: (supervisor: Supervisor) => number | null): Sample[] =>
    Array.from(snapshot.supervisors.values(), (supervisor) => ({
      labels: { supervisor: supervisor.name },
      value: value(supervisor),
    }));
  return [
    metric(
      'multivisor_reachable',
      ['gauge', '1 when the supervisor answers'],
      each(({ link }) => Number(link === 'up')),
    ),
    metric(
      'multivisor_stale_seconds',
      ['gauge', 'For how long its processes have been only last known'],
      each(({ staleSince }) => (staleSince === null ? 0 : (now - staleSince) / 1000)),
    ),
    metric(
      'multivisor_push',
      ['gauge', '1 when changes are pushed, 0 when only polling sees them'],
      each(({ source }) => (source === null ? null : Number(source !== 'poll'))),
    ),
    metric(
      'multivisor_poll_duration_seconds',
      ['gauge', 'Round trip of a recent read'],
      each(({ latencyMs }) => seconds(latencyMs)),
    ),
    metric(
      'multivisor_poll_interval_seconds',
      ['gauge', 'Period of the full reads'],
      each(({ pollMs }) => seconds(pollMs)),
    ),
  ];
}

function ownMetrics({ counters, unread }: Door): string[] {
  const { clients, dropped, refused } = counters;
  const commands = Array.from(counters.commands, ([key, value]) => {
    const [command = '', result = ''] = key.split(' ');
    return { labels: { command, result }, value };
  });
  return [
    metric('multivisor_clients', ['gauge', 'Connections that stay open'], by('kind', clients)),
    metric(
      'multivisor_unread_bytes',
      ['gauge', 'What is held because its reader has not read it'],
      [{ labels: {}, value: unread.total() }],
    ),
    metric('multivisor_dropped_total', ['counter', 'What slow clients did not get'], by('what', dropped)),
    metric('multivisor_refused_total', ['counter', 'Requests that were not let in'], by('why', refused)),
    metric('multivisor_commands_total', ['counter', 'Targets of commands by what became of them'], commands),
  ];
}

function by(label: string, values: Readonly<Record<string, number>>): Sample[] {
  return Object.entries(values).map(([key, value]) => ({ labels: { [label]: key }, value }));
}
