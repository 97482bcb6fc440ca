// A terminal's screen with its colours (tmux capture-pane -e) as a picture that stays sharp and can be searched.
import stringWidth from 'string-width';

const INTRODUCER = '\u001B[';
const CELL = { width: 8.4, height: 18 };
const MARGIN = 12;
const PAPER = '#16181d';
const INK = '#d8dee9';
const FONT = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace";
const BASE = ['#3b4252', '#d2545f', '#7fb069', '#d9a441', '#5e92d1', '#b079c4', '#56b6b0', '#d8dee9'];
const BRIGHT = ['#6b7487', '#ef6b76', '#9bd182', '#f0bf5f', '#7fb0ea', '#cc96df', '#74d4ce', '#f4f7fb'];

type Look = {
  readonly ink: string | null;
  readonly paper: string | null;
  readonly bold: boolean;
  readonly dim: boolean;
  readonly underline: boolean;
  readonly inverse: boolean;
};

const PLAIN: Look = { ink: null, paper: null, bold: false, dim: false, underline: false, inverse: false };

export function ansiToSvg(screen: string, columns: number): string {
  const lines = screen.replace(/\n+$/, '').split('\n');
  const width = Math.ceil(columns * CELL.width + 2 * MARGIN);
  const height = Math.ceil(lines.length * CELL.height + 2 * MARGIN);
  let look = PLAIN;
  const rows = lines.map((line, row) => {
    const drawn = drawLine(line, row, look);
    look = drawn.look;
    return drawn.svg;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"`,
    ` font-family="${FONT}" font-size="14" shape-rendering="crispEdges">`,
    `<rect width="100%" height="100%" rx="6" fill="${PAPER}"/>`,
    rows.join(''),
    '</svg>\n',
  ].join('\n');
}

function drawLine(line: string, row: number, before: Look): { readonly svg: string; readonly look: Look } {
  let look = before;
  let column = 0;
  let svg = '';
  // Each piece but the first begins with the codes that the escape introduced.
  for (const [index, piece] of line.split(INTRODUCER).entries()) {
    const end = index === 0 ? 0 : piece.indexOf('m') + 1;
    const text = piece.slice(end);
    if (end > 0)
      look = applyCodes(
        look,
        piece
          .slice(0, end - 1)
          .split(';')
          .map(Number),
      );
    if (text !== '') {
      const width = stringWidth(text);
      svg += drawText(text, { column, row, width }, look);
      column += width;
    }
  }
  return { svg, look };
}

type Place = { readonly column: number; readonly row: number; readonly width: number };

function drawText(text: string, { column, row, width }: Place, look: Look): string {
  const y = MARGIN + row * CELL.height;
  const ink = (look.inverse ? (look.paper ?? PAPER) : look.ink) ?? INK;
  const paper = look.inverse ? (look.ink ?? INK) : look.paper;
  const back = `<rect x="${at(column)}" y="${y}" width="${wide(width)}" height="${CELL.height}" fill="${paper ?? PAPER}"/>`;
  const style = [
    look.bold ? ' font-weight="bold"' : '',
    look.dim ? ' opacity="0.6"' : '',
    look.underline ? ' text-decoration="underline"' : '',
  ];
  let next = column;
  // Word by word, as white space is not kept; the lengths keep the columns straight whatever font there is.
  const words = text.split(/( +)/).map((word) => {
    const cells = stringWidth(word);
    const where = `x="${at(next)}" y="${y + 13}" textLength="${wide(cells)}" lengthAdjust="spacingAndGlyphs"`;
    next += cells;
    return word.trim() === '' ? '' : `<text ${where} fill="${ink}"${style.join('')}>${escape(word)}</text>\n`;
  });
  return (paper === null ? '' : back) + words.join('');
}

function at(column: number): string {
  return (MARGIN + column * CELL.width).toFixed(1);
}

function wide(cells: number): string {
  return (cells * CELL.width).toFixed(1);
}

function applyCodes(look: Look, codes: readonly number[]): Look {
  const [code = 0, ...rest] = codes;
  const next = (changed: Look, skipped = 0): Look => {
    const left = rest.slice(skipped);
    return left.length === 0 ? changed : applyCodes(changed, left);
  };
  if (code === 0) return next(PLAIN);
  if (code === 1) return next({ ...look, bold: true });
  if (code === 2) return next({ ...look, dim: true });
  if (code === 4) return next({ ...look, underline: true });
  if (code === 7) return next({ ...look, inverse: true });
  if (code === 22) return next({ ...look, bold: false, dim: false });
  if (code === 24) return next({ ...look, underline: false });
  if (code === 27) return next({ ...look, inverse: false });
  if (code === 39) return next({ ...look, ink: null });
  if (code === 49) return next({ ...look, paper: null });
  if (code === 38 && rest[0] === 5) return next({ ...look, ink: toColour(rest[1] ?? 0) }, 2);
  if (code === 48 && rest[0] === 5) return next({ ...look, paper: toColour(rest[1] ?? 0) }, 2);
  if (code >= 30 && code <= 37) return next({ ...look, ink: toColour(code - 30) });
  if (code >= 40 && code <= 47) return next({ ...look, paper: toColour(code - 40) });
  if (code >= 90 && code <= 97) return next({ ...look, ink: toColour(code - 82) });
  return next(look);
}

/** Of the 256-colour table: 16 of the terminal's own, a cube of 6 × 6 × 6, 24 greys. */
function toColour(index: number): string {
  if (index < 8) return BASE[index] ?? INK;
  if (index < 16) return BRIGHT[index - 8] ?? INK;
  if (index >= 232) return `#${hex(8 + (index - 232) * 10).repeat(3)}`;
  const step = (part: number): string => hex(part === 0 ? 0 : 55 + part * 40);
  const cube = index - 16;
  return `#${step(Math.floor(cube / 36))}${step(Math.floor(cube / 6) % 6)}${step(cube % 6)}`;
}

function hex(part: number): string {
  return part.toString(16).padStart(2, '0');
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
