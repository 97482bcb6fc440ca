// A project's configuration is made of layers; every value keeps where it came from.

export type ConfOrigin = {
  readonly via: 'built in' | 'file' | 'command line' | '__defaults__' | '__overrides__' | 'control channel';
  /** Null when no file said so. */
  readonly file: string | null;
  readonly line: number | null;
  /** The option of the command line, or the reason of a built-in value. */
  readonly detail: string;
};

/** `value` is as it stands in a supervisord.conf: `%(…)s` not yet expanded, lines joined by newlines. */
export type ConfSetting = { readonly value: string; readonly origin: ConfOrigin };

export type ConfSection = { readonly name: string; readonly settings: ReadonlyMap<string, ConfSetting> };

/** Sections in their order; one name may occur several times. */
export type Layer = readonly ConfSection[];

/** In order of first appearance, each name once. */
export type Merged = ReadonlyMap<string, ReadonlyMap<string, ConfSetting>>;

/** Later layers win option by option. */
export function overlay(layers: readonly Layer[]): Map<string, Map<string, ConfSetting>> {
  const merged = new Map<string, Map<string, ConfSetting>>();
  for (const { name, settings } of layers.flat()) {
    const section = merged.get(name) ?? new Map<string, ConfSetting>();
    merged.set(name, section);
    settings.forEach((setting, key) => section.set(key, setting));
  }
  return merged;
}

export function toConfSection(name: string, values: Readonly<Record<string, string>>, origin: ConfOrigin): ConfSection {
  const settings = Object.entries(values).map(([key, value]) => [key, { value, origin }] as const);
  return { name, settings: new Map(settings) };
}

export function builtIn(detail: string): ConfOrigin {
  return { via: 'built in', file: null, line: null, detail };
}

/** "supervisord.conf:12", "command line: --nolaunch", "__defaults__, supervisord.conf:3". */
export function originText(origin: ConfOrigin, shorten: (file: string) => string): string {
  const place = origin.file === null ? null : `${shorten(origin.file)}${origin.line === null ? '' : `:${origin.line}`}`;
  if (origin.via === 'file') return place ?? 'file';
  const detail = place ?? origin.detail;
  return detail === '' ? origin.via : `${origin.via}: ${detail}`;
}
