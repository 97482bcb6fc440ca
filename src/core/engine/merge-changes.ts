import { parseUid } from '../ids.ts';
import type { Change } from '../model.ts';

/** The shortest list that leads to the same snapshot: of several changes to one thing only the last matters. */
export function mergeChanges(changes: readonly Change[]): Change[] {
  if (changes.length < 2) return [...changes];
  // A changed entry keeps its first place: a process must come after the news of its supervisor.
  const merged = new Map<string, Change>();
  for (const change of changes) {
    switch (change.type) {
      case 'supervisor':
        merged.set(`s ${change.supervisor.name}`, change);
        break;
      case 'supervisor-removed':
        for (const [key, earlier] of merged) if (isOf(earlier, change.name)) merged.delete(key);
        merged.set(`r ${change.name}`, change);
        break;
      case 'order':
        // It is about all that came before.
        merged.delete('order');
        merged.set('order', change);
        break;
      case 'process':
        merged.set(`p ${change.process.uid}`, change);
        break;
      case 'process-removed':
        merged.set(`p ${change.uid}`, change);
        break;
    }
  }
  return [...merged.values()];
}

function isOf(change: Change, supervisor: string): boolean {
  switch (change.type) {
    case 'supervisor':
      return change.supervisor.name === supervisor;
    case 'supervisor-removed':
      return change.name === supervisor;
    case 'order':
      return false;
    case 'process':
      return change.process.supervisor === supervisor;
    case 'process-removed':
      return parseUid(change.uid)?.supervisor === supervisor;
  }
}
