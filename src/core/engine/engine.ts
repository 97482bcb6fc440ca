// The one way in: inputs come, events and effects go out. No clock, no timer, no socket: `now` is handed in.
import { createAskers } from './attribution.ts';
import { diffInfo, findGone, mergeReading, toInfo } from './diff.ts';
import { firstFall, isUnexpected, isUnexpectedFall, retell } from '../crashes.ts';
import { parseUid, toUid } from '../ids.ts';
import type {
  Change,
  LastWords,
  Process,
  ProcessAction,
  ProcessReading,
  Snapshot,
  SupervisorInfo,
  Transition,
} from '../model.ts';
import { mergeChanges } from './merge-changes.ts';
import type { Observation, ReportedTransition } from '../observation.ts';
import type { SessionEvent } from '../ports.ts';
import { createDraft } from './reduce.ts';
import type { SupervisorSpec } from '../supervisor-info.ts';
import { settleClockOffset, settleError, settleLatency, settlePeriod, toUnseen } from '../supervisor-info.ts';
import { createTimeline, lastLineOf } from './timeline.ts';
import type { Recorded } from './transitions.ts';
import { REPORT_GRACE_MS, createRecorder } from './transitions.ts';

export type EngineInput =
  | { readonly type: 'observed'; readonly supervisor: string; readonly observation: Observation }
  /** A command begins (`action`) or ends (null) on these processes. */
  | {
      readonly type: 'pending';
      readonly uids: readonly string[];
      readonly action: ProcessAction | null;
      readonly by: string;
    }
  /** Another multivisor makes a call for these: for the timeline alone. `action` null: it came to nothing. */
  | {
      readonly type: 'asked';
      readonly uids: readonly string[];
      readonly action: ProcessAction | null;
      readonly by: string;
    }
  /** These and no others are watched from now on; `fresh` are those whose link is another one than before. */
  | { readonly type: 'configured'; readonly supervisors: readonly SupervisorSpec[]; readonly fresh: readonly string[] }
  | { readonly type: 'last-words'; readonly uid: string; readonly transition: number | null; readonly words: LastWords }
  | { readonly type: 'tick' };

export type Effect =
  /** Fetch what it wrote last; `transition` null: it was already down when we first saw it. */
  | { readonly type: 'fetch-last-words'; readonly uid: string; readonly transition: number | null }
  | { readonly type: 'wake'; readonly at: number };

export type EngineOutput = { readonly events: readonly SessionEvent[]; readonly effects: readonly Effect[] };

export type Engine = {
  readonly snapshot: () => Snapshot;
  readonly timeline: () => readonly Transition[];
  readonly handle: (input: EngineInput, now: number) => EngineOutput;
};

