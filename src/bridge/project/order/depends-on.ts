// `depends_on = db:healthy, migrate:completed`.
import type { Dependency } from './order-plan.ts';

const CONDITIONS: Readonly<Record<string, Dependency['condition']>> = {
  started: 'started',
  healthy: 'healthy',
  completed: 'completed',
};

export type Wanted = {
  readonly name: string;
  /** Null: as much as can be known of it. */
  readonly condition: Dependency['condition'] | null;
};

/** What cannot be read is in `problems`, in words. */
export function parseDependsOn(text: string): {
  readonly wanted: readonly Wanted[];
  readonly problems: readonly string[];
} {
  const problems: string[] = [];
  const wanted = text
    .split(/[\s,]+/u)
    .filter((word) => word !== '')
    .flatMap((word): readonly Wanted[] => {
      const colon = word.lastIndexOf(':');
      if (colon < 0) return [{ name: word, condition: null }];
      const said = word.slice(colon + 1);
      const condition = Object.hasOwn(CONDITIONS, said) ? CONDITIONS[said] : undefined;
      if (condition !== undefined) return [{ name: word.slice(0, colon), condition }];
      problems.push(`depends_on says "${word}"; a program is started, healthy or completed, as in db:healthy`);
      return [];
    });
  return { wanted, problems };
}

/** The first circle that is found, from a name back to itself; null when there is none. */
export function findCircle(after: ReadonlyMap<string, readonly string[]>): readonly string[] | null {
  const done = new Set<string>();
  const walk = (name: string, path: readonly string[]): readonly string[] | null => {
    const seen = path.indexOf(name);
    if (seen >= 0) return [...path.slice(seen), name];
    if (done.has(name)) return null;
    for (const next of after.get(name) ?? []) {
      const circle = walk(next, [...path, name]);
      if (circle) return circle;
    }
    done.add(name);
    return null;
  };
  for (const name of after.keys()) {
    const circle = walk(name, []);
    if (circle) return circle;
  }
  return null;
}
