// Whether a process flaps, onto the draft: with each transition, and when it has been quiet for long enough.
import { addTransition, countEnds, NO_ENDS, quietAt } from '../flapping.ts';
import type { Flapping, Transition } from '../model.ts';
import type { Turn } from './turn.ts';
import { change, processOf } from './turn.ts';

export function countEnd(turn: Turn, transition: Transition): void {
  const { memory, monotonic } = turn;
  const { uid } = transition;
  const known = memory.ends.get(uid) ?? NO_ENDS;
  const ends = addTransition(known, transition, { at: monotonic, rule: memory.flappingRule });
  memory.ends.set(uid, ends);
  if (ends.flapping && ends.lastAt !== known.lastAt) {
    tell(turn, uid, { times: countEnds(ends), minutes: memory.flappingRule.minutes });
    if (!known.flapping) turn.effects.push({ type: 'wake', at: quietAt(ends, memory.flappingRule) });
  } else if (known.flapping && !ends.flapping) tell(turn, uid, null);
}

/** One that ends once more is only looked at again later. */
export function leaveQuiet(turn: Turn): void {
  const { memory, monotonic, effects } = turn;
  let next = Infinity;
  for (const [uid, ends] of memory.ends) {
    if (!ends.flapping) continue;
    const at = quietAt(ends, memory.flappingRule);
    if (at > monotonic) next = Math.min(next, at);
    else {
      memory.ends.delete(uid);
      tell(turn, uid, null);
    }
  }
  if (next < Infinity) effects.push({ type: 'wake', at: next });
}

function tell(turn: Turn, uid: string, flapping: Flapping | null): void {
  const process = processOf(turn, uid);
  if (process) change(turn, { type: 'process', process: { ...process, flapping } });
}
