// What a link tells, whatever its transport, onto the draft: one step for each kind of observation.
import { firstFall, isUnexpected } from '../crashes.ts';
import { toUid } from '../ids.ts';
import type { Process, ProcessReading, Supervisor, SupervisorInfo } from '../model.ts';
import type { Observation } from '../observation.ts';
import { diffInfo, findGone, mergeReading } from './diff.ts';
import { draftSupervisor } from './draft.ts';
import { compare, report } from './record.ts';
import { settleClockOffset, settleError, settleLatency, settlePeriod } from './supervisor-info.ts';
import type { Turn } from './turn.ts';
import { change, processOf } from './turn.ts';

export function observe(turn: Turn, name: string, observation: Observation): void {
  const supervisor = draftSupervisor(turn.draft, name);
  if (!supervisor) return;
  switch (observation.type) {
    case 'connecting':
      // Each further attempt at a dead host is no news: it stays down, with its error, until it answers.
      break;
    case 'identity': {
      const { identification, version, apiVersion, pid, state } = observation.identity;
      answered(turn, name);
      updateSupervisor(turn, name, { identification, version, apiVersion, pid, state });
      break;
    }
    case 'all':
      answered(turn, name);
      updateSupervisor(turn, name, toUp(supervisor, observation, turn.now));
      removeProcesses(turn, findGone(supervisor, observation.readings));
      read(turn, name, observation);
      break;
    case 'some': {
      const gone = observation.gone.map((rpcName) => `${name}:${rpcName}`);
      answered(turn, name);
      // Uptimes are told by the time that came with them, also when the clock there was set since the last full read.
      updateSupervisor(turn, name, {
        clockOffsetMs: settleClockOffset(supervisor.clockOffsetMs, observation.hostNow, turn.now),
      });
      removeProcesses(
        turn,
        gone.filter((uid) => supervisor.processes.has(uid)),
      );
      read(turn, name, observation);
      break;
    }
    case 'transitions':
      answered(turn, name);
      for (const reported of observation.transitions) report(turn, name, reported);
      break;
    case 'source':
      updateSupervisor(turn, name, { source: observation.source, sourceNote: observation.note });
      break;
    case 'agent':
      updateSupervisor(turn, name, { agent: observation.process });
      break;
    case 'notes':
      updateSupervisor(turn, name, { companions: keepSame(supervisor.companions, observation.companions) });
      takeNotes(turn, supervisor, observation.notes);
      break;
    case 'gap':
      turn.gaps.push({ type: 'gap', supervisor: name, message: observation.message });
      break;
    case 'down': {
      const staleSince = supervisor.staleSince ?? turn.memory.lastAnswer.get(name) ?? null;
      updateSupervisor(turn, name, {
        link: 'down',
        error: settleError(supervisor.error, observation.error),
        staleSince,
      });
      break;
    }
  }
}

function keepSame(known: readonly string[] | undefined, next: readonly string[]): readonly string[] {
  return known !== undefined && known.join() === next.join() ? known : next;
}

/** What is not in it, has nothing to be said of. */
function takeNotes(turn: Turn, { name, processes }: Supervisor, notes: Readonly<Record<string, string>>): void {
  for (const process of processes.values()) {
    const note = notes[`${process.group}:${process.name}`] ?? '';
    if (note === (process.note ?? '')) continue;
    const { note: _, ...rest } = processOf(turn, toUid(name, process.group, process.name)) ?? process;
    change(turn, { type: 'process', process: note === '' ? rest : { ...rest, note } });
  }
}

export function updateSupervisor(turn: Turn, name: string, fields: Partial<SupervisorInfo>): void {
  const supervisor = draftSupervisor(turn.draft, name);
  if (supervisor) for (const each of diffInfo(supervisor, fields)) change(turn, each);
}

export function removeProcesses(turn: Turn, uids: Iterable<string>): void {
  for (const uid of uids) {
    turn.memory.recorder.forget(uid);
    turn.memory.attribution.forget(uid);
    turn.memory.fellAt.delete(uid);
    turn.memory.ends.delete(uid);
    change(turn, { type: 'process-removed', uid });
  }
}

function answered({ memory, now }: Turn, name: string): void {
  memory.lastAnswer.set(name, now);
}

function toUp(
  { pollMs, latencyMs, clockOffsetMs }: Supervisor,
  answer: Extract<Observation, { type: 'all' }>,
  now: number,
): Partial<SupervisorInfo> {
  return {
    link: 'up',
    error: null,
    staleSince: null,
    pollMs: settlePeriod(pollMs, answer.pollMs),
    latencyMs: settleLatency(latencyMs, answer.latencyMs),
    clockOffsetMs: settleClockOffset(clockOffsetMs, answer.hostNow, now),
  };
}

type Answer = { readonly readings: readonly ProcessReading[]; readonly askedMsAgo?: number };

/** All readings are on the draft before the first is compared: what comes of one may be told of all. */
function read(turn: Turn, supervisor: string, { readings, askedMsAgo = 0 }: Answer): void {
  const askedAt = turn.monotonic - askedMsAgo;
  const uids: string[] = [];
  for (const reading of readings) {
    const uid = toUid(supervisor, reading.group, reading.name);
    const known = processOf(turn, uid);
    if (known && turn.memory.recorder.isOutdated(uid, reading.state, askedAt)) continue;
    const merged = mergeReading(supervisor, known, reading);
    const process = known ? merged : firstSeen(turn, merged);
    if (process !== known) change(turn, { type: 'process', process });
    uids.push(uid);
  }
  for (const uid of uids) {
    const process = processOf(turn, uid);
    if (process) compare(turn, process, askedAt);
  }
}

/** It may be down since before we came. */
function firstSeen({ draft, now, effects }: Turn, process: Process): Process {
  const clockOffsetMs = draftSupervisor(draft, process.supervisor)?.clockOffsetMs ?? 0;
  const fall = firstFall(process, clockOffsetMs, now);
  if (!fall) return process;
  if (isUnexpected(fall.reason)) effects.push({ type: 'fetch-last-words', uid: process.uid, transition: null });
  return { ...process, fall };
}
