// Order and readiness, of which supervisord knows nothing: what waits is not started by it, but by the program
// `readiness`, once what it waits for is there. Everything else about these programs stays supervisord's.
import { resolve } from 'node:path';
import { didYouMean } from '../../../core/config/nearest.ts';
import type { Layer, Merged, ConfOrigin, ConfSetting } from '../supervisord-conf/layers.ts';
import { builtIn } from '../supervisord-conf/layers.ts';
import { findMainLog } from '../supervisord-conf/find-main-log.ts';
import { parseBoolean } from '../supervisord-conf/parse-boolean.ts';
import type { LayerProblem } from '../supervisord-conf/read-layer.ts';
import { groupsOf, processesOf, programSections } from '../run-directory/watch-plan.ts';
import type { Wanted } from './depends-on.ts';
import { findCircle, parseDependsOn } from './depends-on.ts';
import type { Dependency, OrderPlan, OrderedProgram } from './order-plan.ts';
import { CHECK_KINDS, ORDER_KEYS, READINESS } from './order-plan.ts';
import { expandChecks } from './expand-checks.ts';

export type ArrangeOptions = {
  /** Programs of the files that are left out. */
  readonly excluded: readonly string[];
  /** The ones that are started, with all that they depend on; none: all. */
  readonly only: readonly string[];
  readonly projectDir: string;
  /** Of supervisord. */
  readonly env: Readonly<Record<string, string | undefined>>;
};

export type Arranged = {
  readonly merged: Merged;
  /** Null: nothing waits and nothing has a check. */
  readonly order: OrderPlan | null;
  readonly problems: readonly LayerProblem[];
};

/** Whether any program says something of it. */
export function saysOrder(layers: readonly Layer[]): boolean {
  return layers.flat().some(({ settings }) => ORDER_KEYS.some((key) => settings.has(key)));
}

const DEFAULT_TIMEOUT_S = 60;
/** They serve the others. */
const OURS: readonly string[] = ['autoreload', READINESS];
const NOT_ASKED: ConfOrigin = { via: 'command line', file: null, line: null, detail: 'it is not among those to start' };

type Dependencies = ReadonlyMap<string, readonly Dependency[]>;

type Section = ReturnType<typeof programSections>[number];

export function arrangeOrder(merged: Merged, options: ArrangeOptions): Arranged {
  const problems: LayerProblem[] = [];
  const sections = programSections(merged);
  const after = readDependencies(sections, { excluded: options.excluded, problems });
  const circle = findCircle(new Map(Array.from(after, ([name, all]) => [name, all.map((each) => each.name)])));
  if (circle) {
    const origin = merged.get(`program:${circle[0]}`)?.get('depends_on')?.origin;
    const words = `depends_on goes round in a circle: ${circle.join(' → ')}; none of them could ever start`;
    problems.push({ file: origin?.file ?? '', line: origin?.line ?? 0, message: words });
  }
  // Left out by hand: then everything is started at once.
  const kept = merged.has(`program:${READINESS}`);
  const taken = merged.get(`program:${READINESS}`)?.get('command')?.origin;
  if (after.size > 0 && taken?.via === 'file') {
    const message = `[program:${READINESS}] has the name of the program that starts what waits; give it another one`;
    problems.push({ file: taken.file ?? '', line: taken.line ?? 0, message });
  }
  const chosen = options.only.length === 0 ? null : withDependencies(options.only, after);
  const complete = new Map(merged);
  for (const { section, name, settings } of sections) {
    const completes = [...after.values()].flat().some((each) => each.name === name && each.condition === 'completed');
    const wanted = chosen === null || chosen.has(name) || OURS.includes(name);
    const own = wanted ? settings : new Map(settings).set('autostart', { value: 'false', origin: NOT_ASKED });
    complete.set(section, rewrite(own, { held: kept && isHeld(own, after.get(name) ?? []), completes }));
  }
  const groups = groupsOf(merged);
  const named = new Set([...after.values()].flat().map(({ name }) => name));
  const programs = sections.flatMap((section): readonly OrderedProgram[] => {
    const { name, settings } = section;
    const own = after.get(name) ?? [];
    const asked = chosen === null || chosen.has(name);
    const concerned = own.length > 0 || named.has(name) || CHECK_KINDS.some((kind) => settings.has(`ready_${kind}`));
    if (!concerned) return [];
    return [toOrdered(section, { own, asked, group: groups.get(name) ?? name, merged, options, problems })];
  });
  return {
    merged: complete,
    order: kept && programs.length > 0 ? { programs, mainLog: findMainLog(merged) } : null,
    problems,
  };
}

function withDependencies(names: readonly string[], after: Dependencies): ReadonlySet<string> {
  const all = new Set<string>();
  const add = (name: string) => {
    if (all.has(name)) return;
    all.add(name);
    after.get(name)?.forEach((each) => add(each.name));
  };
  names.forEach(add);
  return all;
}

