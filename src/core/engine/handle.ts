// One input, step by step, onto the draft of its turn.
import type { LastWords, ProcessAction } from '../model.ts';
import type { Observation } from '../observation.ts';
import { configure } from './configure.ts';
import { leaveQuiet } from './flap.ts';
import { observe } from './observe.ts';
import { compareUnexplained, recordLastWords } from './record.ts';
import type { SupervisorSpec } from './supervisor-info.ts';
import type { Turn } from './turn.ts';
import { change, processOf } from './turn.ts';

export type EngineInput =
  | { readonly type: 'observed'; readonly supervisor: string; readonly observation: Observation }
  /** A command begins (`action`) or ends (null) on these processes. */
  | ({ readonly type: 'pending' } & Concerned)
  /** Another multivisor makes a call for these: for the timeline alone. `action` null: it came to nothing. */
  | ({ readonly type: 'asked' } & Concerned)
  /** These and no others are watched from now on; `fresh` are those whose link is another one than before. */
  | { readonly type: 'configured'; readonly supervisors: readonly SupervisorSpec[]; readonly fresh: readonly string[] }
  | { readonly type: 'last-words'; readonly uid: string; readonly transition: number | null; readonly words: LastWords }
  | { readonly type: 'tick' };

type Concerned = { readonly uids: readonly string[]; readonly action: ProcessAction | null; readonly by: string };

export function handle(turn: Turn, input: EngineInput): void {
  switch (input.type) {
    case 'observed':
      return observe(turn, input.supervisor, input.observation);
    case 'pending':
      return setPending(turn, input);
    case 'asked':
      return attribute(turn, input);
    case 'configured':
      return configure(turn, input.supervisors, input.fresh);
    case 'last-words':
      return recordLastWords(turn, input);
    case 'tick':
      compareUnexplained(turn);
      return leaveQuiet(turn);
  }
}

function setPending(turn: Turn, { uids, action, by }: Concerned): void {
  const { attribution } = turn.memory;
  for (const uid of uids) {
    if (action) attribution.begin(uid, { by, action });
    else attribution.end(uid, turn.monotonic);
    const process = processOf(turn, uid);
    if (process && process.pending !== action) {
      change(turn, { type: 'process', process: { ...process, pending: action } });
    }
  }
}

function attribute({ memory, monotonic }: Turn, { uids, action, by }: Concerned): void {
  for (const uid of uids) {
    if (action) memory.attribution.call(uid, { by, action }, monotonic);
    else memory.attribution.withdraw(uid, by);
  }
}
