// What the watcher needs to know, worked out from the merged configuration: it must go on watching while the settings
// of the project cannot be read.
import { resolve } from 'node:path';
import * as v from 'valibot';
import { expandPercent } from '../supervisord-conf/expand-percent.ts';
import type { Merged, ConfSetting } from '../supervisord-conf/layers.ts';
import { findMainLog } from '../supervisord-conf/find-main-log.ts';
import { parseBoolean } from '../supervisord-conf/parse-boolean.ts';

const program = v.object({
  name: v.string(),
  /** `group:name` of each of its processes. */
  targets: v.array(v.string()),
  /** Null: those of the project. */
  patterns: v.nullable(v.array(v.string())),
  /** Globs of files that are none of this program's. */
  ignore: v.array(v.string()),
  /** The only ones that concern it, absolute; none: all. */
  directories: v.array(v.string()),
  /** Null: restart; else the signal to send. */
  signal: v.nullable(v.string()),
  /** Only when it has failed. */
  retry: v.exactOptional(v.boolean(), false),
});

export const watchPlanSchema = v.object({
  /** Directories to watch, absolute. */
  directories: v.array(v.string()),
  /** Absolute paths that are none of ours: logs of the programs, the run directory. */
  ignoredPaths: v.array(v.string()),
  patterns: v.array(v.string()),
  ignorePatterns: v.array(v.string()),
  poll: v.boolean(),
  /** supervisord's own; null: it cannot be known. */
  mainLog: v.exactOptional(v.nullable(v.string()), null),
  /** What .gitignore names is left out. */
  gitignore: v.boolean(),
  programs: v.array(program),
});

export type WatchPlan = v.InferOutput<typeof watchPlanSchema>;

export type PlanFacts = Omit<WatchPlan, 'programs' | 'ignoredPaths' | 'gitignore' | 'mainLog'> & {
  readonly runDir: string;
};

export function toWatchPlan(merged: Merged, { runDir, ...facts }: PlanFacts): WatchPlan {
  const groups = groupsOf(merged);
  const base = facts.directories[0] ?? '/';
  const own = merged.get('program:autoreload');
  const toDirectories = (settings: ReadonlyMap<string, ConfSetting> | undefined): string[] =>
    (toList(settings?.get('autoreload_dirs')?.value) ?? []).map((dir) => resolve(base, dir));
  const programs = programSections(merged).flatMap(({ name, settings }) => {
    const on = parseBoolean(settings.get('autoreload')?.value ?? 'false') ?? false;
    if (!on || name === 'autoreload') return [];
    return [
      {
        name,
        targets: [...processesOf(name, settings, groups.get(name) ?? name)],
        patterns: toList(settings.get('autoreload_patterns')?.value),
        ignore: toList(settings.get('autoreload_ignore')?.value) ?? [],
        directories: toDirectories(settings),
        signal: toSignal(settings.get('autoreload_action')?.value),
        retry: settings.get('autoreload_action')?.value.trim() === 'retry',
      },
    ];
  });
  // What a program names beyond the project has to be watched, too.
  const more = [...toDirectories(own), ...programs.flatMap(({ directories }) => directories)];
  const directories = [...facts.directories, ...more].filter(
    (dir, index, all) => !all.some((other, at) => `${dir}/`.startsWith(`${other}/`) && (dir !== other || at < index)),
  );
  return {
    ...facts,
    directories,
    patterns: toList(own?.get('autoreload_patterns')?.value) ?? facts.patterns,
    ignorePatterns: [...facts.ignorePatterns, ...(toList(own?.get('autoreload_ignore')?.value) ?? [])],
    ignoredPaths: [runDir, ...logFiles(merged, base)],
    mainLog: findMainLog(merged),
    gitignore: parseBoolean(own?.get('autoreload_gitignore')?.value ?? 'true') ?? true,
    programs,
  };
}

type ProgramSection = {
  /** As it is called in the file, with its kind. */
  readonly section: string;
  readonly name: string;
  readonly settings: ReadonlyMap<string, ConfSetting>;
};

export function programSections(merged: Merged): readonly ProgramSection[] {
  return Array.from(merged).flatMap(([section, settings]) => {
    const [, name] = /^(?:program|fcgi-program):(.+)$/su.exec(section) ?? [];
    return name === undefined ? [] : [{ section, name, settings }];
  });
}

export function groupsOf(merged: Merged): ReadonlyMap<string, string> {
  const groups = new Map<string, string>();
  for (const [section, settings] of merged) {
    if (!section.startsWith('group:')) continue;
    const members = (settings.get('programs')?.value ?? '').split(',');
    members.forEach((member) => groups.set(member.trim(), section.slice('group:'.length)));
  }
  return groups;
}

/** As supervisord names them: `group:name`, one for each of `numprocs`. */
export function processesOf(
  name: string,
  settings: ReadonlyMap<string, ConfSetting>,
  group: string,
): readonly string[] {
  const numprocs = Number(settings.get('numprocs')?.value ?? 1);
  const first = Number(settings.get('numprocs_start')?.value ?? 0);
  const format = settings.get('process_name')?.value ?? '%(program_name)s';
  return Array.from(
    { length: Number.isInteger(numprocs) ? Math.min(Math.max(numprocs, 0), 10_000) : 1 },
    (_, index) => {
      const variables = { program_name: name, group_name: group, process_num: first + index };
      return `${group}:${expandPercent(format, variables) ?? name}`;
    },
  );
}

function toList(value: string | undefined): string[] | null {
  const words = value?.split(/[\s,]+/u).filter((word) => word !== '') ?? [];
  return words.length > 0 ? words : null;
}

/** `restart`, or `signal:HUP`. */
export function toSignal(action: string | undefined): string | null {
  return /^\s*signal:\s*(?:SIG)?(\w+)\s*$/iu.exec(action ?? '')?.[1]?.toUpperCase() ?? null;
}

/** What the programs write is no change of the code; a path that holds an expansion is left to the patterns. */
function logFiles(merged: Merged, base: string): string[] {
  const keys = ['stdout_logfile', 'stderr_logfile', 'logfile', 'pidfile', 'childlogdir'];
  return Array.from(merged.values()).flatMap((settings) =>
    keys.flatMap((key) => {
      const value = settings.get(key)?.value ?? '';
      if (value === '' || /^(?:none|auto|syslog)$/iu.test(value)) return [];
      const absolute = value.startsWith('/') ? value : `${base}/${value}`;
      const plain = expandPercent(absolute, {});
      return plain === null ? [] : [plain];
    }),
  );
}