/** Also what tells by its log that it is ready: whoever starts it, knows where that log begins. */
function isHeld(settings: Section['settings'], own: readonly Dependency[]): boolean {
  const wanted = parseBoolean(settings.get('autostart')?.value ?? 'true') ?? true;
  return wanted && (own.length > 0 || settings.has('ready_log'));
}

function rewrite(settings: Section['settings'], { held, completes }: { held: boolean; completes: boolean }) {
  const next = new Map(settings);
  ORDER_KEYS.forEach((key) => next.delete(key));
  if (held) next.set('autostart', { value: 'false', origin: builtIn('it waits; the program "readiness" starts it') });
  if (!completes) return next;
  // It is over once it has ended: neither that, nor a quick end, is a mistake.
  const once = { autorestart: 'false', startsecs: '0', autoreload_action: 'retry' };
  for (const [key, value] of Object.entries(once)) {
    const said = next.get(key);
    if (said === undefined || isDefault(said)) next.set(key, { value, origin: builtIn('others wait for its end') });
  }
  return next;
}

function isDefault({ origin }: ConfSetting): boolean {
  return origin.via === '__defaults__' && origin.file === null;
}

type Reading = { readonly excluded: readonly string[]; readonly problems: LayerProblem[] };

function readDependencies(sections: readonly Section[], { excluded, problems }: Reading) {
  const known = sections.map(({ name }) => name);
  const after = new Map<string, readonly Dependency[]>();
  for (const { section, name, settings } of sections) {
    const said = settings.get('depends_on');
    if (said === undefined) continue;
    const complain = (message: string) =>
      void problems.push({
        file: said.origin.file ?? '',
        line: said.origin.line ?? 0,
        message: `[${section}] ${message}`,
      });
    const { wanted, problems: unread } = parseDependsOn(said.value);
    unread.forEach(complain);
    // What is left out runs elsewhere, or is not wanted.
    const there = wanted.filter((each) => known.includes(each.name) || !excluded.includes(each.name));
    const all = there.flatMap((each) => {
      const dependency = toDependency(each, sections);
      if (typeof dependency !== 'string') return [dependency];
      complain(dependency);
      return [];
    });
    if (all.length > 0) after.set(name, all);
  }
  return after;
}

/** Or what is wrong with it, in words. */
function toDependency({ name, condition }: Wanted, sections: readonly Section[]): Dependency | string {
  const section = sections.find((each) => each.name === name);
  if (section === undefined) {
    const known = sections.map((each) => each.name);
    return `depends on "${name}", and there is no such program${didYouMean(name, known)}`;
  }
  const checked = CHECK_KINDS.some((kind) => section.settings.has(`ready_${kind}`));
  if (condition !== 'healthy' || checked) return { name, condition: condition ?? (checked ? 'healthy' : 'started') };
  return (
    `waits until ${name} is healthy, but [${section.section}] does not say how that is known; ` +
    'give it ready_tcp, ready_http, ready_cmd or ready_log'
  );
}

type Ordering = {
  readonly own: readonly Dependency[];
  /** It is among those that are started. */
  readonly asked: boolean;
  readonly group: string;
  readonly merged: Merged;
  readonly options: ArrangeOptions;
  readonly problems: LayerProblem[];
};

function toOrdered({ section, name, settings }: Section, ordering: Ordering): OrderedProgram {
  const { own, asked, group, merged, options, problems } = ordering;
  const complain = (key: string, message: string) => {
    const origin = settings.get(key)?.origin;
    problems.push({ file: origin?.file ?? '', line: origin?.line ?? 0, message: `[${section}] ${message}` });
  };
  const written = settings.get('ready_timeout')?.value.trim();
  const seconds = Number(written?.replace(/s$/u, '') ?? DEFAULT_TIMEOUT_S);
  if (written === '' || !(seconds > 0 && seconds <= 86_400)) {
    complain('ready_timeout', `ready_timeout is "${written}"; write seconds, as in ready_timeout = 60`);
  }
  const first = Number(settings.get('numprocs_start')?.value ?? 0);
  return {
    name,
    after: [...own],
    held: asked && isHeld(settings, own),
    timeoutMs: seconds * 1_000,
    exitCodes: (settings.get('exitcodes')?.value ?? '0').split(',').map(Number),
    directory: resolve(options.projectDir, settings.get('directory')?.value ?? ''),
    targets: processesOf(name, settings, group).map((target, index) => ({
      target,
      ...expandChecks(settings, {
        variables: { program_name: name, group_name: group, process_num: first + index },
        general: merged.get('supervisord')?.get('environment')?.value ?? '',
        env: options.env,
        complain: (key, message) => void (index === 0 && complain(key, message)),
      }),
    })),
  };
}
