// Holds each process and supervisor against the alerts that mean it, whenever something about it changed or is due.
import type { Process, Snapshot, Supervisor, Transition } from '../model.ts';
import { parseUid } from '../ids.ts';
import { findProcess } from '../engine/reduce.ts';
import { flappingText, formatReason, whyText } from '../view/text.ts';
import type { Moment } from '../ports.ts';
import type { Condition } from './condition.ts';
import type { Facts } from './facts.ts';
import { isUnexpectedExit, isWell, seeCrash, seeProcess, seeRecovery } from './facts.ts';
import type { AlertRule, Incident } from './incident.ts';
import type { Ruling, IncidentPhase } from './judge.ts';
import { isTrusted, judgeProcess, judgeSupervisor } from './judge.ts';
import type { Ledger } from './ledger.ts';
import { createScope } from './scope.ts';

export type Watcher = {
  lookAt(subject: string): void;
  /** A transition, new or completed. */
  hear(transition: Transition): void;
  /** It is not there any more. */
  forget(subject: string): void;
  /** Looks at all that is due. */
  lookAtDue(): void;
  next(): number;
  /** Something was added or taken away. */
  forgetScopes(): void;
};

export type WatcherOptions = {
  readonly rules: readonly AlertRule[];
  readonly ledger: Ledger;
  readonly snapshot: () => Snapshot;
  readonly moment: () => Moment;
};

type Subject = { readonly supervisor: Supervisor; readonly process: Process | null };

type Asked = { readonly rule: AlertRule; readonly condition: Condition };

