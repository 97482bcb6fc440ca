// What happened to a process, into the timeline and onto the process; and what was read against what was reported.
import { isCrash, isFall, retell } from '../crashes.ts';
import { toUid } from '../ids.ts';
import type { LastWords, Process, Transition } from '../model.ts';
import type { ReportedTransition } from '../observation.ts';
import { draftSupervisor } from './draft.ts';
import { countEnd } from './flap.ts';
import { lastLineOf } from './timeline.ts';
import type { Recorded } from './transitions.ts';
import { REPORT_GRACE_MS } from './transitions.ts';
import type { Turn } from './turn.ts';
import { change, processOf } from './turn.ts';

/** A report: it explains, and changes no state. */
export function report(turn: Turn, supervisor: string, reported: ReportedTransition): void {
  const { memory, now, monotonic, draft } = turn;
  const uid = toUid(supervisor, reported.group, reported.name);
  const source = draftSupervisor(draft, supervisor)?.source ?? 'log';
  const asked = memory.attribution.of(uid, monotonic);
  record(turn, memory.recorder.report(uid, reported, { now, monotonic, source, asked }));
}

/** A reading against the story so far; `askedAt` null: the reading that is known already. */
export function compare(turn: Turn, process: Process, askedAt: number | null): void {
  const { memory, now, monotonic, draft, effects } = turn;
  const reports = draftSupervisor(draft, process.supervisor)?.source ?? 'poll';
  const { recorded, deadline } = memory.recorder.read(process, {
    now,
    monotonic,
    asked: memory.attribution.of(process.uid, monotonic),
    graceMs: reports === 'poll' ? 0 : REPORT_GRACE_MS,
    askedAt,
  });
  memory.unexplained.delete(process.uid);
  if (deadline !== null) {
    memory.unexplained.add(process.uid);
    effects.push({ type: 'wake', at: deadline });
  }
  record(turn, recorded);
}

/** What no report has explained in time becomes a transition of its own. */
export function compareUnexplained(turn: Turn): void {
  const { unexplained } = turn.memory;
  const due = Array.from(unexplained);
  unexplained.clear();
  for (const uid of due) {
    const process = processOf(turn, uid);
    if (process) compare(turn, process, null);
  }
}

/** `transition` null: of a process that was already down when it was first seen. */
export function recordLastWords(
  turn: Turn,
  { uid, transition, words }: { readonly uid: string; readonly transition: number | null; readonly words: LastWords },
): void {
  const amended = transition === null ? null : turn.memory.timeline.amend(transition, { lastWords: words });
  if (amended) turn.transitions.push(amended);
  const process = processOf(turn, uid);
  const lastLine = lastLineOf(words);
  if (process?.fall && process.fall.lastLine !== lastLine) {
    change(turn, { type: 'process', process: { ...process, fall: { ...process.fall, lastLine } } });
  }
}

/** How long it has been down for, or up again, before this transition, which may be a fall itself. */
function sinceFall({ memory, monotonic }: Turn, { uid, to }: Transition): number {
  const fellAt = memory.fellAt.get(uid) ?? -Infinity;
  if (isFall(to)) memory.fellAt.set(uid, monotonic);
  return monotonic - fellAt;
}

function record(turn: Turn, recorded: Recorded | null): void {
  if (!recorded) return;
  const { transition, amended, counted } = recorded;
  const { uid, id, to } = transition;
  turn.transitions.push(transition);
  const process = processOf(turn, uid);
  const told =
    process && retell(process, transition, { counted: amended || counted, sinceFallMs: sinceFall(turn, transition) });
  if (told && told !== process) change(turn, { type: 'process', process: told });
  if (!amended) countEnd(turn, transition);
  if ((!amended || counted) && isCrash(transition))
    turn.effects.push({ type: 'fetch-last-words', uid, transition: id });
  if (to !== 'STARTING' && to !== 'STOPPING' && !process?.pending) turn.memory.attribution.forget(uid);
}
