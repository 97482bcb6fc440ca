// supervisord's own reading of its file (Python's RawConfigParser, not strict: sections may repeat, the last option
// wins), which also refuses structure that came out of a value.
import type { Layer, ConfOrigin, ConfSection, ConfSetting } from './layers.ts';
import type { Rendered, MarkedSpan } from './value-markers.ts';

export type LayerProblem = { readonly file: string; readonly line: number; readonly message: string };

export type LayerResult = { readonly layer: Layer; readonly problems: readonly LayerProblem[] };

type OpenSetting = { key: string; values: string[]; line: number };
type OpenSection = { name: string; settings: OpenSetting[] };
type Line = { readonly text: string; readonly start: number; readonly number: number };

const BOM = '\ufeff';
// What Python's str.isspace() knows beyond \s.
const SPACE = new RegExp(String.raw`[\s\u001c-\u001f\u0085]`, 'u');

export function readLayer(rendered: Rendered, file: string): LayerResult {
  const problems: LayerProblem[] = [];
  const sections: OpenSection[] = [];
  const { spans } = rendered;
  let section: OpenSection | null = null;
  let setting: OpenSetting | null = null;
  let indent = 0;

  const refuse = (line: Line, message: string) => void problems.push({ file, line: line.number, message });
  const foreign = (from: number, to = from + 1) => spans.some((span) => span.start < to && span.end > from);

  for (const line of linesOf(rendered.text)) {
    if (holdsLineBreak(spans, line)) {
      refuse(line, 'a value holds a line break, which could add an option; use |cut or |join to make it one line');
    }
    const comment = findComment(line.text);
    if (comment !== null && foreign(line.start + comment)) {
      const mark = line.text[comment] ?? '';
      refuse(line, `a value holds "${mark}" where supervisord would take it for a comment; leave it out of the value`);
    }
    const content = trimEnd(line.text.slice(0, comment ?? undefined));
    const depth = content.split('').findIndex((char) => !SPACE.test(char));
    if (depth < 0) {
      if (comment === null) setting?.values.push('');
      continue;
    }
    if (depth > 0 && foreign(line.start, line.start + depth)) {
      refuse(
        line,
        'a value begins with white space at the start of a line; supervisord would join it to the line above',
      );
    }
    const body = content.slice(depth);
    if (section && setting && depth > indent) {
      setting.values.push(doublePercents(body, line.start + depth, spans));
      continue;
    }
    indent = depth;
    const header = /^\[(.+)\]/u.exec(body)?.[1];
    if (header !== undefined) {
      const start = line.start + depth;
      const kind = header.includes(':') ? header.indexOf(':') + 1 : header.length;
      const brackets = [...body.matchAll(/[[\]]/gu)].map(({ index }) => start + index);
      if (foreign(start, start + 1 + kind) || brackets.some((at) => foreign(at))) {
        refuse(line, `the section [${header}] comes out of a value; write its brackets and its kind in the file`);
      }
      setting = null;
      section = { name: header, settings: [] };
      sections.push(section);
      continue;
    }
    const delimiter = body.search(/[=:]/u);
    if (!section) refuse(line, 'this line stands before any section; begin with one, such as [program:web]');
    else if (delimiter < 1) {
      refuse(line, 'this line is neither a section nor an option; write it as "option = value"');
    } else {
      if (foreign(line.start + depth + delimiter)) {
        refuse(line, 'this option comes out of a value; write its name and the "=" in the file');
      }
      const value = body.slice(delimiter + 1);
      const start = line.start + depth + delimiter + 1 + (value.length - value.trimStart().length);
      const key = trimEnd(body.slice(0, delimiter)).toLowerCase();
      setting = { key, values: [doublePercents(value.trim(), start, spans)], line: line.number };
      section.settings.push(setting);
    }
  }
  return { layer: sections.map((each) => close(each, file)), problems };
}

function linesOf(text: string): Line[] {
  const lines: Line[] = [];
  let start = text.startsWith(BOM) ? BOM.length : 0;
  for (const end of [...text.matchAll(/\r\n|\n|\r/gu)].map((match) => ({ at: match.index, length: match[0].length }))) {
    lines.push({ text: text.slice(start, end.at), start, number: lines.length + 1 });
    start = end.at + end.length;
  }
  lines.push({ text: text.slice(start), start, number: lines.length + 1 });
  return lines;
}

/** Said once, at the line where the value begins. */
function holdsLineBreak(spans: readonly MarkedSpan[], line: Line): boolean {
  const end = line.start + line.text.length;
  return spans.some((span) => span.start >= line.start && span.start <= end && span.end > end);
}

/**
 * Where a comment begins, or null. The marks are tried in step, one occurrence of each at a time, as RawConfigParser
 * does: in `a;b ;c #d` it finds `#d`.
 */
function findComment(line: string): number | null {
  const first = line.search(/\S/u);
  if (first >= 0 && /[;#]/u.test(line.charAt(first))) return first;
  let searching = [';', '#'].map((mark) => ({ mark, at: -1 }));
  while (searching.length > 0) {
    searching = searching.map(({ mark, at }) => ({ mark, at: line.indexOf(mark, at + 1) })).filter(({ at }) => at >= 0);
    const found = searching.map(({ at }) => at).filter((at) => at === 0 || SPACE.test(line.charAt(at - 1)));
    if (found.length > 0) return Math.min(...found);
  }
  return null;
}

/** supervisord expands `%(…)s`; a percent sign out of a value stands for itself. */
function doublePercents(text: string, start: number, spans: readonly MarkedSpan[]): string {
  const literal = (at: number) => spans.some((span) => !span.safe && span.start <= at && at < span.end);
  return text.replaceAll('%', (percent, index: number) => (literal(start + index) ? '%%' : percent));
}

function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && SPACE.test(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}

function close({ name, settings }: OpenSection, file: string): ConfSection {
  const closed = settings.map(({ key, values, line }): [string, ConfSetting] => {
    const origin: ConfOrigin = { via: 'file', file, line, detail: '' };
    return [key, { value: values.join('\n').trimEnd(), origin }];
  });
  return { name, settings: new Map(closed) };
}