export function createEngine(options: {
  readonly name: string;
  readonly epoch: string;
  readonly supervisors: readonly SupervisorSpec[];
}): Engine {
  const timeline = createTimeline();
  const recorder = createRecorder(timeline);
  const lastAnswer = new Map<string, number>();
  const askers = createAskers();
  /** Their reading is ahead of what was reported; looked at again when the grace is over. */
  const unexplained = new Set<string>();
  let snapshot: Snapshot = {
    name: options.name,
    epoch: options.epoch,
    revision: 0,
    supervisors: new Map(options.supervisors.map((spec) => [spec.name, toUnseen(spec)])),
  };

  const handle = (input: EngineInput, now: number): EngineOutput => {
    const before = snapshot;
    const changes: Change[] = [];
    const transitions: Transition[] = [];
    const effects: Effect[] = [];
    const others: SessionEvent[] = [];
    const draft = createDraft(before.supervisors);

    const change = (more: readonly Change[]) => {
      // One by one: as arguments of one call, the readings of a hostile supervisor overflow the stack.
      for (const each of more) changes.push(each);
      draft.apply(more);
    };
    const processOf = (uid: string) =>
      draft
        .supervisors()
        .get(parseUid(uid)?.supervisor ?? '')
        ?.processes.get(uid);

    const record = (recorded: Recorded | null) => {
      if (!recorded) return;
      const { transition, amended } = recorded;
      const { uid, id, to } = transition;
      transitions.push(transition);
      const process = processOf(uid);
      const told = process && retell(process, transition, amended);
      if (told && told !== process) change([{ type: 'process', process: told }]);
      if (!amended && isUnexpectedFall(transition)) effects.push({ type: 'fetch-last-words', uid, transition: id });
      if (to !== 'STARTING' && to !== 'STOPPING' && !process?.pending) askers.forget(uid);
    };

    const compare = (process: Process, askedAt: number | null) => {
      const reports = draft.get(process.supervisor)?.source ?? 'poll';
      const { recorded, deadline } = recorder.read(process, {
        now,
        asked: askers.of(process.uid, now),
        graceMs: reports === 'poll' ? 0 : REPORT_GRACE_MS,
        askedAt,
      });
      unexplained.delete(process.uid);
      if (deadline !== null) {
        unexplained.add(process.uid);
        effects.push({ type: 'wake', at: deadline });
      }
      record(recorded);
    };

    const read = (supervisor: string, readings: readonly ProcessReading[], askedMsAgo = 0) => {
      const askedAt = now - askedMsAgo;
      const clockOffset = draft.get(supervisor)?.clockOffsetMs ?? 0;
      const merged = readings.flatMap((reading) => {
        const uid = toUid(supervisor, reading.group, reading.name);
        const known = processOf(uid);
        if (known && recorder.isOutdated(uid, reading.state, askedAt)) return [];
        const process = mergeReading(supervisor, known, reading);
        if (known) return { known, process };
        const fall = firstFall(process, clockOffset, now);
        if (fall && isUnexpected(fall.reason)) {
          effects.push({ type: 'fetch-last-words', uid: process.uid, transition: null });
        }
        return { known, process: fall ? { ...process, fall } : process };
      });
      change(
        merged.filter(({ known, process }) => known !== process).map(({ process }) => ({ type: 'process', process })),
      );
      merged.forEach(({ process }) => compare(processOf(process.uid) ?? process, askedAt));
    };

    const remove = (uids: readonly string[]) => {
      uids.forEach((uid) => [recorder.forget(uid), askers.forget(uid)]);
      change(uids.map((uid) => ({ type: 'process-removed', uid })));
    };

    const update = (name: string, fields: Partial<SupervisorInfo>) => {
      const supervisor = draft.get(name);
      if (supervisor) change(diffInfo(supervisor, fields));
    };

    const report = (name: string, reported: ReportedTransition) => {
      const uid = toUid(name, reported.group, reported.name);
      const source = draft.get(name)?.source ?? 'log';
      record(recorder.report(uid, reported, { now, source, asked: askers.of(uid, now) }));
    };

    const forget = (name: string) => {
      lastAnswer.delete(name);
      remove([...(draft.get(name)?.processes.keys() ?? [])]);
    };

    const configure = (specs: readonly SupervisorSpec[], fresh: readonly string[]) => {
      const wanted = new Set(specs.map(({ name }) => name));
      const gone = [...draft.supervisors().keys()].filter((name) => !wanted.has(name));
      gone.forEach(forget);
      change(gone.map((name) => ({ type: 'supervisor-removed', name })));
      for (const spec of specs) {
        if (fresh.includes(spec.name) || !draft.get(spec.name)) {
          forget(spec.name);
          change([{ type: 'supervisor', supervisor: toInfo(toUnseen(spec)) }]);
        } else update(spec.name, spec);
      }
      const names = specs.map(({ name }) => name);
      if ([...draft.supervisors().keys()].join('\n') !== names.join('\n'))
        change([{ type: 'order', supervisors: names }]);
    };

    const observe = (name: string, observation: Observation) => {
      const supervisor = draft.get(name);
      if (!supervisor) return;
      switch (observation.type) {
        case 'connecting':
          // Each further attempt at a dead host is no news: it stays down, with its error, until it answers.
          break;
        case 'identity': {
          const { identification, version, apiVersion, pid, state } = observation.identity;
          lastAnswer.set(name, now);
          update(name, { identification, version, apiVersion, pid, state });
          break;
        }
        case 'all': {
          lastAnswer.set(name, now);
          update(name, {
            link: 'up',
            error: null,
            staleSince: null,
            pollMs: settlePeriod(supervisor.pollMs, observation.pollMs),
            latencyMs: settleLatency(supervisor.latencyMs, observation.latencyMs),
            clockOffsetMs: settleClockOffset(supervisor.clockOffsetMs, observation.hostNow, now),
          });
          remove(findGone(supervisor, observation.readings));
          read(name, observation.readings, observation.askedMsAgo);
          break;
        }
        case 'some':
          lastAnswer.set(name, now);
          remove(
            observation.gone.map((rpcName) => `${name}:${rpcName}`).filter((uid) => supervisor.processes.has(uid)),
          );
          read(name, observation.readings, observation.askedMsAgo);
          break;
        case 'transitions':
          lastAnswer.set(name, now);
          observation.transitions.forEach((reported) => report(name, reported));
          break;
        case 'source':
          update(name, { source: observation.source, sourceNote: observation.note });
          break;
        case 'agent':
          update(name, { agent: observation.process });
          break;
        case 'gap':
          others.push({ type: 'gap', supervisor: name, message: observation.message });
          break;
        case 'down': {
          const staleSince = supervisor.staleSince ?? lastAnswer.get(name) ?? null;
          update(name, { link: 'down', error: settleError(supervisor.error, observation.error), staleSince });
          break;
        }
      }
    };

    switch (input.type) {
      case 'observed':
        observe(input.supervisor, input.observation);
        break;
      case 'pending':
        for (const uid of input.uids) {
          const process = processOf(uid);
          if (input.action) askers.begin(uid, { by: input.by, action: input.action });
          else askers.end(uid, now);
          if (process && process.pending !== input.action) {
            change([{ type: 'process', process: { ...process, pending: input.action } }]);
          }
        }
        break;
      case 'asked':
        for (const uid of input.uids) {
          if (input.action) askers.call(uid, { by: input.by, action: input.action }, now);
          else askers.withdraw(uid, input.by);
        }
        break;
      case 'configured':
        configure(input.supervisors, input.fresh);
        break;
      case 'last-words': {
        const process = processOf(input.uid);
        if (input.transition !== null) {
          const amended = timeline.amend(input.transition, { lastWords: input.words });
          if (amended) transitions.push(amended);
        }
        const lastLine = lastLineOf(input.words);
        if (process?.fall && process.fall.lastLine !== lastLine) {
          change([{ type: 'process', process: { ...process, fall: { ...process.fall, lastLine } } }]);
        }
        break;
      }
      case 'tick': {
        const due = Array.from(unexplained);
        unexplained.clear();
        due.flatMap((uid) => processOf(uid) ?? []).forEach((process) => compare(process, null));
        break;
      }
    }

    const events = [...others];
    if (transitions.length > 0) events.unshift({ type: 'transitions', transitions });
    if (changes.length > 0) {
      snapshot = { ...before, revision: before.revision + 1, supervisors: draft.supervisors() };
      const delta = { from: before.revision, to: snapshot.revision, changes: mergeChanges(changes) };
      events.unshift({ type: 'delta', delta, before, snapshot });
    }
    return { events, effects };
  };

  return { snapshot: () => snapshot, timeline: () => timeline.all(), handle };
}
