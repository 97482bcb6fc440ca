// The one way in: inputs come, events and effects go out. No clock, no timer, no socket: `now` is handed in.
import type { Snapshot, Transition } from '../model.ts';
import type { SupervisorSpec } from '../supervisor-info.ts';
import { toUnseen } from '../supervisor-info.ts';
import { createAttribution } from './attribution.ts';
import { configure } from './configure.ts';
import { observe } from './observe.ts';
import { compareAgain } from './record.ts';
import { createTimeline, lastLineOf } from './timeline.ts';
import { createRecorder } from './transitions.ts';
import type { EngineInput, EngineOutput, Memory, Turn } from './turn.ts';
import { beginTurn, changeProcess, endTurn, processIn } from './turn.ts';

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
  const memory: Memory = {
    timeline,
    recorder: createRecorder(timeline),
    attribution: createAttribution(),
    lastAnswer: new Map(),
    unexplained: new Set(),
  };
  let snapshot: Snapshot = {
    name: options.name,
    epoch: options.epoch,
    revision: 0,
    supervisors: new Map(options.supervisors.map((spec) => [spec.name, toUnseen(spec)])),
  };
  return {
    snapshot: () => snapshot,
    timeline: () => timeline.all(),
    handle: (input, now) => {
      const turn = beginTurn(memory, snapshot, now);
      take(turn, input);
      const ended = endTurn(turn, snapshot);
      snapshot = ended.snapshot;
      return ended.output;
    },
  };
}

function take(turn: Turn, input: EngineInput): void {
  switch (input.type) {
    case 'observed':
      return observe(turn, input.supervisor, input.observation);
    case 'pending':
      return input.uids.forEach((uid) => setPending(turn, uid, input));
    case 'asked':
      return input.uids.forEach((uid) => attribute(turn, uid, input));
    case 'configured':
      return configure(turn, input.supervisors, input.fresh);
    case 'last-words':
      return keepLastWords(turn, input);
    case 'tick':
      return compareAgain(turn);
  }
}

type Input<Type extends EngineInput['type']> = Extract<EngineInput, { type: Type }>;

function setPending(turn: Turn, uid: string, { action, by }: Input<'pending'>): void {
  if (action) turn.attribution.begin(uid, { by, action });
  else turn.attribution.end(uid, turn.now);
  const process = processIn(turn, uid);
  if (process && process.pending !== action) changeProcess(turn, { ...process, pending: action });
}

function attribute(turn: Turn, uid: string, { action, by }: Input<'asked'>): void {
  if (action) turn.attribution.call(uid, { by, action }, turn.now);
  else turn.attribution.withdraw(uid, by);
}

function keepLastWords(turn: Turn, { uid, transition, words }: Input<'last-words'>): void {
  if (transition !== null) {
    const amended = turn.timeline.amend(transition, { lastWords: words });
    if (amended) turn.transitions.push(amended);
  }
  const process = processIn(turn, uid);
  const lastLine = lastLineOf(words);
  if (process?.fall && process.fall.lastLine !== lastLine) {
    changeProcess(turn, { ...process, fall: { ...process.fall, lastLine } });
  }
}
