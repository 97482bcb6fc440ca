// A small world whose processes and hosts a test moves as it likes, and what its alerts tell of it. Time moves only when a
// story says so, through every moment at which the alerts want to be asked.
import { parseCondition } from '../../../src/core/alerts/condition.ts';
import type { AlertRule, Incident, Mute, Announcement } from '../../../src/core/alerts/incident.ts';
import type { AlertInput } from '../../../src/core/alerts/incidents.ts';
import { createIncidents } from '../../../src/core/alerts/incidents.ts';
import type { Change, Process, Snapshot, Supervisor } from '../../../src/core/model.ts';
import { parseSelectors } from '../../../src/core/select.ts';
import { NOW, processOf, snapshotOf, supervisorOf } from './snapshot.ts';

export type Told = Announcement & { readonly at: number };

export function ruleOf(
  when: string,
  more: Partial<AlertRule> & { readonly select?: readonly string[] } = {},
): AlertRule {
  const { select = [], ...fields } = more;
  const conditions = when.split(', ').map((text) => {
    const parsed = parseCondition(text);
    if (!parsed.ok) throw new Error(parsed.message);
    return parsed.condition;
  });
  const { selectors } = parseSelectors(select);
  return { name: 'night', when: conditions, selectors, forMs: 0, repeatMs: null, ...fields };
}

export function createAlertStory(
  rules: readonly AlertRule[],
  hosts: Readonly<Record<string, number>>,
  restored: readonly Incident[] = [],
) {
  let monotonic = 1_000;
  let ids = 0;
  let transitions = 0;
  let next = Infinity;
  let lead = NOW - monotonic;
  const told: Told[] = [];
  const kept = new Map<string, Incident>(restored.map((incident) => [incident.id, incident]));
  const machine = createIncidents({ rules, restored, newId: () => `i${restored.length}.${++ids}` });
  let snapshot: Snapshot = snapshotOf(
    Object.entries(hosts).map(([host, count]) => supervisorOf(host, running(host, count))),
  );

  const feed = (input: AlertInput) => {
    const output = machine.handle(input, { now: monotonic + lead, monotonic });
    ({ next } = output);
    output.notices.forEach((notice) => told.push({ ...notice, at: monotonic }));
    output.changed.forEach((incident) => kept.set(incident.id, incident));
  };
  const setSupervisor = (supervisor: Supervisor, changes: readonly Change[]) => {
    snapshot = { ...snapshot, supervisors: new Map([...snapshot.supervisors, [supervisor.name, supervisor]]) };
    feed({ type: 'changes', snapshot, changes });
  };
  const hostOf = (name: string): Supervisor => {
    const host = snapshot.supervisors.get(name);
    if (!host) throw new Error(`there is no ${name}`);
    return host;
  };
  const set = (uid: string, more: Partial<Process>) => {
    const host = hostOf(uid.split(':')[0] ?? '');
    const process = { ...(host.processes.get(uid) ?? processOf(uid, 'RUNNING', { startedAt: 1 })), ...more };
    setSupervisor({ ...host, processes: new Map([...host.processes, [uid, process]]) }, [{ type: 'process', process }]);
  };
  /** At the next moment that it asked for; false: it is later than that. */
  const tickBy = (end: number): boolean => {
    if (next > end) return false;
    monotonic = Math.max(monotonic, next);
    feed({ type: 'tick' });
    return true;
  };
  feed({ type: 'snapshot', snapshot });

  return {
    told,
    machine,
    set,
    /** As the store has them. */
    kept: () => [...kept.values()],
    snapshot: () => snapshot,
    now: () => monotonic,
    crash: (uid: string, to: 'EXITED' | 'BACKOFF' = 'EXITED') => {
      const reason = { kind: 'exit', status: 1, expected: false } as const;
      const at = monotonic + lead;
      set(uid, { state: to, fall: { at, reason, lastLine: 'no disk' } });
      const fields = { from: 'RUNNING', to, reason, by: null, source: 'log', pid: null, lastWords: null } as const;
      feed({ type: 'transitions', transitions: [{ id: ++transitions, at, uid, ...fields }] });
    },
    remove: (uid: string) => {
      const host = hostOf(uid.split(':')[0] ?? '');
      if (!host.processes.has(uid)) return;
      const rest = new Map(host.processes);
      rest.delete(uid);
      setSupervisor({ ...host, processes: rest }, [{ type: 'process-removed', uid }]);
    },
    link: (name: string, link: Supervisor['link']) => {
      const error = link === 'up' ? null : ({ code: 'refused', message: 'nobody listens' } as const);
      const supervisor = { ...hostOf(name), link, error, staleSince: link === 'up' ? null : monotonic + lead };
      setSupervisor(supervisor, [{ type: 'supervisor', supervisor }]);
    },
    mute: (mutes: readonly Mute[]) => feed({ type: 'mutes', mutes }),
    /** Somebody sets the clock on the wall. */
    setWall: (ms: number) => void (lead += ms),
    pass: (ms: number) => {
      const end = monotonic + ms;
      while (tickBy(end)) if (next <= monotonic) throw new Error('it wants to be asked again at once');
      monotonic = end;
      feed({ type: 'tick' });
    },
    /** What was told, in brief: `opened fatal a:p:p0`. */
    brief: () =>
      told.map(({ kind, incidents }) => {
        const [first] = incidents;
        const what =
          incidents.length === 1 && first ? `${first.cause} ${first.uid ?? first.supervisor}` : `${incidents.length}`;
        return `${kind} ${what}`;
      }),
  };
}

function running(host: string, count: number): readonly Process[] {
  return Array.from({ length: count }, (_, i) => processOf(`${host}:p:p${i}`, 'RUNNING', { startedAt: 1 }));
}
