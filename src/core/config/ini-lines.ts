// The line rules of Python's ConfigParser as supervisor sets it up (comments at line start and, after white space,
// inline; continuations; `=` and `:`), because the files that people have were written against them.

export type IniEntry = {
  /** Lower case, as ConfigParser compares them. */
  readonly key: string;
  readonly value: string;
  readonly line: number;
  /** With what stands behind white space and `;` or `#`: all of it is the value to Python's own ConfigParser. */
  readonly whole: string;
};

export type IniSection = { readonly name: string; readonly line: number; readonly entries: readonly IniEntry[] };

export type IniProblem = { readonly line: number; readonly message: string };

export type IniLines = { readonly sections: readonly IniSection[]; readonly problems: readonly IniProblem[] };

type OpenEntry = { key: string; values: string[]; wholes: string[]; line: number };
type OpenSection = { name: string; line: number; entries: OpenEntry[] };

const COMMENT_MARKS = [';', '#'] as const;
const BOM = '\ufeff';

/** What is wrong about a section or a key that is there twice: nothing, where the last one counts (supervisor). */
export type IniOptions = { readonly repeats?: 'last' };

export function scanIniLines(text: string, { repeats }: IniOptions = {}): IniLines {
  const sections: OpenSection[] = [];
  const problems: IniProblem[] = [];
  let section: OpenSection | null = null;
  let entry: OpenEntry | null = null;
  let indent = 0;

  const lines = (text.startsWith(BOM) ? text.slice(1) : text).split(/\r\n|\n|\r/u);
  for (const [index, raw] of lines.entries()) {
    const line = index + 1;
    const comment = findComment(raw);
    const content = raw.slice(0, comment ?? undefined).trim();
    if (content === '') {
      // An empty line belongs to the value it stands in; a comment line does not.
      if (comment === null) {
        entry?.values.push('');
        entry?.wholes.push('');
      }
      continue;
    }
    const depth = raw.search(/\S/u);
    if (section && entry && depth > indent) {
      entry.values.push(content);
      entry.wholes.push(raw.trim());
      continue;
    }
    indent = depth;
    const header = /^\[(.+)\]/su.exec(content)?.[1];
    if (header !== undefined) {
      entry = null;
      const known = repeats && sections.find(({ name }) => name === header);
      section = known ?? openSection(sections, problems, { name: repeats ? header : header.trim(), line });
      continue;
    }
    const [, key, value] = /^(.*?)\s*[=:]\s*(.*)$/su.exec(content) ?? [];
    if (!section) {
      problems.push({ line, message: 'this line stands before any section; begin with [global]' });
      continue;
    }
    if (!key || value === undefined) {
      const next = key === '' ? 'the name of the key is missing' : 'write it as "key = value"';
      problems.push({ line, message: `this line is neither a section nor a key; ${next}` });
      continue;
    }
    const whole = raw.trim().slice(content.length - value.length);
    entry = { key: key.toLowerCase(), values: [value], wholes: [whole], line };
    if (repeats) replaceEntry(section, entry);
    else addEntry(section, entry, problems);
  }
  return { sections: sections.map(close), problems };
}

function openSection(
  sections: OpenSection[],
  problems: IniProblem[],
  { name, line }: { readonly name: string; readonly line: number },
): OpenSection {
  const known = sections.find((other) => other.name === name);
  if (known && name === 'DEFAULT') return known;
  if (known) {
    const message = `section [${name}] is already there at line ${known.line}; join the two`;
    problems.push({ line, message });
  }
  const section: OpenSection = { name, line, entries: [] };
  // Keys of a repeated section are still checked, but on their own.
  if (!known) sections.push(section);
  return section;
}

function replaceEntry(section: OpenSection, entry: OpenEntry): void {
  section.entries = [...section.entries.filter(({ key }) => key !== entry.key), entry];
}

function addEntry(section: OpenSection, entry: OpenEntry, problems: IniProblem[]): void {
  const known = section.entries.find((other) => other.key === entry.key);
  if (!known) section.entries.push(entry);
  else {
    const message = `"${entry.key}" of [${section.name}] is already set at line ${known.line}; keep one of them`;
    problems.push({ line: entry.line, message });
  }
}

function close({ name, line, entries }: OpenSection): IniSection {
  return {
    name,
    line,
    entries: entries.map(({ key, values, wholes, line }) => ({
      key,
      value: values.join('\n').trimEnd(),
      whole: wholes.join('\n').trimEnd(),
      line,
    })),
  };
}

/**
 * Where a comment begins, or null. The marks are tried in step, one occurrence of each at a time, as ConfigParser does:
 * in `a;b ;c #d` it finds `#d`.
 */
function findComment(line: string): number | null {
  if (COMMENT_MARKS.some((mark) => line.trimStart().startsWith(mark))) return 0;
  let searching = COMMENT_MARKS.map((mark) => ({ mark, at: -1 }));
  while (searching.length > 0) {
    searching = searching.map(({ mark, at }) => ({ mark, at: line.indexOf(mark, at + 1) })).filter(({ at }) => at >= 0);
    const found = searching.map(({ at }) => at).filter((at) => at === 0 || /\s/u.test(line.charAt(at - 1)));
    if (found.length > 0) return Math.min(...found);
  }
  return null;
}
