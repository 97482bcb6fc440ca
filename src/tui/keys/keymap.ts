// Which key does what, with the remaps of the configuration in place.
import type { Binding } from './key-table.ts';
import { BINDINGS } from './key-table.ts';
import type { Screen } from './rule.ts';

export type Keymap = {
  readonly bindings: readonly Binding[];
  /** Remaps that could not be taken, in words. */
  readonly problems: readonly string[];
};

/** Puts the keys of the configuration in place: `restart = ctrl-t`; several keys are separated by spaces. */
export function createKeymap(remaps: Readonly<Record<string, string>>): Keymap {
  const problems: string[] = [];
  const wanted = new Map<string, readonly string[]>();
  for (const [action, text] of Object.entries(remaps)) {
    const keys = text.split(/\s+/u).filter((key) => key !== '');
    if (!BINDINGS.some((binding) => binding.action === action)) problems.push(`[keys] ${action}: no such action`);
    else if (keys.length === 0) problems.push(`[keys] ${action}: no key given`);
    else wanted.set(action, keys);
  }
  const taken = new Set([...wanted.values()].flat());
  const bindings = BINDINGS.map((binding): Binding => {
    const own = wanted.get(binding.action);
    if (own) return { ...binding, keys: own };
    const left = binding.keys.filter((key) => !taken.has(key) || !overlapsAny(binding, key, wanted));
    if (left.length === 0) problems.push(`[keys] ${binding.action} has no key any more`);
    return { ...binding, keys: left };
  });
  return { bindings, problems };
}

/** Whether a remapped action that took this key works on a screen where this binding does. */
function overlapsAny(binding: Binding, key: string, wanted: ReadonlyMap<string, readonly string[]>): boolean {
  return BINDINGS.some((other) => {
    const shares =
      !other.screens || !binding.screens || other.screens.some((screen) => binding.screens?.includes(screen));
    return wanted.get(other.action)?.includes(key) === true && shares;
  });
}

export function worksOn(binding: Binding, screen: Screen): boolean {
  return binding.screens === undefined || binding.screens.includes(screen);
}

/** A binding for one screen goes before one for all. `prefix`: pressed twice (`gg`) it is another one. */
export function findBinding(
  { bindings }: Keymap,
  screen: Screen,
  key: string,
): { readonly binding: Binding | null; readonly prefix: boolean } {
  const here = bindings.filter((binding) => worksOn(binding, screen));
  const matching = here.filter((binding) => binding.keys.includes(key));
  const binding = matching.find((candidate) => candidate.screens !== undefined) ?? matching[0] ?? null;
  const prefix = here.some((other) => other.keys.includes(key + key));
  return { binding, prefix };
}

/** The keys as they are shown to people: `j ↓`, `⎵` is spelled out. */
export function keyLabel(binding: Binding): string {
  return binding.keys.map((key) => KEY_LABELS[key] ?? key).join(' ');
}

const KEY_LABELS: Readonly<Record<string, string>> = {
  up: '↑',
  down: '↓',
  left: '←',
  right: '→',
  pageup: 'PgUp',
  pagedown: 'PgDn',
};
