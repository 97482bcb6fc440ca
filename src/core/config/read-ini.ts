import { parse } from 'ini';
import type { IniEntry, IniOptions, IniProblem, IniSection } from './ini-lines.ts';
import { scanIniLines } from './ini-lines.ts';

export type IniFile = { readonly sections: readonly IniSection[]; readonly problems: readonly IniProblem[] };

/** The sections of a file with the line of each key, and everything that is wrong with its form. */
export function readIni(text: string, options: IniOptions = {}): IniFile {
  const { sections, problems } = scanIniLines(text, options);
  const values: unknown = parse(toSafeIni(sections));
  return {
    sections: sections.map((section) => ({
      ...section,
      entries: section.entries.map((entry) => ({ ...entry, value: valueOf(values, section, entry) })),
    })),
    problems,
  };
}

/**
 * The same file in a form that the ini library cannot misread: it would nest sections at dots, cut values at any `;` or
 * `#` and lose continuations. Keys go by their line: a name may be one that the library makes an array of.
 */
export function toSafeIni(sections: readonly IniSection[]): string {
  return sections
    .map(({ name, entries }) => {
      const header = `[${quote(name.replaceAll('.', String.raw`\.`))}]`;
      return [header, ...entries.map(({ line, value }) => `${line}=${quote(value)}`)].join('\n');
    })
    .join('\n');
}

/** JSON without the characters that the library's own line patterns stop at. */
function quote(text: string): string {
  return JSON.stringify(text).replace(
    /[\]\u2028\u2029]/gu,
    (char) => String.raw`\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function valueOf(values: unknown, section: IniSection, entry: IniEntry): string {
  const inSection = ownField(values, section.name);
  const value = ownField(inSection, String(entry.line));
  // The library leaves out names that could reach an object's prototype (nothing of ours), and makes `true` a boolean.
  return typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);
}

function ownField(of: unknown, name: string): unknown {
  return typeof of === 'object' && of !== null && Object.hasOwn(of, name) ? Reflect.get(of, name) : undefined;
}
