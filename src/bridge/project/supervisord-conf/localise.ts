// A project's file is written as if supervisord read it where it stands. It reads a copy in the run directory instead.
import type { Layer, ConfSetting } from './layers.ts';
import { escapePercent } from './quote-argument.ts';

export function localise(layer: Layer, { dir }: { readonly dir: string }): Layer {
  return layer.map(({ name, settings }) => {
    const localised = [...settings].map(([key, setting]): [string, ConfSetting] => {
      const value = setting.value.replaceAll('%(here)s', escapePercent(dir));
      return [key, { ...setting, value: name === 'include' && key === 'files' ? toAbsolute(value, dir) : value }];
    });
    return { name, settings: new Map(localised) };
  });
}

/** supervisord splits the list at white space and takes each for a glob, where `?` stands for a space of the path. */
function toAbsolute(files: string, dir: string): string {
  const base = escapePercent(dir.replaceAll(/[[*?]/gu, '[$&]').replaceAll(/\s/gu, '?'));
  return files
    .split(/\s+/u)
    .filter((pattern) => pattern !== '')
    .map((pattern) => (pattern.startsWith('/') ? pattern : `${base}/${pattern}`))
    .join(' ');
}
