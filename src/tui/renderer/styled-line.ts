// Spans of text become one line of cells and escape sequences: the only place that writes SGR codes.
import { cellWidth, clip, fit } from './cells.ts';
import { ASCII_FORMS, isSingleWidth } from '../../core/view/glyphs.ts';
import type { TextRole, Style, ThemeName } from '../theme.ts';
import { THEMES } from '../theme.ts';

export type Span = {
  readonly text: string;
  readonly role?: TextRole;
  /** Exactly so many cells. */
  readonly width?: number;
  readonly align?: 'left' | 'right';
  /** UTF-16 units to highlight. */
  readonly marked?: readonly number[];
};

export type LineOptions = {
  readonly width: number;
  /** A role whose style lies under the whole line. */
  readonly under?: TextRole;
  /** Spans that stand at the right end; they go first when there is no room. */
  readonly right?: readonly Span[];
};

export type LineStyler = {
  readonly themeName: ThemeName;
  readonly ascii: boolean;
  readonly line: (spans: readonly Span[], options: LineOptions) => string;
};

const ESC = '\u001b';

const GLYPH = new RegExp(`[${Object.keys(ASCII_FORMS).join('')}]`, 'gu');

export function createLineStyler({ theme, ascii }: { readonly theme: ThemeName; readonly ascii: boolean }): LineStyler {
  const table = THEMES[theme];
  const codes = new Map<string, string>();
  const codeOf = (role: TextRole, under: TextRole | undefined, marked: boolean): string => {
    const key = `${role} ${under ?? ''} ${marked}`;
    const known = codes.get(key);
    if (known !== undefined) return known;
    const made = toSgr({ ...table[role], ...(marked ? table.match : {}), ...(under ? table[under] : {}) });
    codes.set(key, made);
    return made;
  };

  const paintSpan = (span: Span, text: string, under: TextRole | undefined): string => {
    const role = span.role ?? 'text';
    if (!span.marked || span.marked.length === 0) return paint(text, codeOf(role, under, false));
    const marked = new Set(span.marked);
    return splitRuns(text, marked).reduce((out, run) => out + paint(run.text, codeOf(role, under, run.marked)), '');
  };

  const line = (spans: readonly Span[], { width, under, right = [] }: LineOptions): string => {
    const rightWidth = right.reduce((sum, span) => sum + (span.width ?? cellWidth(span.text)), 0);
    const keepRight = rightWidth > 0 && rightWidth <= width - 12;
    const room = keepRight ? width - rightWidth : width;
    let out = '';
    let column = 0;
    const put = (span: Span, limit: number): void => {
      const left = limit - column;
      if (left <= 0) return;
      const text =
        span.width === undefined ? clip(span.text, left) : fit(span.text, Math.min(span.width, left), span.align);
      out += paintSpan(span, text, under);
      column += cellWidth(text);
      // Terminals disagree about the width of emoji and the like: say where the next cell is, whatever this one did.
      if (!isSingleWidth(text)) out += `${ESC}[${column + 1}G`;
    };
    spans.forEach((span) => put(span, room));
    if (keepRight) {
      put({ text: ' '.repeat(Math.max(0, room - column)) }, room);
      right.forEach((span) => put(span, width));
    }
    if (under) put({ text: ' '.repeat(Math.max(0, width - column)) }, width);
    return ascii ? out.replace(GLYPH, (glyph) => ASCII_FORMS[glyph] ?? glyph) : out;
  };
  return { themeName: theme, ascii, line };
}

function paint(text: string, code: string): string {
  return code === '' || text === '' ? text : `${code}${text}${ESC}[0m`;
}

function splitRuns(text: string, marked: ReadonlySet<number>): { readonly text: string; readonly marked: boolean }[] {
  const runs: { text: string; marked: boolean }[] = [];
  let index = 0;
  for (const character of text) {
    const isMarked = marked.has(index);
    const last = runs.at(-1);
    if (last?.marked === isMarked) last.text += character;
    else runs.push({ text: character, marked: isMarked });
    index += character.length;
  }
  return runs;
}

function toSgr(style: Style): string {
  const codes: string[] = [];
  if (style.bold) codes.push('1');
  if (style.dim) codes.push('2');
  if (style.underline) codes.push('4');
  if (style.inverse) codes.push('7');
  if (style.fg !== undefined) codes.push(toColour(style.fg, 30));
  if (style.bg !== undefined) codes.push(toColour(style.bg, 40));
  return codes.length === 0 ? '' : `${ESC}[${codes.join(';')}m`;
}

/** The first sixteen are written in the old way, which every terminal knows. */
function toColour(colour: number, base: 30 | 40): string {
  if (colour < 8) return String(base + colour);
  if (colour < 16) return String(base + 60 + colour - 8);
  return `${base + 8};5;${colour}`;
}