export function createWatcher({ rules, ledger, snapshot, moment }: WatcherOptions): Watcher {
  const facts = new Map<string, Facts>();
  /** When to look at it again although nothing happens to it. */
  const looks = new Map<string, number>();
  const scoped = rules.map((rule) => ({ rule, scope: createScope(rule.selectors, snapshot) }));
  const counts = rules.flatMap(({ when }) => when.map((each) => (each.kind === 'restarts' ? each.count + 1 : 0)));
  const keep = Math.max(0, ...counts);

  const judge = ({ rule, condition }: Asked, phase: IncidentPhase, { supervisor, process }: Subject): Ruling => {
    if (process === null) return judgeSupervisor(supervisor, phase);
    const known = facts.get(process.uid);
    // A process that flaps is one incident, where flapping is told.
    const isTurn = phase === 'none' && process.flapping !== null && condition.kind === 'unexpected-exit';
    const isOne = isTurn && rule.when.some(({ kind }) => kind === 'flapping');
    if (!known || isOne) return { holds: false, again: Infinity };
    return judgeProcess(condition, process, { facts: known, phase, at: moment().monotonic });
  };
  /** One condition of one alert; returns when to do so once more. */
  const step = (asked: Asked, subject: Subject): number => {
    const { rule, condition } = asked;
    const { supervisor, process } = subject;
    const matter = {
      alert: rule.name,
      cause: condition.text,
      supervisor: supervisor.name,
      uid: process?.uid ?? null,
    };
    const { holds, again } = judge(asked, ledger.phase(matter), subject);
    if (!holds) {
      ledger.end(matter, process?.state === 'STOPPED' ? 'stopped' : 'recovered');
      return again;
    }
    const wasOpen = ledger.phase(matter) === 'open';
    const known = process ? facts.get(process.uid) : undefined;
    const due = ledger.hold(matter, {
      forMs: rule.forMs,
      why: () => whyOf(subject, moment().now),
      // A row may be read before the crash is reported that made it so.
      counted: condition.kind !== 'unexpected-exit' || known?.crashed === true || known?.changedAt === null,
    });
    // Its end has other signs than its beginning.
    const isNew = !wasOpen && ledger.phase(matter) === 'open';
    return Math.min(due, isNew ? judge(asked, 'open', subject).again : again);
  };
  const run = (subject: Subject, name: string) => {
    let next = Infinity;
    for (const { rule, scope } of scoped) {
      const isMeant = subject.process ? scope.hasProcess(name) : scope.concernsSupervisor(name);
      if (!isMeant) continue;
      for (const condition of rule.when) {
        const isOfSupervisor = condition.kind === 'unreachable';
        if (isOfSupervisor === (subject.process === null)) next = Math.min(next, step({ rule, condition }, subject));
      }
    }
    if (next < Infinity) looks.set(name, next);
    else looks.delete(name);
  };
  const lookAtProcess = (supervisor: Supervisor, process: Process) => {
    const { uid } = process;
    if (!isTrusted(supervisor)) {
      looks.delete(uid);
      const known = facts.get(uid);
      if (known) facts.set(uid, seeRecovery(known));
      // What was told waits for the host.
      return ledger.dropUntold(uid);
    }
    facts.set(uid, seeProcess(facts.get(uid) ?? null, process, { at: moment().monotonic, keep }));
    run({ supervisor, process }, uid);
    const known = facts.get(uid);
    if (known && isWell(process)) facts.set(uid, seeRecovery(known));
  };
  const lookAtSupervisor = (supervisor: Supervisor) => {
    run({ supervisor, process: null }, supervisor.name);
    supervisor.processes.forEach((process) => lookAtProcess(supervisor, process));
    const { name, link, pollMs, processes } = supervisor;
    if (link !== 'up' || pollMs === null) return;
    // Those of a server before this one may be gone since.
    for (const incident of ledger.open()) {
      const { uid } = incident;
      if (uid !== null && incident.supervisor === name && !processes.has(uid)) ledger.endAll(uid, 'gone');
    }
  };
  const lookAt = (subject: string) => {
    const supervisor = snapshot().supervisors.get(subject);
    if (supervisor) return lookAtSupervisor(supervisor);
    const host = snapshot().supervisors.get(parseUid(subject)?.supervisor ?? '');
    const process = findProcess(snapshot(), subject);
    if (host && process) lookAtProcess(host, process);
    else looks.delete(subject);
  };

  return {
    lookAt,
    hear: (transition) => {
      const { uid } = transition;
      const known = facts.get(uid);
      if (!known || !isUnexpectedExit(transition)) return;
      const seen = seeCrash(known, transition.id, moment().monotonic);
      if (seen === known) return;
      facts.set(uid, seen);
      ledger.countUp(uid);
      lookAt(uid);
    },
    forget: (subject) => {
      ledger.endAll(subject, 'gone');
      facts.delete(subject);
      looks.delete(subject);
    },
    lookAtDue: () => {
      for (const [subject, at] of Array.from(looks)) if (at <= moment().monotonic) lookAt(subject);
    },
    next: () => {
      let next = Infinity;
      for (const at of looks.values()) next = Math.min(next, at);
      return next;
    },
    forgetScopes: () => scoped.forEach(({ scope }) => scope.forget()),
  };
}

function whyOf({ supervisor, process }: Subject, now: number): string {
  if (process === null) return supervisor.error?.message ?? '';
  const { fall, flapping, state } = process;
  if (flapping !== null) return flappingText(process, flapping);
  // Also of one that runs again: a message is read later than it is written.
  if (fall === null || state === 'STOPPED') return whyText(process, supervisor, now);
  return fall.lastLine === '' ? formatReason(fall.reason) : `${formatReason(fall.reason)}: ${fall.lastLine}`;
}

/** Why, as it is known by now; '' when there is nothing to say any more. */
export function whyNow(snapshot: Snapshot, { supervisor, uid }: Incident, now: number): string {
  const host = snapshot.supervisors.get(supervisor);
  if (!host) return '';
  if (uid === null) return whyOf({ supervisor: host, process: null }, now);
  const process = host.processes.get(uid);
  return process && isTrusted(host) ? whyOf({ supervisor: host, process }, now) : '';
}
