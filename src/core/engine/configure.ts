// Another configuration while the engine runs: what is gone is forgotten, what is new begins unseen.
import type { SupervisorSpec } from '../supervisor-info.ts';
import { toUnseen } from '../supervisor-info.ts';
import { toInfo } from './diff.ts';
import { update } from './observe.ts';
import { forgetProcesses } from './record.ts';
import type { Turn } from './turn.ts';
import { change } from './turn.ts';

export function configure(turn: Turn, specs: readonly SupervisorSpec[], fresh: readonly string[]): void {
  const { draft } = turn;
  const names = specs.map(({ name }) => name);
  const wanted = new Set(names);
  const gone = [...draft.supervisors().keys()].filter((name) => !wanted.has(name));
  for (const name of gone) forget(turn, name);
  change(
    turn,
    gone.map((name) => ({ type: 'supervisor-removed', name })),
  );
  for (const spec of specs) {
    if (fresh.includes(spec.name) || !draft.get(spec.name)) {
      forget(turn, spec.name);
      change(turn, [{ type: 'supervisor', supervisor: toInfo(toUnseen(spec)) }]);
    } else update(turn, spec.name, spec);
  }
  if ([...draft.supervisors().keys()].join('\n') !== names.join('\n')) {
    change(turn, [{ type: 'order', supervisors: names }]);
  }
}

function forget(turn: Turn, name: string): void {
  turn.lastAnswer.delete(name);
  forgetProcesses(turn, [...(turn.draft.get(name)?.processes.keys() ?? [])]);
}
