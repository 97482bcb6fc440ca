// What becomes of the order, in words, each of them once.
import type { OrderNotes } from './order-notes.ts';
import type { OrderPlan } from './order-plan.ts';

export function createNoteTeller(say: (line: string) => void): (plan: OrderPlan, notes: OrderNotes) => void {
  const last = new Map<string, string>();
  return ({ programs }, notes) => {
    for (const { name, targets } of programs) {
      const said = targets
        .flatMap(({ target }) => notes[target] ?? [])
        .filter(({ pid, words }) => pid !== null || words !== '');
      if (said.length === 0) {
        last.delete(name);
        continue;
      }
      // Why it is not ready yet, changes with every answer; only that its time is over is news.
      const waits = said.find(({ pid }) => pid === null);
      const late = said.find(({ failed }) => failed);
      const open = said.filter(({ words }) => words !== '');
      const words = waits?.words ?? late?.words ?? (open.length > 0 ? '' : 'is ready');
      if (words === (last.get(name) ?? '')) continue;
      last.set(name, words);
      if (words !== '') say(`${name} ${wordsFor(words)}`);
    }
  };
}

function wordsFor(words: string): string {
  if (words.startsWith('waiting')) return words.replace('waiting', 'waits');
  return words === 'is ready' ? words : `is ${words}`;
}
