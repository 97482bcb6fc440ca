// The merge order of django-supervisor: built-in values, the project's files, the command line; `__defaults__` fills
// what is missing, `__overrides__` wins over everything; then what is excluded goes, and who is left needs a command.
import { didYouMean } from '../../../core/config/nearest.ts';
import { DEFAULTS, OVERRIDES, programNames } from './built-in-layers.ts';
import type { Layer, Merged, ConfOrigin, ConfSetting } from './layers.ts';
import { overlay } from './layers.ts';
import { parseBoolean } from './parse-boolean.ts';
import type { LayerProblem } from './read-layer.ts';

export type MergeResult = {
  readonly merged: Merged;
  /** Programs that are left out. */
  readonly excluded: readonly string[];
  readonly problems: readonly LayerProblem[];
};

export function mergeLayers(layers: readonly Layer[]): MergeResult {
  const merged = overlay(layers);
  const programs = [...merged].filter(
    ([name]) => name.startsWith('program:') && name !== DEFAULTS && name !== OVERRIDES,
  );
  const defaults = merged.get(DEFAULTS) ?? new Map<string, ConfSetting>();
  const overrides = merged.get(OVERRIDES) ?? new Map<string, ConfSetting>();
  for (const [, settings] of programs) {
    defaults.forEach((setting, key) => {
      if (!settings.has(key)) settings.set(key, marked(setting, '__defaults__'));
    });
    overrides.forEach((setting, key) => settings.set(key, marked(setting, '__overrides__')));
  }
  merged.delete(DEFAULTS);
  merged.delete(OVERRIDES);
  return finish(merged);
}

function finish(merged: Map<string, Map<string, ConfSetting>>): MergeResult {
  const problems: LayerProblem[] = [];
  const before = programNames(merged);
  for (const [name, settings] of merged) {
    const exclude = settings.get('exclude');
    if (!exclude) continue;
    const excluded = parseBoolean(exclude.value);
    if (excluded === null) problems.push(problemAt(exclude.origin, `exclude of [${name}] is neither true nor false`));
    if (excluded) merged.delete(name);
  }
  pruneGroups(merged, before, problems);
  for (const [name, settings] of merged) {
    if (!/^(?:program|fcgi-program|eventlistener):/u.test(name) || settings.has('command')) continue;
    const [first] = [...settings.values()].filter(({ origin }) => origin.via === 'file');
    const program = name.slice(name.indexOf(':') + 1);
    problems.push(problemAt(first?.origin, `program "${program}" has no command configured in [${name}]`));
  }
  const left = programNames(merged);
  return { merged, excluded: before.filter((name) => !left.includes(name)), problems };
}

/** supervisord refuses a group that names what is not there. */
function pruneGroups(
  merged: Map<string, Map<string, ConfSetting>>,
  known: readonly string[],
  problems: LayerProblem[],
) {
  const left = new Set(programNames(merged));
  for (const [name, settings] of merged) {
    const programs = settings.get('programs');
    if (!name.startsWith('group:') || !programs) continue;
    const members = programs.value.split(',').map((member) => member.trim());
    for (const member of members.filter((each) => each !== '' && !known.includes(each))) {
      problems.push(problemAt(programs.origin, `[${name}] names no program "${member}"${didYouMean(member, known)}`));
    }
    const kept = members.filter((member) => left.has(member));
    if (kept.length === 0) merged.delete(name);
    else if (kept.length < members.length) settings.set('programs', { ...programs, value: kept.join(',') });
  }
}

function marked(setting: ConfSetting, via: '__defaults__' | '__overrides__'): ConfSetting {
  // What the command line put into [program:__defaults__] is still said by the command line.
  return setting.origin.via === 'command line' ? setting : { ...setting, origin: { ...setting.origin, via } };
}

function problemAt(origin: ConfOrigin | undefined, message: string): LayerProblem {
  return { file: origin?.file ?? '', line: origin?.line ?? 0, message };
}
