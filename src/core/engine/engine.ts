// The one way in: inputs come, events and effects go out. No clock, no timer, no socket: the moment is handed in.
import type { FlappingRule } from '../flapping.ts';
import { FLAPPING_RULE } from '../flapping.ts';
import type { Snapshot, Transition } from '../model.ts';
import type { Moment } from '../ports.ts';
import { createAttribution } from './attribution.ts';
import { noticeClockSet } from './clock-set.ts';
import type { EngineInput } from './handle.ts';
import { handle } from './handle.ts';
import type { SupervisorSpec } from './supervisor-info.ts';
import { toUnseen } from './supervisor-info.ts';
import { createTimeline } from './timeline.ts';
import { createRecorder } from './transitions.ts';
import type { EngineMemory, EngineOutput } from './turn.ts';
import { beginTurn, endTurn } from './turn.ts';

export type Engine = {
  readonly snapshot: () => Snapshot;
  readonly timeline: () => readonly Transition[];
  readonly handle: (input: EngineInput, moment: Moment) => EngineOutput;
};

export function createEngine({
  name,
  epoch,
  supervisors,
  flapping = FLAPPING_RULE,
}: {
  readonly name: string;
  readonly epoch: string;
  readonly supervisors: readonly SupervisorSpec[];
  readonly flapping?: FlappingRule;
}): Engine {
  const timeline = createTimeline();
  const memory: EngineMemory = {
    timeline,
    recorder: createRecorder(timeline),
    attribution: createAttribution(),
    lastAnswer: new Map(),
    unexplained: new Set(),
    fellAt: new Map(),
    ends: new Map(),
    flappingRule: flapping,
    wallLead: null,
  };
  const unseen = new Map(supervisors.map((spec) => [spec.name, toUnseen(spec)]));
  let snapshot: Snapshot = { name, epoch, revision: 0, supervisors: unseen };
  return {
    snapshot: () => snapshot,
    timeline: () => timeline.all(),
    handle: (input, moment) => {
      const turn = beginTurn(memory, snapshot, moment);
      noticeClockSet(turn);
      handle(turn, input);
      const ended = endTurn(turn, snapshot);
      snapshot = ended.snapshot;
      return ended.output;
    },
  };
}
