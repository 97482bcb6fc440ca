// What all links of a session know of the past, asked at once.
import { noHistory } from '../history/history.ts';
import { raise } from '../own-faults.ts';
import type { Session, SupervisorLink, WaitOptions } from '../ports.ts';

export function createHistory(options: {
  readonly names: () => readonly string[];
  readonly linkOf: (supervisor: string) => SupervisorLink | undefined;
  readonly signal: AbortSignal;
}): Session['history'] {
  return ({ supervisors = options.names(), ...request }, { signal }) => {
    const wait = { signal: AbortSignal.any([signal, options.signal]) };
    const sources = supervisors.map(
      (name) => options.linkOf(name)?.history(request, wait) ?? [noHistory(name, 'no such supervisor')],
    );
    return merged(sources, wait);
  };
}

type Source<Item> = AsyncIterable<Item> | Iterable<Item>;

/** What several tell, each in its own order, as it comes; ends when all have, or when aborted. */
async function* merged<Item>(sources: readonly Source<Item>[], { signal }: WaitOptions): AsyncGenerator<Item> {
  const told: Item[] = [];
  const failures: unknown[] = [];
  let open = sources.length;
  let news = Promise.withResolvers<void>();
  const wake = () => news.resolve();
  const drain = async (source: Source<Item>) => {
    try {
      for await (const item of source) {
        told.push(item);
        wake();
        if (signal.aborted) return;
      }
    } catch (error) {
      failures.push(error);
    } finally {
      open -= 1;
      wake();
    }
  };
  signal.addEventListener('abort', wake);
  for (const source of sources) drain(source).catch(raise);
  try {
    while (!signal.aborted) {
      const waiting = told.splice(0);
      yield* waiting;
      if (waiting.length > 0) continue;
      if (failures.length > 0) throw failures[0];
      if (open === 0) return;
      await news.promise;
      news = Promise.withResolvers<void>();
    }
  } finally {
    signal.removeEventListener('abort', wake);
  }
}
