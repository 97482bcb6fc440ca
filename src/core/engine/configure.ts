// Which supervisors there are, and in which order, when the configuration is another one.
import { draftSupervisor, draftSupervisors } from './draft.ts';
import { toInfo } from './diff.ts';
import { removeProcesses, updateSupervisor } from './observe.ts';
import type { SupervisorSpec } from './supervisor-info.ts';
import { toUnseen } from './supervisor-info.ts';
import type { Turn } from './turn.ts';
import { change } from './turn.ts';

/** `fresh`: those whose link is another one than before; nothing that is known of them holds. */
export function configure(turn: Turn, specs: readonly SupervisorSpec[], fresh: readonly string[]): void {
  const names = specs.map(({ name }) => name);
  const before = [...draftSupervisors(turn.draft).keys()];
  for (const name of before) {
    if (names.includes(name)) continue;
    forget(turn, name);
    change(turn, { type: 'supervisor-removed', name });
  }
  for (const spec of specs) {
    if (draftSupervisor(turn.draft, spec.name) && !fresh.includes(spec.name)) updateSupervisor(turn, spec.name, spec);
    else {
      forget(turn, spec.name);
      change(turn, { type: 'supervisor', supervisor: toInfo(toUnseen(spec)) });
    }
  }
  if ([...draftSupervisors(turn.draft).keys()].join('\n') !== names.join('\n')) {
    change(turn, { type: 'order', supervisors: names });
  }
}

function forget(turn: Turn, name: string): void {
  turn.memory.lastAnswer.delete(name);
  removeProcesses(turn, [...(draftSupervisor(turn.draft, name)?.processes.keys() ?? [])]);
}
