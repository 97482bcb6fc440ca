// What was read of processes and what was reported of them, into the turn: the reading decides the state, the report
// explains it.
import { firstFall, isCrash, isUnexpected, retell } from '../crashes.ts';
import { toUid } from '../ids.ts';
import type { Process, ProcessReading } from '../model.ts';
import type { ReportedTransition } from '../observation.ts';
import { mergeReading } from './diff.ts';
import type { Recorded } from './transitions.ts';
import { REPORT_GRACE_MS } from './transitions.ts';
import type { Turn } from './turn.ts';
import { change, changeProcess, processIn } from './turn.ts';

export type Readings = {
  readonly supervisor: string;
  readonly readings: readonly ProcessReading[];
  /** Milliseconds since they were asked for: an answer may be old. */
  readonly askedMsAgo: number;
};

export function readProcesses(turn: Turn, { supervisor, readings, askedMsAgo }: Readings): void {
  const askedAt = turn.now - askedMsAgo;
  const clockOffset = turn.draft.get(supervisor)?.clockOffsetMs ?? 0;
  const read: Process[] = [];
  for (const reading of readings) {
    const uid = toUid(supervisor, reading.group, reading.name);
    const known = processIn(turn, uid);
    if (known && turn.recorder.isOutdated(uid, reading.state, askedAt)) continue;
    const merged = mergeReading(supervisor, known, reading);
    const process = known ? merged : withFirstFall(turn, merged, clockOffset);
    if (process !== known) changeProcess(turn, process);
    read.push(process);
  }
  for (const process of read) compare(turn, processIn(turn, process.uid) ?? process, askedAt);
}

function withFirstFall(turn: Turn, process: Process, clockOffset: number): Process {
  const fall = firstFall(process, clockOffset, turn.now);
  if (!fall) return process;
  if (isUnexpected(fall.reason)) {
    turn.effects.push({ type: 'fetch-last-words', uid: process.uid, transition: null });
  }
  return { ...process, fall };
}

/** Holds a reading against what was reported so far. `askedAt` null: the same reading once more. */
function compare(turn: Turn, process: Process, askedAt: number | null): void {
  const { recorder, attribution, unexplained, now } = turn;
  const source = turn.draft.get(process.supervisor)?.source ?? 'poll';
  const { recorded, deadline } = recorder.read(process, {
    now,
    asked: attribution.of(process.uid, now),
    graceMs: source === 'poll' ? 0 : REPORT_GRACE_MS,
    askedAt,
  });
  unexplained.delete(process.uid);
  if (deadline !== null) {
    unexplained.add(process.uid);
    turn.effects.push({ type: 'wake', at: deadline });
  }
  record(turn, recorded);
}

export function report(turn: Turn, supervisor: string, reported: ReportedTransition): void {
  const uid = toUid(supervisor, reported.group, reported.name);
  const source = turn.draft.get(supervisor)?.source ?? 'log';
  const { recorder, attribution, now } = turn;
  record(turn, recorder.report(uid, reported, { now, source, asked: attribution.of(uid, now) }));
}

function record(turn: Turn, recorded: Recorded | null): void {
  if (!recorded) return;
  const { transition, amended } = recorded;
  const { uid, id, to } = transition;
  turn.transitions.push(transition);
  const process = processIn(turn, uid);
  const told = process && retell(process, transition, amended);
  if (told && told !== process) changeProcess(turn, told);
  if (!amended && isCrash(transition)) turn.effects.push({ type: 'fetch-last-words', uid, transition: id });
  if (to !== 'STARTING' && to !== 'STOPPING' && !process?.pending) turn.attribution.forget(uid);
}

/** Holds what no report has explained against the story again; nothing new was read. */
export function compareAgain(turn: Turn): void {
  const due = Array.from(turn.unexplained);
  turn.unexplained.clear();
  for (const uid of due) {
    const process = processIn(turn, uid);
    if (process) compare(turn, process, null);
  }
}

export function forgetProcesses(turn: Turn, uids: readonly string[]): void {
  for (const uid of uids) {
    turn.recorder.forget(uid);
    turn.attribution.forget(uid);
  }
  change(
    turn,
    uids.map((uid) => ({ type: 'process-removed', uid })),
  );
}
